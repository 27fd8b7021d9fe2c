// Campaign: one page, fed by server-sent events; each query's rows go to the part that shows them.

import { failing, fresh } from "./age.js";
import { showHour, showLag } from "./charts.js";
import { at, make, say } from "./dom.js";
import { count, percent } from "./format.js";
import { showGoal } from "./goal.js";
import { showLetters } from "./letters.js";
import { showFunnel, showPaths, showRatios, showSources } from "./people.js";
import { showConservation, showFreshness } from "./trust.js";

const SPEAK_MS = 30000;
const [tenant, ...rest] = location.pathname.split("/").slice(2).map(decodeURIComponent);
const campaign = rest.join("/");
const path = [tenant, ...rest].map(encodeURIComponent).join("/");
const numbers = {};
let stream = null;
let spokenAt = 0;

const PARTS = {
  campaign_goal: ([row]) => (say(at("title"), row.title || campaign), document.title = `${count(row.acts)} · ${row.title || campaign} · stepthree`, showGoal(row)),
  funnel: showFunnel,
  funnel_series: showHour,
  sources: showSources,
  ratios: ([row]) => showRatios(row),
  paths: showPaths,
  conservation: ([row]) => showConservation(row),
  dead_letters_by_reason: showLetters,
  freshness: ([row]) => showFreshness(row),
};

function listen(range) {
  stream?.close();
  stream = new EventSource(`/events/${path}?range=${range}`);
  stream.addEventListener("numbers", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("away", (event) => {
    const { since_ms: since, detail } = JSON.parse(event.data);
    failing("ClickHouse has not answered", detail, since);
  });
  stream.addEventListener("error", () => failing("This console has not answered"));
}

function take({ as_of_ms: asOf, sent_ms: sent, numbers: changed }) {
  fresh(asOf, sent);
  Object.assign(numbers, changed);
  for (const [name, show] of Object.entries(PARTS)) if (name in changed) show(changed[name]);
  if (numbers.lag_curve && ("lag_summary" in changed || "lag_curve" in changed)) showLag(numbers.lag_summary[0], numbers.lag_curve);
  if (numbers.ratios) showGuide();
  speak();
}

// nothing has come in: say how, and leave the empty parts away
function showGuide() {
  const nothing = !numbers.campaign_goal[0].acts && !numbers.ratios[0].visitors && !numbers.ratios[0].talkers
    && numbers.freshness[0].newest_at === null && !numbers.ratios[0].likers && range() === "all";
  at("guide").hidden = !nothing;
  document.querySelectorAll("main > .card:not(#guide), #ranges").forEach((part) => { part.hidden = nothing; });
}

// for those who listen: the headline, now and then, and only when it moved
function speak() {
  const goal = numbers.campaign_goal[0];
  const now = performance.now();
  if (spokenAt && now - spokenAt < SPEAK_MS) return;
  const text = `${count(goal.acts)} acts${goal.target ? `, ${percent(goal.progress)} of ${count(goal.target)}` : ""}`;
  if (say(at("spoken"), text)) spokenAt = now;
}

const range = () => new FormData(at("ranges")).get("range");

async function offerCampaigns() {
  const here = `/c/${path}`;
  const option = (link, words) => make("option", link === here ? { value: link, selected: "" } : { value: link }, words);
  at("pick").replaceChildren(option(here, campaign));
  const response = await fetch("/api/v1/campaigns");
  if (!response.ok) return;
  const rows = (await response.json()).numbers.campaign_list;
  const links = rows.map((row) => [`/c/${encodeURIComponent(row.tenant)}/${row.campaign.split("/").map(encodeURIComponent).join("/")}`, row]);
  const own = links.some(([link]) => link === here) ? [] : [option(here, campaign)];
  const several = new Set(rows.map((row) => row.tenant)).size > 1;
  at("pick").replaceChildren(...own, ...links.map(([link, row]) => option(link, `${row.title || row.campaign}${several ? ` · ${row.tenant}` : ""}`)));
}

say(at("title"), campaign);
say(at("guide-campaign"), campaign);
say(at("guide-tenant"), tenant);
const asked = new URLSearchParams(location.search).get("range");
at("ranges").querySelectorAll("input").forEach((input) => { input.checked = input.value === asked || (input.checked && !asked); });
if (!range()) at("ranges").elements.range.value = "all";
at("ranges").addEventListener("change", () => {
  history.replaceState(null, "", range() === "all" ? location.pathname : `?range=${range()}`);
  listen(range());
});
at("pick").addEventListener("change", (event) => { location.href = event.target.value; });
// a page that nobody sees asks for nothing, and leaves its connection to those that are seen
document.addEventListener("visibilitychange", () => (document.hidden ? stream.close() : listen(range())));
offerCampaigns().catch(() => failing("This console has not answered"));
listen(range());
