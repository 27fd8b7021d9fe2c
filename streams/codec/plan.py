"""Plan: what a lane is about to write, kept in the metadata of its offset commit."""

from __future__ import annotations

from typing import Literal

import msgspec


class Plan(msgspec.Struct, frozen=True):
    """Offsets [begin, end) may be half written under the token of this plan."""

    epoch: int
    begin: int
    end: int

    def token(self, topic: str, partition: int) -> str:
        """The deduplication token: it stands for these records for ever, whoever writes them."""
        return f"{self.epoch}:{topic}:{partition}:{self.begin}-{self.end}"


class _Metadata(msgspec.Struct, frozen=True):
    v: Literal[1]
    pending: Plan | None = None


class UnknownPlan(ValueError):
    """Commit metadata that this version did not write; whoever wrote it must settle it first."""


def encode_plan(plan: Plan | None) -> str:
    """The metadata of a commit."""
    return msgspec.json.encode(_Metadata(1, plan)).decode()


def decode_plan(metadata: str) -> Plan | None:
    """The plan that is pending; empty metadata: none."""
    if not metadata:
        return None
    try:
        return msgspec.json.decode(metadata, type=_Metadata).pending
    except msgspec.MsgspecError as error:
        raise UnknownPlan(
            f"commit metadata: expected a plan of version 1, found {metadata[:80]!r}"
        ) from error
