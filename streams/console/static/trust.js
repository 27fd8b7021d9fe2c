// Trust: what came in against what became of it, and what was refused.

import { at, make, say } from "./dom.js";
import { age, count } from "./format.js";
import { serverNow } from "./age.js";

const SETTLING_MS = 15000; // a batch becomes visible table by table
let unbalancedSince = null;
let newestAt = null;

export function showConservation(found) {
  unbalancedSince = found.missing ? unbalancedSince ?? performance.now() : null;
  const lines = [
    ["", "received", found.received],
    ["=", "accepted", found.accepted],
    ["+", "duplicates", found.duplicates],
    ...(found.dropped ? [["+", "dropped", found.dropped]] : []),
    ["+", "dead letters", found.dead_letters],
  ];
  at("conservation").replaceChildren(
    ...lines.flatMap(([sign, name, n]) => [...(sign ? [make("em", {}, sign)] : []), term(count(n), name)]), balance(found));
}

function balance(found) {
  if (!found.missing) return term("✓", "balanced", "sum ok");
  const settling = performance.now() - unbalancedSince < SETTLING_MS;
  const [css, word] = settling ? ["wait", "settling"] : ["off", found.missing > 0 ? "missing" : "counted twice"];
  return term(count(Math.abs(found.missing)), word, `sum ${css}`);
}

const term = (number, words, css = "") => make("span", { class: css }, make("b", {}, number), words);


export function showFreshness(found) {
  newestAt = found.newest_at;
  showAge();
}

function showAge() {
  const now = serverNow();
  if (now === null) return;
  say(at("fresh"), newestAt === null ? "No event of this campaign in the last 24 hours."
    : `Newest event of this campaign: ${age(now - newestAt)} ago.`);
}

setInterval(showAge, 500);
