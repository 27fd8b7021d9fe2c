"""One engine for all tests of named queries; each test begins with empty tables."""

from collections.abc import Iterator

import pytest
from clickhouse_driver import Client

from streams.embedded.processes import Supervisor
from streams.warehouse.client import connect
from tests.warehouse_rows import empty_all, start_warehouse


@pytest.fixture(scope="package")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Supervisor() as parts:
        yield connect(start_warehouse(parts, tmp_path_factory.mktemp("engine")))


@pytest.fixture
def client(engine: Client) -> Client:
    empty_all(engine)
    return engine
