"""The live page for everybody: by keyboard, read aloud, on a phone, in the dark."""

from typing import Literal

import pytest
from clickhouse_driver import Client
from playwright.sync_api import Browser, Page, expect

from streams.console.view import Range
from streams.settings import Settings
from tests.browser.artefacts import ARTEFACTS
from tests.browser.looking import opened, queried

pytestmark = [pytest.mark.integration, pytest.mark.browser]

WIDTHS = {"wide": 1280, "narrow": 390}


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
