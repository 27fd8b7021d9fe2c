// People: the funnel, what talk is worth, where people came from and how they came to act.

import { at, length, make, say, stack, strip, strong, swatch, table, tell } from "./dom.js";
import { count, decimal, interval, percent } from "./format.js";

const NAMES = { visit: "Visit", talk: "Talk", act: "Act" };
const WORDS = { talk: "go on to talk", act: "go on to act" };

export function showFunnel(steps) {
  const list = at("funnel");
  if (!list.children.length) list.append(...steps.flatMap((step) => (step.step === 1 ? [row(step)] : [between(), row(step)])));
  const most = Math.max(1, steps[0].persons);
  steps.forEach((step, i) => {
    const line = list.children[2 * i];
    length(line.querySelector(".is"), "width", step.persons / most);
    length(line.querySelector(".was"), "width", i ? steps[i - 1].persons / most : 0);
    tell(line.querySelector(".n span"), count(step.persons));
    say(line.querySelector("small"), i && step.of_visitors !== null ? `${percent(step.of_visitors)} of visits` : step.persons === 1 ? "person" : "persons");
    if (i) showBetween(list.children[2 * i - 1], step);
  });
}

function row(step) {
  return make("li", { class: "step", "data-stage": step.stage },
    make("span", {}, NAMES[step.stage]),
    make("div", { class: "bar", "aria-hidden": "true" }, make("i", { class: "was" }), make("i", { class: "is" })),
    make("span", { class: "n" }, make("span", { class: "live" }, "–"), make("small")));
}

const between = () => make("li", { class: "between" });

function showBetween(node, step) {
  const text = JSON.stringify([step.rate, step.rate_low, step.rate_high, step.drop_off]);
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  if (step.rate === null) {
    node.replaceChildren("fewer than 5 persons: no rate yet");
    return;
  }
  const [line, end] = strip(step.rate, step.rate_low, step.rate_high, step.stage);
  node.replaceChildren(
    make("span", {}, strong(percent(step.rate)), ` ${WORDS[step.stage]}`),
    make("span", { "aria-hidden": "true" }, line, make("span", { class: "scale" }, ` ${end * 100} %`)),
    make("span", {}, interval(step.rate_low, step.rate_high)),
    make("span", {}, `${count(step.drop_off)} drop off`));
}

export function showRatios(found) {
  const kinds = [["act_per_talk", "Act per talk", "act"], ["talk_per_visit", "Talk per visit", "talk"], ["act_per_visit", "Act per visit", "act"]];
  at("ratios").replaceChildren(...kinds.map(([name, words, tone]) => {
    const [rate, low, high] = [found[name], found[`${name}_low`], found[`${name}_high`]];
    const number = make("b", {}, percent(rate));
    if (rate === null) return make("div", { class: "ratio" }, make("span", {}, words), number, make("small", {}, "fewer than 5 persons"), make("span"));
    const [line, end] = strip(rate, low, high, tone);
    const scale = make("span", { "aria-hidden": "true" }, line, make("span", { class: "scale soft" }, ` ${end * 100} %`));
    return make("div", { class: "ratio" }, make("span", {}, words), number, scale, make("small", {}, `95 %: ${interval(low, high)}`));
  }));
  at("funnel-note").replaceChildren(strong(count(found.actors)), " acted in any order, seen before or not. Bars are to scale, hatched is who has not come on; who came lately still may. Ranges are 95 % intervals.");
  const worth = found.act_per_talk === null ? "too few talk to say what it is worth" : `of those who talk, ${percent(found.act_per_talk)} act`;
  at("likes").replaceChildren(
    strong(count(found.likers)), ` like it${found.talk_per_like === null ? "" : `: ${decimal(found.talk_per_like, 2)} talk per like`}; ${worth}. `,
    ...(found.vanity_gap === null ? [] : [`Vanity gap ${percent(found.vanity_gap)}: saw or liked, did not act. `]),
    ...(found.pushed_back ? [strong(count(found.pushed_back)), " pushed back."] : []));
}

export function showSources(rows) {
  if (!rows.length) {
    at("sources").replaceChildren(make("p", { class: "soft" }, "Nobody has come in this range."));
    return;
  }
  const most = Math.max(1, ...rows.map((row) => row.acts));
  const head = [["Source"], ["Acts", "a"], ["Actors", "wide"], ["Visitors"], ["Acts per visitor"]];
  at("sources").replaceChildren(table(head, rows.map((row) => {
    const bar = make("span", { class: "mini", "aria-hidden": "true" });
    length(bar, "width", row.acts / most);
    const direct = row.acts_per_visitor === null ? "–" : decimal(row.acts_per_visitor, row.acts_per_visitor < 0.1 ? 3 : 2);
    return [[row.origin, bar], count(row.acts), count(row.actors), count(row.visitors), direct];
  })));
}

const PATHS = {
  "visit-talk-act": ["Visited, talked, acted", "var(--act)"],
  "visit-act": ["Visited and acted, silently", "var(--talk)"],
  "talk-act": ["Heard of it and talked first", "color-mix(in srgb, var(--act) 55%, var(--card))"],
  "talk-visit-act": ["Talked, visited, acted", "color-mix(in srgb, var(--act) 28%, var(--card))"],
  "act-talk": ["Acted, then talked", "var(--visit)"],
  act: ["Acted without being seen", "var(--soft)"],
};

export function showPaths(rows) {
  const total = rows.reduce((sum, row) => sum + row.actors, 0);
  at("paths-stack").hidden = !total;
  const label = rows.map((row) => `${PATHS[row.path][0]}: ${count(row.actors)}`).join("; ");
  stack(at("paths-stack"), rows.map((row) => [row.actors, PATHS[row.path][1]]), label);
  if (!total) {
    at("paths").replaceChildren(make("p", { class: "soft" }, "Nobody has acted in this range."));
    at("dark").replaceChildren();
    return;
  }
  at("paths").replaceChildren(table([["Path"], ["Actors"], ["Share"]], rows.map((row) => (
    [[swatch(PATHS[row.path][1]), PATHS[row.path][0]], count(row.actors), percent(row.share, 1)]))));
  at("dark").replaceChildren(...(rows[0].dark_share === null ? ["Fewer than 5 actors: no shares yet."]
    : [make("b", {}, percent(rows[0].dark_share, 1)), "is happening somewhere else: so many of those who acted were never seen to visit or talk."]));
}
