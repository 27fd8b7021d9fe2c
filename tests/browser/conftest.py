"""One browser for all tests of pages, and a month of a campaign to look at."""

from collections.abc import Iterator

import pytest
from clickhouse_driver import Client
from playwright.sync_api import Browser, Page

from streams.embedded import programs
from streams.embedded.processes import Supervisor
from streams.settings import Settings
from streams.warehouse.client import connect
from tests.browser.chromium import Watch, running_chromium
from tests.browser.looking import now_ms
from tests.campaign_rows import fill
from tests.warehouse_rows import empty_all, start_part, start_warehouse


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, no longer: while it runs, no test can start an event loop of its own."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def parts() -> Iterator[Supervisor]:
    with Supervisor() as running:
        yield running


@pytest.fixture(scope="session")
def shown(parts: Supervisor, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An engine with tables of its own, and a console that shows it."""
    settings = start_warehouse(parts, tmp_path_factory.mktemp("page"))
    start_part(parts, programs.console(settings))
    return settings


@pytest.fixture(scope="session")
def client(shown: Settings) -> Iterator[Client]:
    """The warehouse, with a month of a campaign in it."""
    with connect(shown) as connected:
        fill(connected, now_ms())
        yield connected


@pytest.fixture
def nothing(client: Client) -> Iterator[Client]:
    """The warehouse as long as nothing has come in."""
    empty_all(client)
    yield client
    empty_all(client)
    fill(client, now_ms())


@pytest.fixture
def page(browser: Browser, client: Client) -> Iterator[Page]:
    """A page that may not complain."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    watch = Watch(page)
    yield page
    context.close()
    assert watch.complaints == []
