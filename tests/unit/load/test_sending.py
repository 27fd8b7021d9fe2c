"""Lines to the log."""

import pytest

from streams.domain.interaction import Interaction, Stage
from streams.domain.outcome import DeadLetter, FailureReason
from streams.load.mapping import Mapped
from streams.load.sending import BrokerFailed, Sender
from tests.fakes.eventlog import FakeLog, Published

NOW_MS = 1_795_000_000_000


def mapped(number: int = 1) -> Mapped:
    """A good line."""
    interaction = Interaction(
        event_id=f"e{number}",
        tenant="acme",
        visitor="v",
        stage=Stage.VISIT,
        kind="page_view",
        occurred_at=1,
        received_at=NOW_MS,
        source="load:m",
    )
    return Mapped(interaction, b"acme/v", b"value %d" % number)


def sender(log: FakeLog) -> Sender:
    """A sender of tenant acme and map m."""
    return Sender(log, "acme", "load:m", lambda: NOW_MS)


def test_an_interaction_goes_by_its_visitor_and_a_refused_line_as_it_came() -> None:
    log = FakeLog()
    sending = sender(log)
    sending.send(mapped())
    sending.send(DeadLetter(FailureReason.UNREADABLE_LINE, "expected ä", b"\xff line"))
    assert log.records == [
        Published("interactions", b"acme/v", b"value 1", ()),
        Published(
            "rejections",
            None,
            b"\xff line",
            (
                ("tenant", b"acme"),
                ("source", b"load:m"),
                ("reason", b"unreadable_line"),
                ("detail", "expected ä".encode()),
                ("received_at", b"1795000000000"),
            ),
        ),
    ]


def test_accepted_is_what_the_log_acknowledged() -> None:
    sending = sender(FakeLog())
    sending.send(mapped())
    sending.send(DeadLetter(FailureReason.UNREADABLE_LINE, "", b"x"))
    assert sending.accepted == 0
    sending.finish()
    assert sending.accepted == 1


def test_a_full_log_is_waited_for() -> None:
    log = FakeLog(room=2)
    sending = sender(log)
    for number in range(7):
        sending.send(mapped(number))
    sending.finish()
    assert sending.accepted == 7
    assert log.values("interactions") == [b"value %d" % number for number in range(7)]
    assert log.flushes == 4


def test_a_log_that_fails_ends_the_load_at_once() -> None:
    log = FakeLog(room=2, fails_from=2)
    sending = sender(log)
    with pytest.raises(BrokerFailed, match="no broker"):
        for number in range(100):
            sending.send(mapped(number))
    assert len(log.records) == 2
    assert sending.accepted == 1


def test_a_failure_that_shows_at_the_end_is_one() -> None:
    sending = sender(FakeLog(fails_from=1))
    sending.send(DeadLetter(FailureReason.UNREADABLE_LINE, "", b"x"))
    with pytest.raises(BrokerFailed, match="no broker"):
        sending.finish()


def test_a_log_that_can_never_publish_again_ends_the_load() -> None:
    sending = sender(FakeLog(dies_after=1))
    sending.send(mapped(1))
    with pytest.raises(BrokerFailed, match="fenced"):
        sending.send(mapped(2))
