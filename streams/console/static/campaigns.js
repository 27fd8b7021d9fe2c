// Campaigns: the list, asked for every few seconds while somebody looks.

import { failing, fresh } from "./age.js";
import { at, length, make } from "./dom.js";
import { age, count, day, decimal, percent } from "./format.js";
import { showLetters } from "./letters.js";

const EVERY_MS = 4000;
let shown = "";

async function ask() {
  try {
    const response = await fetch("/api/v1/campaigns", { cache: "no-store" });
    const answer = await response.json();
    if (!response.ok) return failing("ClickHouse has not answered", answer.detail);
    fresh(answer.as_of_ms, answer.sent_ms);
    show(answer.numbers.campaign_list, answer.sent_ms);
    at("strays").hidden = !answer.numbers.dead_letters_by_reason.length;
    showLetters(answer.numbers.dead_letters_by_reason);
  } catch {
    failing("This console has not answered");
  }
  return undefined;
}

function show(rows, nowMs) {
  at("guide").hidden = rows.length > 0;
  const text = JSON.stringify(rows);
  if (text === shown) return;
  shown = text;
  const focused = document.activeElement?.getAttribute("href");
  at("cards").replaceChildren(...rows.map((row) => make("li", {}, card(row, nowMs))));
  if (focused) at("cards").querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

function card(row, nowMs) {
  const unit = row.goal_unit === "persons" ? "persons who act" : "acts";
  const moved = row.last_activity ? `last activity ${age(nowMs - row.last_activity)} ago` : "nothing yet";
  const name = make("div", {},
    make("h2", {}, row.title || row.campaign),
    make("p", { class: "note" }, `${row.tenant} / ${row.campaign}`),
    make("p", { class: "note" }, `${count(row.visitors)} visited, ${count(row.talkers)} talked · ${moved}`));
  const number = make("p", { class: "big" }, count(row.acts), " ",
    make("small", { class: "soft" }, row.target ? `of ${count(row.target)} ${unit}` : unit));
  const goal = make("div", {}, number, ...(row.target ? [track(row)] : []), make("p", { class: "note" }, pace(row)));
  const link = `/c/${encodeURIComponent(row.tenant)}/${encodeURIComponent(row.campaign)}`;
  return make("a", { class: "card campaign", href: link }, name, spark(row.acts_by_day), goal);
}

function track(row) {
  const done = make("i", { class: "done" });
  length(done, "width", row.progress);
  return make("div", { class: "track", role: "img", "aria-label": `${percent(row.progress)} of the goal` }, done);
}

function pace(row) {
  if (!row.target) return "no goal defined";
  if (row.acts >= row.target) return "goal reached";
  if (!row.days_left) return `ended ${day(row.deadline)}, ${count(row.target - row.acts)} short`;
  return `${decimal(row.pace_per_day)} a day, ${decimal(row.required_per_day)} needed until ${day(row.deadline)}`;
}

function spark(days) {
  const most = Math.max(1, ...days);
  const bars = days.map((n) => {
    const bar = make("i", n ? {} : { "data-none": "" });
    length(bar, "height", n / most);
    return bar;
  });
  const label = `acts of the last ${days.length} days: ${days.join(", ")}`;
  return make("div", { class: "spark", role: "img", "aria-label": label, title: "acts a day, last 14 days" }, ...bars);
}

ask();
setInterval(() => document.hidden || ask(), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || ask());
