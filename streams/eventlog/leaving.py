"""Leaving: static members that will not come back are taken out of the group at once.

A static member that stops says nothing, so that a restart moves no partition; its partitions wait
for it until the session is over.
"""

from __future__ import annotations

from collections.abc import Collection

from kafka.admin import MemberToRemove
from kafka.errors import NoError, UnknownMemberIdError

from streams.eventlog.admin import administer, with_coordinator
from streams.settings import Settings

WHY = "it will not come back"


def dismiss(settings: Settings, names: Collection[str]) -> tuple[str, ...]:
    """Take these static members out of the settings' group; those that were in it."""
    asked = [MemberToRemove(group_instance_id=name, reason=WHY) for name in names]
    with administer(settings) as admin:
        try:
            found = with_coordinator(
                lambda: admin.remove_group_members(settings.kafka_group, asked)
            )
        except UnknownMemberIdError:  # there is no such group
            return ()
    return tuple(sorted(name for name, error in found.items() if error is NoError))
