"""The live page for everybody: by keyboard, read aloud, on a phone, in the dark."""

import re
from datetime import UTC, datetime
from typing import Literal

import pytest
from clickhouse_driver import Client
from playwright.sync_api import Browser, Page, expect

from streams.console.view import Range
from streams.settings import Settings
from tests.browser.artefacts import ARTEFACTS
from tests.browser.looking import opened, queried
from tests.warehouse_rows import DAY, definition, event, insert

pytestmark = [pytest.mark.integration, pytest.mark.browser]

WIDTHS = {"wide": 1280, "narrow": 390}
LONGEST_DAY = int(datetime(2030, 9, 30, 12, tzinfo=UTC).timestamp() * 1_000)


def test_a_range_is_chosen_by_keyboard_and_kept_in_the_address(
    page: Page, shown: Settings, client: Client
) -> None:
    opened(page, shown)
    visits = page.locator("#funnel .n > span").first
    everybody = queried(client, "funnel")[0]["persons"]

    page.locator("input[value='all']").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")

    few = queried(client, "funnel", Range.WEEK)[0]["persons"]
    assert few < everybody
    expect(visits).to_have_text(f"{few:,}")
    assert page.url.endswith("?range=7d")


def test_tab_reaches_everything_in_order_and_is_seen(page: Page, shown: Settings) -> None:
    opened(page, shown)
    expect(page.locator("#lag canvas")).to_be_visible()
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(() => { const e = document.activeElement; return e.id || e.className"
                " || e.value || e.tagName; })()"
            )
        )

    assert reached[:4] == ["skip", "mark", "pick", "all"]
    assert reached[4] == "lag"
    assert reached[5:8] == ["chart-row"] * 3


def test_arrow_keys_read_a_chart(page: Page, shown: Settings) -> None:
    opened(page, shown)
    expect(page.locator("#lag canvas")).to_be_visible()
    page.locator("#lag").focus()
    page.keyboard.press("ArrowLeft")

    expect(page.locator("#lag-at")).to_contain_text("% after")


def test_a_browser_that_reads_aloud_finds_names_and_one_quiet_status(
    page: Page, shown: Settings
) -> None:
    opened(page, shown)
    expect(page.locator("#letters table")).to_be_visible()
    faults = page.evaluate(ACCESSIBLE)

    assert faults == []
    assert page.locator("[aria-live=polite]").count() == 1
    expect(page.locator("#spoken")).to_contain_text("acts")


ACCESSIBLE = """() => {
    const faults = [], named = (e) => e.getAttribute("aria-label") || e.textContent.trim()
        || e.labels?.length || (e.getAttribute("aria-labelledby") || "").split(" ").some(
            (id) => document.getElementById(id)?.textContent.trim());
    if (document.documentElement.lang !== "en") faults.push("no language");
    if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
    if (!document.title.includes("Spring petition")) faults.push("title");
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    if (new Set(ids).size !== ids.length) faults.push("an id twice");
    const roles = "a, select, input, [tabindex], [role=img], section";
    for (const e of document.querySelectorAll(roles)) {
        if (!e.closest("[hidden]") && !named(e)) faults.push(`no name: ${e.outerHTML}`);
    }
    for (const e of document.querySelectorAll("table")) {
        if (!e.querySelector("thead th[scope=col]")) faults.push("a table without column heads");
    }
    return faults;
}"""


def test_a_goal_stands_on_one_line_in_the_list(
    page: Page, shown: Settings, nothing: Client
) -> None:
    long = definition(12_000, 0, unit="persons") | {"deadline": LONGEST_DAY}
    insert(nothing, "campaigns", [long])
    insert(nothing, "events", [event(f"v{n}", "act", DAY) for n in range(1_050)])
    opened(page, shown, "/")
    number, said = page.locator(".campaign .big"), page.locator(".campaign .note").last
    page.screenshot(path=ARTEFACTS / "list-1280.png", full_page=True)

    expect(number).to_have_text("1,050 of 12,000 persons who act")
    expect(said).to_have_text(re.compile(r"[\d.,]+ a day, [\d.,]+ needed until 30 September"))
    assert [lines.evaluate(LINES) for lines in (number, said)] == [1, 1]


# how many lines the text of an element takes: pieces of one line overlap in height
LINES = """(e) => { const range = document.createRange(); range.selectNodeContents(e);
    const pieces = [...range.getClientRects()].sort((a, b) => a.bottom - b.bottom);
    return pieces.filter((p, i) => i === 0 || p.top >= pieces[i - 1].bottom - 2).length; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_can_be_read(
    browser: Browser,
    shown: Settings,
    client: Client,
    width: str,
    scheme: Literal["light", "dark"],
) -> None:
    viewport = {"width": WIDTHS[width], "height": 900}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type] -- a plain dict
    page = opened(context.new_page(), shown)
    expect(page.locator("#lag canvas")).to_be_visible()
    expect(page.locator("#letters table")).to_be_visible()
    page.screenshot(path=ARTEFACTS / f"page-{WIDTHS[width]}-{scheme}.png", full_page=True)

    assert page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width]
    assert page.evaluate(PALE) == []
    context.close()


# text of less than 4.5 to 1 against what lies behind it (WCAG AA); large text of less than 3
PALE = """() => {
    const channels = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045
        ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (e) => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (c.startsWith("rgb(")) return channels(c); } return [255, 255, 255]; };
    return [...document.querySelectorAll("main *, header *")].filter((e) => e.offsetParent
        && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).flatMap((e) => {
        const style = getComputedStyle(e);
        const back = light(behind(e)), ink = light(channels(style.color));
        const ratio = (Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05);
        const large = parseFloat(style.fontSize) >= 24;
        return ratio >= (large ? 3 : 4.5) ? [] : [`${ratio.toFixed(2)} ${e.textContent}`]; });
}"""
