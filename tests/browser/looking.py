"""Looking: opens a page of the console, and asks the queries the same thing."""

import time
from typing import Any

from clickhouse_driver import Client
from playwright.sync_api import Page, expect

from streams.console.view import Range, View, parameters
from streams.settings import Settings
from tests.warehouse_rows import CAMPAIGN, TENANT, rows

LIVE_MS = 20_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def opened(page: Page, settings: Settings, path: str = f"/c/{TENANT}/{CAMPAIGN}") -> Page:
    """The page when it is live."""
    page.goto(f"http://127.0.0.1:{settings.console_port}{path}")
    expect(page.locator("#asof")).to_have_attribute("data-state", "live", timeout=LIVE_MS)
    return page


def queried(client: Client, name: str, chosen: Range = Range.ALL) -> list[dict[str, Any]]:
    """What the named query answers for the page's campaign."""
    view = View(TENANT, CAMPAIGN, chosen)
    return rows(client, name, **parameters(view, name, now_ms()))
