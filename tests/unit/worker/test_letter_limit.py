"""The letter limit: what a bad deploy looks like, and what only looks a little like it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP

from streams.codec.batch import decode_batch
from streams.codec.rows import Place
from streams.domain.campaign import Campaigns, Policy
from streams.domain.stamp import Stamper
from streams.worker.ending import FAILED, end_process
from streams.worker.folds import InteractionFold
from streams.worker.lanes import LETTERS_PAUSE_S
from streams.worker.lanes import _ended as lane_ended
from streams.worker.letter_limit import VISITORS, WINDOW, LetterLimit, TooManyLetters
from streams.worker.store import RocksStore
from tests.builders import LIMITS, LogRecord, interaction, record


def readable(count: int, begin: int = 0) -> list[LogRecord]:
    return [record(interaction(f"e{n}", visitor=f"v{n}"), n) for n in range(begin, begin + count)]


def misread(records: Iterable[LogRecord]) -> list[LogRecord]:
    """As another version of the collector writes: a stage that this worker does not know."""
    return [
        each._replace(value=(each.value or b"").replace(b'"visit"', b'"stroll"'))
        for each in records
    ]


def check(limit: LetterLimit, records: list[LogRecord]) -> None:
    limit.check(records, decode_batch(records, Stamper(Campaigns(Policy()))))


def test_records_of_many_visitors_that_only_this_worker_cannot_read_stop_it() -> None:
    with pytest.raises(TooManyLetters, match=r"found 1,000 of the last 1,000 .*stage: expected"):
        check(LetterLimit(0.5, 0), misread(readable(WINDOW)))


def test_half_of_them_do_not() -> None:
    half = WINDOW // 2
    check(LetterLimit(0.5, 0), misread(readable(half)) + readable(half, half))


def test_fewer_than_a_window_do_not_until_more_come() -> None:
    limit = LetterLimit(0.5, 0)
    check(limit, misread(readable(WINDOW - 1)))
    with pytest.raises(TooManyLetters):
        check(limit, misread(readable(1, WINDOW)))


def test_what_was_readable_long_ago_does_not_count() -> None:
    limit = LetterLimit(0.5, 0)
    check(limit, readable(10 * WINDOW))
    check(limit, readable(WINDOW, 10 * WINDOW))
    with pytest.raises(TooManyLetters):
        check(limit, misread(readable(2 * WINDOW, 11 * WINDOW)))


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"tenant":"acme"}', b"\xff\xfe", b"null"])
def test_poison_from_outside_stops_nothing(value: bytes) -> None:
    check(LetterLimit(0.5, 0), [each._replace(value=value) for each in readable(5 * WINDOW)])


def test_records_under_another_key_stop_nothing() -> None:
    check(LetterLimit(0.5, 0), [each._replace(key=b"acme/other") for each in readable(WINDOW)])


def test_one_broken_sender_stops_nothing() -> None:
    few = [record(interaction(f"e{n}", visitor=f"v{n % (VISITORS - 1)}"), n) for n in range(5_000)]
    check(LetterLimit(0.5, 0), misread(few))


def test_a_limit_of_1_is_none() -> None:
    check(LetterLimit(1, 0), misread(readable(5 * WINDOW)))


def test_what_was_written_before_is_not_judged_again() -> None:
    check(LetterLimit(0.5, begin=WINDOW), misread(readable(WINDOW)))


def test_a_stopped_fold_has_changed_no_state(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "s")
    stamper, place = Stamper(Campaigns(Policy())), Place("interactions", 0, 1)
    fold = InteractionFold(store, stamper, LIMITS, place, LetterLimit(0.5, 0))
    mixed = misread(readable(2 * WINDOW)) + readable(1, 2 * WINDOW)
    with pytest.raises(TooManyLetters):
        fold.fold(mixed)
    assert store.load(()) == {}
    fold.close()


def test_a_smaller_share_stops_sooner() -> None:
    with pytest.raises(TooManyLetters):
        check(LetterLimit(0.25, 0), misread(readable(300)) + readable(700, 300))


class Loop:
    """Notes what is to be done later, and does nothing."""

    def __init__(self) -> None:
        self.later: list[tuple[object, ...]] = []

    def call_later(self, delay_s: float, *what: object) -> None:
        self.later.append((delay_s, *what))


class EndedLane:
    """The task of a lane that ended with this error."""

    def __init__(self, error: Exception) -> None:
        self.loop, self._error = Loop(), error

    def cancelled(self) -> bool:
        return False

    def exception(self) -> Exception:
        return self._error

    def get_loop(self) -> Loop:
        return self.loop


def test_a_worker_that_was_stopped_ends_only_after_a_pause() -> None:
    task: Any = EndedLane(TooManyLetters("found 1,000"))
    lane_ended(TP("interactions", 2), task)
    ((delay_s, what, code, why),) = task.loop.later
    assert (delay_s, what, code) == (LETTERS_PAUSE_S, end_process, FAILED)
    assert "partition=2" in why and "found 1,000" in why
