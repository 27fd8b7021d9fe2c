"""Assignor: who gets which partition; everybody keeps what it had as far as balance allows.

A partition that moves is folded again from a checkpoint or from the topic, so none moves without
need. Each member tells what it held last, and in which round; it also stands in a file, so that a
worker that was away gets its own back.

To the group this is the protocol `roundrobin`, as before: whoever leads decides, and a leader of
an older version ignores what members tell. A second protocol is no way to be upgraded: aiokafka
joins once per protocol that it offers, the first time with the first of them alone, and every
join of a group is a rebalance.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)

log = logging.getLogger(__name__)
VERSION: Final = 0  # of the consumer protocol


class Held(msgspec.Struct, frozen=True):
    """Partitions by topic that a member had after that round of sharing out; 0: none yet."""

    round: int = 0
    partitions: dict[str, list[int]] = {}


class Sharer(NamedTuple):
    """A member: the topics that it reads, and what it says that it held."""

    topics: Collection[str]
    held: Held = Held()


Shares = dict[str, dict[str, list[int]]]
"""Member id to topic to its partitions, sorted."""


def share_out(sharers: Mapping[str, Sharer], topics: Mapping[str, Collection[int]]) -> Shares:
    """The partitions of each topic, within one of each other, and so are all topics together.

    The largest topic first. A partition stays with the member that held it last, unless that one
    has too many: then it hands over first what others held before.
    """
    shares: Shares = {member: {} for member in sharers}
    for topic in sorted(topics, key=lambda name: (-len(topics[name]), name)):
        takers = sorted(member for member in sharers if topic in sharers[member].topics)
        if takers:
            claims = _claims(topic, topics[topic], {it: sharers[it].held for it in takers})
            quotas = _quotas(takers, claims, shares, {it: sharers[it].held for it in takers})
            for member, partitions in _deal(quotas, claims).items():
                if partitions:
                    shares[member][topic] = sorted(partitions)
    return shares


def _claims(
    topic: str, partitions: Iterable[int], held: Mapping[str, Held]
) -> dict[int, list[str]]:
    """Who held each partition, whoever had it last first."""
    claims: dict[int, list[str]] = {partition: [] for partition in sorted(partitions)}
    for member in sorted(held, key=lambda it: (-held[it].round, it)):
        for partition in held[member].partitions.get(topic, ()):
            if partition in claims:
                claims[partition].append(member)
    return claims


def _quotas(
    takers: list[str], claims: Mapping[int, list[str]], shares: Shares, held: Mapping[str, Held]
) -> dict[str, int]:
    """How many each gets: what is over goes to who has least so far, then to who had it."""
    least, over = divmod(len(claims), len(takers))
    owned = _owned(claims)

    def rank(member: str) -> tuple[int, bool, int, str]:
        so_far = sum(map(len, shares[member].values()))
        elsewhere = sum(map(len, held[member].partitions.values()))
        return so_far, len(owned[member]) <= least, elsewhere, member

    lucky = sorted(takers, key=rank)[:over]
    return {member: least + (member in lucky) for member in takers}


def _owned(claims: Mapping[int, list[str]]) -> defaultdict[str, list[int]]:
    owned: defaultdict[str, list[int]] = defaultdict(list)
    for partition, claimants in claims.items():
        if claimants:
            owned[claimants[0]].append(partition)
    return owned


def _deal(quotas: Mapping[str, int], claims: Mapping[int, list[str]]) -> dict[str, list[int]]:
    """Everybody's own, then to whom it was earlier, then to whoever has room."""
    owned = _owned(claims)
    dealt: dict[str, list[int]] = {}
    for member, quota in quotas.items():
        dealt[member] = sorted(owned[member], key=lambda it: (len(claims[it]) > 1, it))[:quota]
    kept = {partition for partitions in dealt.values() for partition in partitions}
    homeless = []
    for partition in [it for it in claims if it not in kept]:
        earlier = _with_room(claims[partition], dealt, quotas)
        if earlier:
            dealt[earlier].append(partition)
        else:
            homeless.append(partition)
    for partition in homeless:
        taker = _with_room(quotas, dealt, quotas)
        assert taker is not None, "quotas add up to all partitions"
        dealt[taker].append(partition)
    return dealt


def _with_room(
    members: Iterable[str], dealt: Mapping[str, list[int]], quotas: Mapping[str, int]
) -> str | None:
    return next((it for it in members if len(dealt[it]) < quotas[it]), None)


class StickyAssignor:
    """What aiokafka asks of an assignor; `file` keeps what this member held last."""

    name = "roundrobin"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held = _read(file)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What this member tells the leader."""
        return ConsumerProtocolMemberMetadata(
            VERSION, sorted(topics), msgspec.json.encode(self._held)
        )

    def assign(
        self, cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """As the leader: everybody's share; aiokafka's cluster knows the partitions."""
        sharers = {
            member: Sharer(frozenset(told.subscription), _told(told.user_data))
            for member, told in members.items()
        }
        wanted = {topic for sharer in sharers.values() for topic in sharer.topics}
        topics = {topic: cluster.partitions_for_topic(topic) or () for topic in wanted}
        this_round = 1 + max(sharer.held.round for sharer in sharers.values())
        return {
            member: ConsumerProtocolMemberAssignment(
                VERSION, sorted(share.items()), msgspec.json.encode(Held(this_round))
            )
            for member, share in share_out(sharers, topics).items()
        }

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Remember it, also for the process that comes after this one."""
        partitions: defaultdict[str, list[int]] = defaultdict(list)
        for tp in assignment.partitions():
            partitions[tp.topic].append(tp.partition)
        this_round = _told(assignment.user_data).round or self._held.round
        self._held = Held(this_round, dict(partitions))
        try:
            _write(self._file, self._held)
        except OSError as error:  # the price is that a partition may move
            log.warning("%s: expected to be written, found %s", self._file, error)


def _told(user_data: bytes | None) -> Held:
    """Nothing where a member of another version tells something else."""
    try:
        return msgspec.json.decode(user_data or b"{}", type=Held)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Held()


def _read(file: Path) -> Held:
    try:
        return _told(file.read_bytes())
    except OSError:
        return Held()


def _write(file: Path, held: Held) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(held))
    beside.replace(file)
