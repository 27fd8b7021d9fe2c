"""Fixtures that start real parts once per session; tests share them under tenants of their own.

A test that kills or stops a part starts a stack of its own instead.
"""

import signal
from collections.abc import Iterator

import hypothesis
import pytest

from streams.embedded import kafka
from streams.embedded.java import MissingPartError
from streams.embedded.processes import Child
from streams.embedded.stack import Stack
from streams.settings import Settings

hypothesis.settings.register_profile("shared-machine", deadline=None)  # a neighbour may be busy
hypothesis.settings.load_profile("shared-machine")

# A shell starts background jobs with SIGINT ignored, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def broker_jars() -> None:
    """The broker can be started; fetched when it is not there yet."""
    try:
        kafka.fetch()
    except MissingPartError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def stack(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Broker, engine, topics and tables."""
    home = tmp_path_factory.mktemp("stack")
    with Stack(home, workers=0, collector=False, console=False) as running:
        yield running
        running.check()


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """What points every command and client at the session's stack."""
    return stack.settings


@pytest.fixture(scope="session")
def collector(stack: Stack) -> Child:
    """The stack's collector, ready."""
    return stack.start_collector()


@pytest.fixture(scope="session")
def worker(stack: Stack) -> Child:
    """The stack's worker, holding all partitions."""
    return stack.start_worker()


@pytest.fixture(scope="session")
def console(stack: Stack) -> Child:
    """The stack's console, ready."""
    return stack.start_console()
