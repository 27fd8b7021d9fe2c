// Charts: the last hour as bars, and the lag from talk to act as steps; uPlot draws them.

import { at, make, say, stack, strong, tell } from "./dom.js";
import { count, duration, minute, percent } from "./format.js";

const uPlot = window.uPlot;
const STEPS = [["visit", "visited", "Visits"], ["talk", "talked", "Talks"], ["act", "acted", "Acts"]];
const rows = {};
let lag = null;
let lagRows = [];

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const font = "12px ui-sans-serif, system-ui, sans-serif";

export function showHour(series) {
  const x = series.map((row) => row.minute / 1000);
  STEPS.forEach(([stage, column, words], i) => {
    const y = series.map((row) => row[column]);
    rows[stage] ??= hourRow(stage, words, i === STEPS.length - 1);
    const sum = y.reduce((total, n) => total + n, 0);
    rows[stage].label = `${words} in the last 60 minutes: ${count(sum)}, at most ${count(Math.max(0, ...y))} a minute`;
    rows[stage].total = count(sum);
    rows[stage].host.setAttribute("aria-label", rows[stage].label);
    draw(rows[stage], [x, y], (width) => bars(rows[stage], stage, width));
    readHour(rows[stage], null);
  });
}

function hourRow(stage, words, last) {
  const number = make("span", { class: "live" }, "–");
  const small = make("small", {}, words.toLowerCase());
  const host = make("div", { class: "chart-row", tabindex: "0", role: "img" });
  at("hour").append(make("div", { class: "hour-row" }, make("div", { class: "n" }, number, small), host));
  return keyed({ host, number, small, words, last, plot: null });
}

function readHour(row, index) {
  const [x, y] = row.data;
  if (index === null || x[index] === undefined) {
    tell(row.number, row.total);
    say(row.small, row.words.toLowerCase());
    return;
  }
  say(row.number, count(y[index]));
  say(row.small, `at ${minute(x[index])}`);
}

function bars(row, stage, width) {
  const axis = { stroke: ink("soft"), font, grid: { show: false }, ticks: { show: false }, size: 22, gap: 4, space: 70,
    values: (_, at) => at.map(minute), show: row.last };
  const y = { scale: "y", stroke: ink("soft"), font, size: 26, gap: 4, ticks: { show: false }, grid: { stroke: ink("line"), width: 1 },
    splits: (_, __, low, high) => [low, high], values: (_, at) => at.map((n) => (n ? count(n) : "")) };
  return {
    width, height: row.last ? 108 : 84, padding: [8, 18, row.last ? 0 : 4, 0], legend: { show: false }, select: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: "hour", setSeries: false } },
    scales: { x: { time: false, range: (_, low, high) => [low - 30, high + 30] }, y: { range: (_, __, high) => [0, Math.max(4, niceTop(high))] } },
    axes: [axis, y],
    series: [{}, { fill: ink(stage), stroke: ink(stage), width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.72, 14], radius: 0.25 }) }],
    hooks: { setCursor: [(plot) => readHour(row, plot.cursor.left >= 0 ? plot.cursor.idx ?? null : null)] },
  };
}

function niceTop(high) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, high)));
  return [1, 2, 4, 5, 10].map((n) => n * unit).find((n) => n >= high);
}

export function showLag(summary, curve) {
  const waiting = summary.talkers - summary.acted - summary.pushed_back;
  lagRows = curve.length ? [{ lag_s: 0, act: 0, act_low: 0, act_high: 0, km: 0, pushback: 0 }, ...curve] : [];
  const host = at("lag");
  host.hidden = at("lag-key").hidden = !curve.length;
  if (curve.length) {
    const column = (name) => lagRows.map((row) => row[name]);
    lag ??= keyed({ host, plot: null });
    draw(lag, [column("lag_s"), column("act_high"), column("act_low"), column("pushback"), column("km"), column("act")], steps);
    const end = curve.at(-1);
    host.setAttribute("aria-label", `${percent(end.act)} of talkers had acted ${duration(end.lag_s)} after their talk, 95 % interval ${percent(end.act_low)} to ${percent(end.act_high)}. Left and right arrow keys read the curve.`);
  }
  stack(at("lag-stack"), [[summary.acted, "var(--act)"], [summary.pushed_back, "var(--push)"], [waiting, "var(--line)"]],
    `${count(summary.acted)} acted, ${count(summary.pushed_back)} pushed back, ${count(waiting)} still waiting`);
  at("lag-stack").hidden = !summary.talkers;
  at("lag-note").replaceChildren(...lagWords(summary, waiting, curve));
}

function lagWords(summary, waiting, curve) {
  if (!summary.talkers) return ["Nobody has talked in this range."];
  const parts = [strong(count(summary.acted)), " acted, ", strong(count(summary.pushed_back)), " pushed back, ",
    strong(count(waiting)), " still wait: not failed, only not yet. "];
  if (!curve.length) return [...parts, summary.talkers < 5 ? "Fewer than 5 talkers: no curve yet." : "Nobody has acted yet."];
  const { median_lag_s: median, act, lag_s: end } = curve.at(-1);
  return median === null ? [...parts, `Half is not reached: ${percent(act)} after ${duration(end)}, the longest lag seen.`]
    : [...parts, "Half have acted after ", strong(duration(median)), "."];
}

function steps(width) {
  const stepped = uPlot.paths.stepped({ align: 1 });
  const line = (name, extra) => ({ stroke: ink(name), width: 1.5, paths: stepped, points: { show: false }, ...extra });
  const axis = { stroke: ink("soft"), font, ticks: { show: false } };
  return {
    width, height: 210, padding: [10, 14, 0, 0], legend: { show: false }, select: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: false }, y: { range: (_, __, high) => [0, Math.min(1, Math.max(0.05, high * 1.08))] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 64, incrs: LAG_INCREMENTS, values: (_, at) => at.map(short) },
      { ...axis, grid: { stroke: ink("line"), width: 1 }, size: 44, space: 36, values: (_, at) => at.map((share) => percent(share, share && at.at(-1) < 0.1 ? 1 : 0)) },
    ],
    series: [{}, line("act", { width: 0 }), line("act", { width: 0 }), line("push"), line("soft", { dash: [2, 4] }), line("act", { width: 2.5 })],
    bands: [{ series: [1, 2], fill: ink("act-soft") }],
    hooks: { setCursor: [(plot) => readLag(plot.cursor.left >= 0 ? plot.cursor.idx : null)] },
  };
}

const short = (s) => (s % 86400 ? s % 3600 ? s % 60 ? `${s} s` : `${s / 60} min` : `${s / 3600} h` : s ? `${s / 86400} d` : "0");
const LAG_INCREMENTS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 432000, 604800, 1209600, 2592000, 7776000];

function readLag(index) {
  const row = index === null || index === undefined ? null : lagRows[index];
  say(at("lag-at"), row ? `${percent(row.act)} after ${duration(row.lag_s)}` : "");
}

// made once, then only given data; made anew when the width or the colours change
function draw(chart, data, options) {
  chart.data = data;
  chart.make = () => {
    chart.plot?.destroy();
    chart.plot = new uPlot(options(chart.host.clientWidth), chart.data, chart.host);
    requestAnimationFrame(() => point(chart));
  };
  if (chart.plot && chart.plot.width === chart.host.clientWidth) chart.plot.setData(data);
  else chart.make();
}

// the cursor where the arrow keys left it
function point(chart) {
  if (chart.index === undefined) return;
  const left = Math.min(chart.plot.over.clientWidth - 1, chart.plot.valToPos(chart.data[0][chart.index], "x"));
  chart.plot.setCursor({ left, top: 10 });
}

// arrow keys move the cursor of a chart that has the focus
function keyed(chart) {
  chart.host.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !chart.plot) return;
    event.preventDefault();
    const points = chart.data[0].length;
    chart.index = Math.max(0, Math.min(points - 1, (chart.index ?? (by > 0 ? -1 : points)) + by));
    point(chart);
  });
  chart.host.addEventListener("blur", () => {
    chart.index = undefined;
    chart.plot?.setCursor({ left: -10, top: -10 });
  });
  return chart;
}

const again = () => [...Object.values(rows), lag].forEach((chart) => chart?.make?.());
new ResizeObserver(again).observe(document.documentElement);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
