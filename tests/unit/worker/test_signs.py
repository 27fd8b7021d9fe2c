"""Signs: why a worker is not ready, and for how long; why it is dead."""

from __future__ import annotations

from streams.warehouse.retries import Retries
from streams.worker.signs import Signs, Trouble


def signs(retries: Retries | None = None, well_s: float = 100.0) -> Signs:
    """Of a worker that began at 90 s and was well last at `well_s`."""
    found = Signs(90.0, retries or Retries())
    for sign in (found.loop, found.lanes, found.kafka, found.clickhouse):
        sign.well(well_s)
    return found


def test_a_worker_of_which_nothing_was_heard_is_not_ready_and_not_dead() -> None:
    found = Signs(90.0, Retries())
    assert [trouble.part for trouble in found.unready(91.0)] == [
        "event loop",
        "lanes",
        "Kafka",
        "ClickHouse",
    ]
    assert found.unready(91.0)[2] == Trouble("Kafka", "not heard of yet", 1.0)
    assert found.dead(1_000.0) == ()


def test_all_that_was_well_just_now_is_ready() -> None:
    assert signs().unready(102.0) == ()


def test_a_part_that_is_away_is_named_with_what_it_said_and_since_when() -> None:
    found = signs()
    found.kafka.unwell("does not answer (TimeoutError)")
    for sign in (found.loop, found.lanes, found.clickhouse):
        sign.well(111.0)
    assert found.unready(112.0) == (Trouble("Kafka", "does not answer (TimeoutError)", 12.0),)


def test_a_part_that_comes_back_is_no_trouble() -> None:
    found = signs()
    found.clickhouse.unwell("does not answer")
    for sign in (found.loop, found.lanes, found.kafka, found.clickhouse):
        sign.well(130.0)
    assert found.unready(131.0) == ()


def test_one_missed_answer_is_no_trouble() -> None:
    found = signs()
    found.kafka.unwell("does not answer")
    assert found.unready(103.0) == ()


def test_a_loop_that_hangs_is_dead() -> None:
    assert signs().dead(110.0) == ()
    assert signs().dead(111.0) == (Trouble("event loop", "silent", 11.0),)


def test_an_insert_that_is_repeated_for_long_is_a_trouble_though_clickhouse_answers() -> None:
    retries = Retries()
    found = signs(retries, well_s=130.0)
    retries.failed("one", 110.0, "error 243: no space")
    retries.failed("two", 105.0, "error 243: no space")
    assert found.unready(125.0) == ()
    assert found.unready(131.0) == (
        Trouble("ClickHouse", "an insert is repeated (error 243: no space)", 26.0),
    )
    retries.over("two")
    assert found.unready(130.0) == ()
    retries.failed("one", 131.0, "error 252: too many parts")
    assert found.unready(131.0) == (
        Trouble("ClickHouse", "an insert is repeated (error 252: too many parts)", 21.0),
    )


def test_a_lane_has_reason_to_wait_while_something_is_away_or_an_insert_is_repeated() -> None:
    retries = Retries()
    assert not signs(retries).is_away(105.0)
    assert signs(retries).is_away(111.0)
    retries.failed("one", 104.0, "refused")
    assert signs(retries).is_away(105.0)
