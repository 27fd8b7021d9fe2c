"""Batches: the records of one partition, decoded and stamped, the undecodable ones apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from streams.codec.interaction import decode
from streams.codec.replay import Replay, decode_replay
from streams.domain.fold import Step
from streams.domain.interaction import Interaction
from streams.domain.keys import name_key
from streams.domain.outcome import Accepted, DeadLetter
from streams.domain.stamp import Stamper


class Record(Protocol):
    """A record as a Kafka client hands it out."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Letter(NamedTuple):
    """A dead letter with its place; `received_at` in ms."""

    tenant: str
    received_at: int
    source: str
    offset: int
    dead: DeadLetter


class Batch(NamedTuple):
    """Interactions in log order; the lists from `interactions` to `steps` go together."""

    interactions: list[Interaction]
    offsets: list[int]
    campaigns: list[str]
    origins: list[str]
    steps: list[Step]
    letters: list[Letter]
    replays: Sequence[tuple[int, Replay]] = ()
    """Indexes of the interactions that dead letters became, in order, and which letters."""
    dropped: Sequence[tuple[str, int]] = ()
    """Tenant and time in ms of replayed letters that can still not be read."""


def decode_batch(records: Sequence[Record], stamper: Stamper) -> Batch:
    """Decode and stamp records of the topic `interactions`.

    A replayed letter that this codec cannot read either is dropped: it stands as it stood.
    """
    replays: list[tuple[int, Replay]] = []
    dropped: list[tuple[str, int]] = []
    batch = Batch([], [], [], [], [], [], replays, dropped)
    interactions, offsets, campaigns, origins, steps, letters, _, _ = batch
    stamp = stamper.stamp
    for record in records:
        key = record.key
        outcome = decode(key, record.value)
        replay = decode_replay(record.headers) if record.headers else None
        if isinstance(outcome, DeadLetter):
            tenant = _tenant_of(key)
            if replay:
                dropped.append((tenant, record.timestamp))
                continue
            letters.append(Letter(tenant, record.timestamp, "log", record.offset, outcome))
            continue
        interaction = outcome.interaction
        assert key is not None
        if replay:
            replays.append((len(interactions), replay))
        step, campaign, origin = stamp(interaction, name_key(key))
        interactions.append(interaction)
        offsets.append(record.offset)
        campaigns.append(campaign)
        origins.append(origin)
        steps.append(step)
    return batch


def decode_steps(records: Iterable[Record], stamper: Stamper) -> list[Step]:
    """The steps of `decode_batch` alone, for a fold whose facts are written already."""
    steps: list[Step] = []
    stamp = stamper.stamp
    for record in records:
        outcome = decode(record.key, record.value)
        if isinstance(outcome, Accepted):
            assert record.key is not None
            steps.append(stamp(outcome.interaction, name_key(record.key))[0])
    return steps


def _tenant_of(key: bytes | None) -> str:
    """The tenant that a key names; empty when it names none."""
    if key is None:
        return ""
    return key.partition(b"/")[0][:64].decode("utf-8", "replace")
