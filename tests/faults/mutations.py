"""Mutations: a worker with one part of the protocol taken out; the suite must notice each.

Applied in the worker's own process, before it runs. One that the suite does not notice is a check
that is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiokafka.errors import CommitFailedError, IllegalStateError

from streams.codec.plan import Plan, encode_plan
from streams.warehouse import writer
from streams.worker import lanes
from streams.worker.lane import Lane, Planned
from streams.worker.lease import CommitThread, Deposed


def no_plan() -> None:
    """A token, but whoever comes next chooses boundaries of its own."""
    lanes.decode_plan = lambda metadata: None  # type: ignore[attr-defined] - the name that opens lanes


def no_token() -> None:
    """Plain at-least-once: an insert that is repeated is written again."""
    writer.INSERT_SETTINGS.update({"insert_deduplicate": 0, "deduplicate_insert": "disable"})


def no_silence() -> None:
    """Catch-up forgets nothing, but writes its facts as if they were new."""

    async def catch_up(lane: Any, committed: int) -> None:
        while lane._partition.offset < committed and not lane._stopping:
            records = await lane.inbox.take_until(committed, lane._policy.rows)
            if not records:
                return
            await lane._deliver(Plan(0, records[0].offset, records[-1].offset + 1), records)
            lane._partition.save(lane._unsettled.folded.changed, lane._unsettled.end)
            lane._unsettled = None

    Lane._catch_up = catch_up  # type: ignore[method-assign] - this is the mutation


def own_commit() -> None:
    """aiokafka's own commit: sent under whatever generation it finds when it is sent."""

    async def commit_under(thread: Any, lease: Any, offsets: Any) -> None:
        try:
            await thread._ensure_consumer().commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            raise Deposed(type(error).__name__) from error

    CommitThread._commit_under = commit_under  # type: ignore[method-assign] - this is the mutation


def commit_first() -> None:
    """The offset goes before the write, as an automatic commit does it."""
    settle = Lane._settle

    async def settle_first(lane: Any, offset: int, plan: Plan | None) -> None:
        if plan is None:
            await settle(lane, offset, None)
            return
        await lane._commits.commit(plan.end, encode_plan(None))
        if lane._unsettled:
            lane._partition.save(lane._unsettled.folded.changed, lane._unsettled.end)
            lane._unsettled = None
        lane._observe(lane._place, Planned(plan.begin, plan.end))

    Lane._settle = settle_first  # type: ignore[method-assign] - this is the mutation


MUTATIONS: dict[str, Callable[[], None]] = {
    mutate.__name__: mutate for mutate in (no_plan, no_token, no_silence, own_commit, commit_first)
}
