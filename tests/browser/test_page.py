"""The live page in a real browser over a real engine: what it shows is what the queries say."""

import re
import time
from pathlib import Path

import pytest
from clickhouse_driver import Client
from playwright.sync_api import Browser, Page, expect

from streams.embedded import programs
from streams.embedded.processes import Supervisor
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.browser.looking import LIVE_MS, now_ms, opened, queried
from tests.campaign_rows import fill
from tests.warehouse_rows import (
    CAMPAIGN,
    START,
    TENANT,
    event,
    free_settings,
    insert,
    journey,
    receipt,
    start_engine,
    start_part,
)

pytestmark = [pytest.mark.integration, pytest.mark.browser]


def test_the_headline_is_acts_against_the_goal(page: Page, shown: Settings, client: Client) -> None:
    opened(page, shown)
    (goal,) = queried(client, "campaign_goal")

    expect(page.locator("h1")).to_have_text("Spring petition")
    expect(page.locator("#acts")).to_have_text(f"{goal['acts']:,}")
    expect(page.locator("#goal-of")).to_have_text(f"of {goal['target']:,}")
    expect(page.locator("#goal-what")).to_contain_text(re.compile(r"from \d+ \w+ until \d+ \w+"))
    expect(page.locator("#goal-facts")).to_contain_text(f"{goal['required_per_day']:.1f} a day")


def test_the_funnel_is_the_querys(page: Page, shown: Settings, client: Client) -> None:
    opened(page, shown)
    visit, talk, act = queried(client, "funnel")

    expect(page.locator("#funnel .n > span")).to_have_text(
        [f"{step['persons']:,}" for step in (visit, talk, act)]
    )
    between = page.locator("#funnel .between")
    for line, step in zip(between.all(), (talk, act), strict=True):
        expect(line).to_contain_text(f"{step['rate'] * 100:.1f}\u202f%")
        interval = f"{step['rate_low'] * 100:.1f}\u2013{step['rate_high'] * 100:.1f}"
        expect(line).to_contain_text(interval)
        expect(line).to_contain_text(f"{step['drop_off']:,} drop off")


def test_conservation_and_dead_letters_are_told(
    page: Page, shown: Settings, client: Client
) -> None:
    opened(page, shown)
    (kept,) = queried(client, "conservation")

    told = page.locator("#conservation")
    for name in ("received", "accepted", "duplicates", "dead_letters"):
        expect(told).to_contain_text(f"{kept[name]:,}{name.replace('_', ' ')}")
    expect(told).to_contain_text("balanced")
    expect(page.locator("#letters tbody th")).to_have_text(["bad field", "bad key", "bad JSON"])


def test_likes_never_stand_without_acts_per_talk(
    page: Page, shown: Settings, client: Client
) -> None:
    opened(page, shown)
    (ratios,) = queried(client, "ratios")

    likes = page.locator("#likes")
    expect(likes).to_contain_text(f"{ratios['likers']:,} like it")
    expect(likes).to_contain_text(
        f"of those who talk, {ratios['act_per_talk'] * 100:.1f}\u202f% act"
    )
    assert page.locator("main").inner_text().count("like it") == 1


def test_the_lag_tells_who_still_waits(page: Page, shown: Settings, client: Client) -> None:
    opened(page, shown)
    (summary,) = queried(client, "lag_summary")

    expect(page.locator("#lag-note")).to_contain_text(f"{summary['waiting']:,} still wait")
    expect(page.locator("#lag canvas")).to_be_visible()


def test_a_visit_moves_the_funnel_within_two_seconds(
    page: Page, shown: Settings, client: Client
) -> None:
    opened(page, shown)

    fastest_s = min(seconds_until_shown(page, client, f"visitor-{n}") for n in range(3))

    assert fastest_s < 2


def seconds_until_shown(page: Page, client: Client, visitor: str) -> float:
    """How long after it was inserted one more visit is on the page."""
    before = queried(client, "funnel")[0]["persons"]
    visits = page.locator("#funnel .n > span").first
    expect(visits).to_have_text(f"{before:,}")
    at_ms = now_ms()
    insert(client, "receipts", [receipt(at_ms - START, 1)])
    insert(client, "events", [event(visitor, "visit", 0) | {"received_at": at_ms}])
    insert(client, "journeys", [journey(visitor, visit=0)])
    began_s = time.monotonic()
    expect(visits).to_have_text(f"{before + 1:,}", timeout=LIVE_MS)
    return time.monotonic() - began_s


def test_the_age_counts_on_between_updates(page: Page, shown: Settings) -> None:
    opened(page, shown)
    shown = page.evaluate(
        """() => new Promise((done) => {
            const seen = new Set(), node = document.getElementById("asof");
            const watch = new MutationObserver(() => {
                seen.add(node.textContent);
                if (seen.size > 4) { watch.disconnect(); done([...seen]); }
            });
            watch.observe(node, { childList: true, characterData: true, subtree: true });
        })"""
    )

    assert all(text.startswith("as of ") and text.endswith(" s ago") for text in shown)


def test_a_campaign_without_anything_shows_how_to_begin(page: Page, shown: Settings) -> None:
    opened(page, shown, f"/c/{TENANT}/brand-new")

    expect(page.locator("#guide")).to_contain_text("/p.gif?key=KEY&c=brand-new")
    expect(page.locator("#funnel")).not_to_be_visible()


def test_the_list_leads_to_a_campaign(page: Page, shown: Settings) -> None:
    opened(page, shown, "/")
    expect(page.locator(".campaign h2")).to_have_count(2)

    page.locator(".campaign").last.press("Enter")

    expect(page.locator("#acts")).not_to_have_text("\u2013", timeout=LIVE_MS)
    assert page.url.endswith(f"/c/{TENANT}/{CAMPAIGN}")


def test_the_first_start_shows_the_way(page: Page, shown: Settings, nothing: Client) -> None:
    opened(page, shown, "/")

    expect(page.locator("#guide")).to_contain_text("Nothing has come in yet")


def test_the_page_stays_and_says_since_when_clickhouse_is_away(
    browser: Browser, parts: Supervisor, tmp_path: Path
) -> None:
    settings = free_settings(tmp_path)
    engine = start_engine(parts, settings)
    console = start_part(parts, programs.console(settings))
    with connect(settings) as client:
        fill(client, now_ms(), people=300)
    context = browser.new_context()
    page = opened(context.new_page(), settings)
    acts = page.locator("#acts").inner_text()

    parts.stop(engine)

    banner = page.locator("#banner")
    expect(banner).to_contain_text("ClickHouse has not answered since", timeout=LIVE_MS)
    expect(page.locator("#acts")).to_have_text(acts)
    start_engine(parts, settings)
    expect(banner).to_be_hidden(timeout=LIVE_MS)
    context.close()
    parts.stop(console)
