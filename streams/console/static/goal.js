// Goal: acts against the target, and whether the pace reaches it.

import { at, length, make, say, tell } from "./dom.js";
import { count, day, decimal, percent, plural } from "./format.js";

export function showGoal(goal) {
  const unit = goal.goal_unit === "persons" ? "persons who act" : "acts";
  const one = goal.goal_unit === "persons" ? "person who acts" : "act";
  say(at("goal-what"), [
    goal.goal_kind ? `${unit} of kind “${goal.goal_kind}”` : `${unit} of any kind`,
    goal.deadline && `from ${day(goal.started_at, goal.time_zone)} until ${day(goal.deadline, goal.time_zone)}`,
    goal.deadline && goal.time_zone,
  ].filter(Boolean).join(" · "));
  tell(at("acts"), count(goal.acts));
  say(at("goal-of"), goal.target ? `of ${count(goal.target)}` : goal.acts === 1 ? one : unit);
  showVerdict(goal);
  at("goal").hidden = !goal.target;
  if (goal.target) showTrack(goal);
  showFacts(goal);
}

function verdict(goal) {
  const short = goal.target - goal.acts;
  if (!goal.target) return [null, "", "No goal is defined: stepthree campaign apply gives acts something to be measured against."];
  if (short <= 0) return ["ahead", "Goal reached", goal.days_left > 0 ? `${count(-short)} more than the target, with ${plural(Math.round(goal.days_left), "day")} left.` : `${count(-short)} more than the target.`];
  if (!goal.days_left) return ["missed", "Goal missed", `${count(short)} short when the deadline passed.`];
  const ends = `At this pace ${count(goal.projected)} by ${day(goal.deadline, goal.time_zone)}.`;
  const paces = `${decimal(goal.pace_per_day)} a day lately, ${decimal(goal.required_per_day)} a day needed from now on.`;
  return goal.pace_per_day >= goal.required_per_day
    ? ["ahead", "Pace is enough", `${paces} ${ends}`] : ["behind", "Pace falls short", `${paces} ${ends}`];
}

function showVerdict(goal) {
  const [mood, word, text] = verdict(goal);
  at("verdict").hidden = !mood;
  at("verdict").dataset.mood = mood ?? "";
  say(at("verdict"), word);
  say(at("verdict-text"), text);
}

function showTrack(goal) {
  const even = goal.elapsed > 0 && goal.elapsed < 1 && goal.progress < 1;
  length(at("goal-done"), "width", goal.progress);
  length(at("goal-projected"), "width", goal.days_left > 0 ? goal.projected / goal.target : 0);
  length(at("goal-even"), "left", goal.elapsed ?? 0);
  length(at("goal-even-text"), "left", Math.max(0.2, Math.min(0.8, goal.elapsed ?? 0)));
  at("goal-even").hidden = at("goal-even-text").hidden = !even;
  say(at("goal-even-text"), `an even pace would be at ${count(goal.elapsed * goal.target)}`);
  say(at("goal-start"), day(goal.started_at, goal.time_zone));
  say(at("goal-end"), day(goal.deadline, goal.time_zone));
  const label = `${percent(goal.progress)} of the goal${even ? `; an even pace would be at ${percent(goal.elapsed)}` : ""}`;
  at("goal-track").setAttribute("aria-label", label);
}

function showFacts(goal) {
  const facts = [
    goal.target && ["Of the goal", percent(goal.progress)],
    [goal.pace_days < 7 ? "Pace since the start" : "Pace, last 7 days", `${decimal(goal.pace_per_day)} a day`],
    goal.required_per_day > 0 && ["Needed from now on", `${decimal(goal.required_per_day)} a day`],
    goal.target && ["Left", goal.days_left > 0 ? `${decimal(goal.days_left)} days` : "no time"],
    goal.value_minor && ["Worth", `${count(goal.value_minor / 100)} ${goal.currency}`],
  ].filter(Boolean);
  const list = at("goal-facts");
  if (list.children.length !== facts.length) {
    list.replaceChildren(...facts.map(() => make("div", {}, make("dt"), make("dd"))));
  }
  facts.forEach(([name, value], i) => {
    say(list.children[i].firstChild, name);
    say(list.children[i].lastChild, value);
  });
}
