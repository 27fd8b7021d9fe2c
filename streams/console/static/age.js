// Age: how old what is shown is, counted on between messages; a server that is away is told since when.

import { at, make, say } from "./dom.js";
import { age, clock } from "./format.js";

const STALE_MS = 10000;
let base = null; // age of the numbers when they came, and when that was
let trouble = null;

export function fresh(asOfMs, sentMs) {
  base = { ageMs: sentMs - asOfMs, serverMs: sentMs, cameAt: performance.now() };
  trouble = null;
  show();
}

export function failing(words, sinceMs, detail) {
  trouble ??= { words, sinceMs };
  trouble = { ...trouble, words, sinceMs: sinceMs ?? trouble.sinceMs, detail };
  show();
}

// the server's clock, as far as it was heard
export const serverNow = () => (base ? base.serverMs + performance.now() - base.cameAt : null);

function show() {
  const node = at("asof");
  const ageMs = base && base.ageMs + performance.now() - base.cameAt;
  const state = trouble ? "away" : base === null ? "wait" : ageMs > STALE_MS ? "stale" : "live";
  node.dataset.state = state;
  say(node.lastChild, base === null ? "connecting" : `as of ${age(ageMs)} ago`);
  const banner = at("banner");
  banner.hidden = !trouble;
  if (!trouble) return banner.replaceChildren();
  const text = `${trouble.words} since ${clock(trouble.sinceMs)}. ${base ? "What is shown is of before." : ""} Trying again. `;
  if (banner.dataset.text === text + trouble.detail) return undefined;
  banner.dataset.text = text + trouble.detail;
  return banner.replaceChildren(text, ...(trouble.detail ? [make("code", {}, trouble.detail)] : []));
}

setInterval(show, 200);
