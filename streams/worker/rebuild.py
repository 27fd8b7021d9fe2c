"""Rebuild: the whole log through the same lanes, without Faust, into tables of a new epoch.

A lane's commits go to a table beside the new tables. So a rebuild that was interrupted goes on as a
worker does: the pending batch is written again under the same token, and the state follows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from clickhouse_driver import Client

from streams import topics
from streams.codec.batch import Record
from streams.codec.plan import decode_plan
from streams.codec.rows import Place
from streams.domain.campaign import Campaigns
from streams.domain.stamp import Stamper
from streams.settings import Settings
from streams.warehouse.client import connect
from streams.warehouse.writer import Writer
from streams.worker.app import default_policy, limits_of
from streams.worker.campaigns import CampaignLog
from streams.worker.folds import InteractionFold, PartitionFold, RejectionFold
from streams.worker.inbox import Inbox
from streams.worker.lane import BatchPolicy, Lane, release
from streams.worker.stores import stores_of

FETCHES_AHEAD: Final = 2
POLL_MS: Final = 200
RELEASE_S: Final = 10.0
PROGRESS: Final = """
CREATE TABLE IF NOT EXISTS rebuild_progress
(topic String, partition UInt16, step UInt64, offset UInt64, metadata String)
ENGINE = MergeTree ORDER BY (topic, partition, step)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""
LATEST: Final = """
SELECT topic, partition, max(step), argMax(offset, step), argMax(metadata, step)
FROM rebuild_progress GROUP BY topic, partition
"""
NOTE: Final = "INSERT INTO rebuild_progress (topic, partition, step, offset, metadata) VALUES"

Offsets = Mapping[TopicPartition, int]


class Noted(NamedTuple):
    """How far a partition's rebuild is, as a commit says it."""

    step: int = 0
    offset: int = 0
    metadata: str = ""


class NotedCommits:
    """Implements the lane's `Commits`: rows beside the tables, one after the other."""

    def __init__(self, settings: Settings, tp: TopicPartition, step: int) -> None:
        self._client, self._tp, self._step = connect(settings), tp, step

    async def commit(self, offset: int, metadata: str) -> None:
        """Durable when it returns; a ClickHouse that is away ends the rebuild, to be resumed."""
        self._step += 1
        row = (self._tp.topic, self._tp.partition, self._step, offset, metadata)
        await asyncio.to_thread(self._client.execute, NOTE, [row])

    def close(self) -> None:
        """Let go of the connection."""
        self._client.disconnect()


def noted(client: Client) -> dict[TopicPartition, Noted]:
    """How far each partition is; none: the rebuild has not begun."""
    client.execute(PROGRESS)
    return {
        TopicPartition(topic, partition): Noted(*rest)
        for topic, partition, *rest in client.execute(LATEST)
    }


class Running(NamedTuple):
    """A partition's lane at work."""

    lane: Lane
    task: asyncio.Task[None]
    commits: NotedCommits


class Rebuild:
    """As a context: lanes of all partitions, fed by `catch_up`. `settings` are the shadow's."""

    def __init__(
        self, settings: Settings, begins: Offsets, progress: Mapping[TopicPartition, Noted]
    ) -> None:
        """`begins`: where the log begins; `progress`: as `noted`."""
        self._settings, self._progress = settings, progress
        self._begins = {TopicPartition(*tp): offset for tp, offset in begins.items()}
        self._lanes: dict[TopicPartition, Running] = {}

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka_bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
        )
        await self._consumer.start()
        campaigns = Campaigns(default_policy(settings))
        self._stamper, self._stores = Stamper(campaigns), stores_of(settings)
        log = CampaignLog(settings.kafka_bootstrap, campaigns, Writer(settings))
        self._campaigns = asyncio.create_task(log.run())
        self._consumer.assign(list(self._begins))
        for tp, begin in self._begins.items():
            self._lanes[tp] = self._open(tp, begin, log)
            self._consumer.seek(tp, self._lanes[tp].lane.inbox.position)
        return self

    async def __aexit__(self, *_: object) -> None:
        for lane, task, commits in self._lanes.values():
            await release(lane, task, RELEASE_S)
            commits.close()
        self._campaigns.cancel()
        await asyncio.wait([self._campaigns])
        await self._consumer.stop()

    @property
    def settled(self) -> dict[TopicPartition, int]:
        """How far each partition's facts are written."""
        begins = self._begins
        return {tp: max(running.lane.settled, begins[tp]) for tp, running in self._lanes.items()}

    async def catch_up(self, targets: Offsets, show: Callable[[int], None]) -> None:
        """Return when the facts of all records below these offsets are written.

        `show` is told how many records are, again and again. Raises what a lane failed of.
        """
        while any(done < targets[tp] for tp, done in self.settled.items()):
            for task in (self._campaigns, *(running.task for running in self._lanes.values())):
                if task.done():
                    task.result()
            hungry = [tp for tp in self._lanes if self._wants(tp, targets[tp])]
            if hungry:
                fetched = await self._consumer.getmany(*hungry, timeout_ms=POLL_MS)
                for tp, records in fetched.items():
                    self._feed(tp, records, targets[tp])
            else:
                await asyncio.sleep(POLL_MS / 1_000)
            show(sum(self.settled.values()))

    def _wants(self, tp: TopicPartition, target: int) -> bool:
        inbox = self._lanes[tp].lane.inbox
        return inbox.hungry and inbox.position < target

    def _feed(self, tp: TopicPartition, records: Sequence[Record], target: int) -> None:
        """Only what is below the target: what comes after is not settled yet by the live group.

        It is read from where the inbox stands, so a gap is one of the log.
        """
        inbox = self._lanes[tp].lane.inbox
        below = [record for record in records if record.offset < target]
        inbox.skip(inbox.position, below[0].offset if below else target)
        if below:
            inbox.put(below)
        if len(below) < len(records):
            self._consumer.seek(tp, inbox.position)

    def _open(self, tp: TopicPartition, begin: int, log: CampaignLog) -> Running:
        settings, found = self._settings, self._progress.get(tp, Noted())
        place = Place(tp.topic, tp.partition, settings.epoch)
        fold = self._fold(place, found.offset)
        commits = NotedCommits(settings, tp, found.step)
        lane = Lane(
            place,
            fold,
            commits,
            Writer(settings),
            log_ready=log,
            policy=BatchPolicy(settings.batch_rows, settings.batch_age_s),
            inbox=Inbox(max(fold.offset, begin), FETCHES_AHEAD * settings.batch_rows, _nothing),
            observe=_nothing,
            begin=begin,
        )
        pending = decode_plan(found.metadata)
        return Running(lane, asyncio.create_task(lane.run(found.offset, pending)), commits)

    def _fold(self, place: Place, done: int) -> PartitionFold:
        if place.topic == topics.REJECTIONS:
            return RejectionFold(place, done)
        store = self._stores.open(place, done)
        return InteractionFold(store, self._stamper, limits_of(self._settings), place)


def _nothing(*_: object) -> None:
    """Nobody listens: the loop looks by itself."""
