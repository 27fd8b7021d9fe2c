"""The worker: a Faust app whose agents hand fetched batches to the lanes; the composition root."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import faust

from streams import topics
from streams.codec.rows import Place
from streams.domain.arrival import DAY_MS
from streams.domain.campaign import Campaigns, Policy
from streams.domain.fold import Limits
from streams.domain.stamp import Stamper
from streams.eventlog.admin import BrokerError
from streams.eventlog.guard import LogRefusedError, check_log
from streams.eventlog.leaving import dismiss
from streams.ports.facts import FactWriter
from streams.settings import Settings
from streams.warehouse.check import epoch_is_known
from streams.warehouse.epochs import EpochError
from streams.warehouse.writer import Writer
from streams.worker.campaigns import CampaignLog
from streams.worker.ending import FAILED, REFUSED, end_process
from streams.worker.folds import InteractionFold, PartitionFold, RejectionFold
from streams.worker.lane import BatchPolicy, Effect
from streams.worker.lanes import LaneParts, Lanes
from streams.worker.letter_limit import LetterLimit
from streams.worker.observed import Observed, measure
from streams.worker.store import NewerError, RocksStore, StoreError
from streams.worker.stores import Stores, stores_of
from streams.worker.transport import BatchSchema, Transport
from streams.worker.watching import watch_progress
from streams.worker.written import WrittenLetters

FETCH_BYTES = 4_000_000
POLL_RECORDS = 20_000
HEARTBEAT_S = 1.0  # how soon a member learns that another one joins
GC_THRESHOLDS = (200_000, 50, 1_000)  # the cyclic collector costs 2.5 times the fold by default

log = logging.getLogger(__name__)


def faust_app(settings: Settings) -> faust.App:
    """Faust as membership, fetching and lifecycle; each setting is one that loses nothing."""
    return faust.App(
        settings.kafka_group,
        broker=f"kafka://{settings.kafka_bootstrap}",
        datadir=str(settings.store_folder / "faust"),
        processing_guarantee="at_least_once",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        store="memory://",
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.worker_instance or None,
        table_standby_replicas=0,
        broker_session_timeout=settings.worker_session_s,
        broker_heartbeat_interval=min(HEARTBEAT_S, settings.worker_session_s / 3),
        broker_rebalance_timeout=15.0,
        broker_max_poll_records=POLL_RECORDS,
        consumer_max_fetch_size=FETCH_BYTES,
        stream_wait_empty=False,
        stream_buffer_maxsize=32,
        stream_recovery_delay=0.0,
        worker_redirect_stdouts=False,
    )


def limits_of(settings: Settings) -> Limits:
    """What the fold remembers."""
    return Limits(
        gap_ms=settings.session_gap_s * 1_000,
        ring_bytes=settings.duplicate_ring * 8,
        touches=settings.touches_max,
    )


def default_policy(settings: Settings) -> Policy:
    """The policy of an interaction whose campaign was not defined."""
    return Policy(
        talk_window_ms=settings.talk_window_days * DAY_MS,
        act_window_ms=settings.act_window_days * DAY_MS,
    )


def build(
    settings: Settings,
    writer: Callable[[], FactWriter],
    observe: Callable[[Place, Effect], None],
    *,
    accept_loss: bool = False,
) -> faust.App:
    """The app with its lanes, campaigns and agents; each lane gets a writer of its own.

    `accept_loss`: records that were deleted before they were folded do not end the process.
    """
    app = faust_app(settings)
    app.transport = Transport(app.conf.broker_consumer, app)
    campaigns = Campaigns(default_policy(settings))
    campaign_log = CampaignLog(settings.kafka_bootstrap, campaigns, writer())
    parts = LaneParts(
        epoch=settings.epoch,
        policy=BatchPolicy(settings.batch_rows, settings.batch_age_s),
        fold_of=_folds(settings, campaigns),
        writer=writer,
        log_ready=campaign_log,
        observe=observe,
        letters=WrittenLetters(settings),
        lost=log.warning if accept_loss else partial(end_process, REFUSED),
        guard=partial(guard, settings, accept_loss=accept_loss),
    )
    lanes = Lanes(parts, lambda: app.consumer)
    _feed(app, lanes)
    app.task(campaign_log.run)
    app.task(_watch(lanes))
    watch_progress(app, lanes, settings)
    return app


def _folds(settings: Settings, campaigns: Campaigns) -> Callable[[Place, int], PartitionFold]:
    """What opens a partition's fold; all share stamper and memory."""
    stamper, limits, stores = Stamper(campaigns), limits_of(settings), stores_of(settings)

    def fold_of(place: Place, committed: int) -> PartitionFold:
        if place.topic == topics.REJECTIONS:
            return RejectionFold(place, committed)
        letter_limit = LetterLimit(settings.dead_letter_limit, committed)
        store = _open(stores, place, committed)
        return InteractionFold(store, stamper, limits, place, letter_limit)

    return fold_of


def _open(stores: Stores, place: Place, committed: int) -> RocksStore:
    """The partition's state; what cannot be opened ends the process, which says why."""
    try:
        return stores.open(place, committed)
    except NewerError as error:
        end_process(REFUSED, str(error))
    except StoreError as error:
        end_process(FAILED, str(error))


def _feed(app: faust.App, lanes: Lanes) -> None:
    """The consumer asks the lanes, and agents hand them what it fetched."""
    Transport.Consumer.lanes = lanes
    for name in (topics.INTERACTIONS, topics.REJECTIONS):
        topic = app.topic(name, schema=BatchSchema(), acks=False)
        app.agent(topic, name=f"deliver-{name}", concurrency=1)(_deliver_to(lanes))


def _deliver_to(lanes: Lanes) -> Any:
    async def deliver(stream: Any) -> None:
        async for event in stream.noack().events():
            lanes.feed(event.message.tp, event.value)

    return deliver


def _watch(lanes: Lanes) -> Any:
    async def watch() -> None:
        await measure(lanes)

    return watch


def guard(settings: Settings, *, accept_loss: bool) -> bool:
    """Whether lanes may open: only once ClickHouse has said that its tables are of this epoch.

    Ends the process when log or tables must not be used.
    """
    try:
        _ask_log(settings, accept_loss)
        return epoch_is_known(settings)
    except (LogRefusedError, EpochError) as error:
        end_process(REFUSED, str(error))


def _ask_log(settings: Settings, accept_loss: bool) -> None:
    """A log that does not answer lets no lane read either."""
    try:
        check_log(settings, accept_loss=accept_loss, wait_s=0)
    except BrokerError as error:
        log.warning("the log is not checked: %s", error)


def run(settings: Settings, *, accept_loss: bool = False) -> None:
    """Run until told to stop.

    Not by Faust's own command line: it turns the web server on again, on all addresses.
    """
    settings.store_folder.mkdir(parents=True, exist_ok=True)
    app = build(settings, lambda: Writer(settings), Observed(), accept_loss=accept_loss)
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    worker = faust.Worker(app, loglevel=settings.log_level.lower(), quiet=True)
    try:
        worker.execute_from_commandline()
    finally:
        if settings.worker_leaves and settings.worker_instance:
            _leave(settings)


def _leave(settings: Settings) -> None:
    """Others take the partitions now; without a broker they take them when the session is over."""
    try:
        dismiss(settings, [settings.worker_instance])
    except BrokerError as error:
        log.warning("not taken out of the group: %s", error)
