"""From a pixel to the page: a browser visits a site, another one watches the funnel move."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from streams.collector.keys import Kind, add_key
from streams.embedded.processes import Child
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.queries import run_query
from tests.browser.artefacts import ARTEFACTS

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PATIENCE_MS = 20_000  # a busy machine; what it took is kept beside the picture
TENANT, CAMPAIGN = "pixel-to-page", "river"
NUMBER = "#funnel [data-stage={stage}] .n .live"


@pytest.fixture
def site(settings: Settings, collector: Child) -> Iterator[str]:
    """A client's site: /, /talk and /act each carry the pixel of their stage."""
    key = add_key(settings.keys_file, TENANT, Kind.PUBLIC)
    pixel = f"http://127.0.0.1:{settings.collector_port}/p.gif?key={key}&c={CAMPAIGN}"
    stages = {"/": "", "/talk": "&s=talk&k=comment", "/act": "&s=act&k=signature"}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = stages.get(self.path)
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if found is not None:
                self.wfile.write(f'<h1>River</h1><img alt="" src="{pixel}{found}">'.encode())

        def log_message(self, format: str, *args: object) -> None:
            """A visit is told by the pixel."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def live(browser: Browser, settings: Settings, worker: Child, console: Child) -> Iterator[Page]:
    """The live page of the campaign, open before anybody visits."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{settings.console_port}/c/{TENANT}/{CAMPAIGN}")
    page.locator("#guide").wait_for(state="visible")
    yield page
    page.close()


def test_a_person_seen_by_the_pixel_moves_the_funnel_on_the_open_page(
    browser: Browser, settings: Settings, site: str, live: Page
) -> None:
    visitor = browser.new_context().new_page()
    took_s: dict[str, float] = {}
    for path, stage in (("/", "visit"), ("/talk", "talk"), ("/act", "act")):
        with visitor.expect_response(lambda answer: "/p.gif" in answer.url) as pixel:
            visitor.goto(site + path)
        assert pixel.value.status == 200
        number = live.locator(NUMBER.format(stage=stage), has_text="1")
        answered = time.perf_counter()
        number.wait_for(timeout=PATIENCE_MS)
        took_s[stage] = round(time.perf_counter() - answered, 2)
    assert shown(live) == queried(settings)
    (ARTEFACTS / "pixel-to-page.json").write_text(json.dumps(took_s))
    live.screenshot(path=ARTEFACTS / "pixel-to-page.png", full_page=True)


def shown(live: Page) -> dict[str, int]:
    """Persons per step on the page."""
    stages = ("visit", "talk", "act")
    return {s: int(live.locator(NUMBER.format(stage=s)).inner_text()) for s in stages}


def queried(settings: Settings) -> dict[str, int]:
    """Persons per step as the named query says."""
    found = run_query(
        connect(settings), "funnel", tenant=TENANT, campaign=CAMPAIGN,
        from_ms=0, to_ms=4_102_444_800_000,
    )  # fmt: skip
    step, persons = found.columns.index("stage"), found.columns.index("persons")
    return {row[step]: row[persons] for row in found.rows}
