// Trust: what came in against what became of it, and what was refused.

import { at, make, say, table } from "./dom.js";
import { age, count } from "./format.js";
import { serverNow } from "./age.js";

const SETTLING_MS = 15000; // a batch becomes visible table by table
let unbalancedSince = null;
let newestAt = null;

const WORDS = {
  empty: "empty", too_large: "too large", bad_encoding: "bad encoding", bad_json: "bad JSON", bad_field: "bad field",
  bad_key: "bad key", unknown_key: "unknown key", unreadable_line: "unreadable line",
};

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
    ...lines.flatMap(([sign, name, n]) => [make("em", {}, sign), make("span", {}, name), make("b", {}, count(n))]),
    make("em", { class: "total" }), ...balance(found));
}

function balance(found) {
  if (!found.missing) return [make("span", { class: "total ok" }, "balanced"), make("b", { class: "total ok" }, "✓")];
  const settling = performance.now() - unbalancedSince < SETTLING_MS;
  const [css, word] = settling ? ["wait", "settling"] : ["off", found.missing > 0 ? "missing" : "counted twice"];
  return [make("span", { class: `total ${css}` }, word), make("b", { class: `total ${css}` }, count(Math.abs(found.missing)))];
}

export function showLetters(rows) {
  at("letters").replaceChildren(...(rows.length ? [table([["Dead letters"], [""]], rows.map((row) => (
    [[WORDS[row.reason] ?? row.reason, make("small", {}, row.last_detail)], count(row.dead_letters)])))] : []));
}

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
