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

// what has not answered, in its own words, since the first time or since when it says
export function failing(words, detail = "", sinceMs = undefined) {
  const first = trouble?.words === words ? trouble.sinceMs : Date.now();
  trouble = { words, detail, sinceMs: sinceMs ?? first };
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
  const before = base ? "What is shown is of before. " : "";
  const text = trouble ? `${trouble.words} since ${clock(trouble.sinceMs)}. ${before}Trying again. ` : "";
  const detail = trouble?.detail ?? "";
  const banner = at("banner");
  banner.hidden = !trouble;
  if (banner.textContent !== text + detail) banner.replaceChildren(text, make("code", {}, detail));
}

setInterval(show, 200);
