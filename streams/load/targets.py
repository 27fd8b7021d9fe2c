"""Targets: the fields of an interaction that a map may fill, and what each of them takes."""

from __future__ import annotations

from typing import Any, Final, get_type_hints

import msgspec

from streams.codec.refusal import describe, excerpt
from streams.domain.interaction import Channel, Id, Interaction, Name, Scalar

TIME_FIELDS: Final = ("occurred_at",)
INTEGER_FIELDS: Final = ("sequence", "value_minor")
LIST_FIELDS: Final = {"identifiers": Id, "signals": Name}
OWN_FIELDS: Final = {  # what `load` itself says, or what an import has not
    "tenant": "is the option --tenant or the map's `tenant`",
    "source": "is `load:` and the map's name",
    "received_at": "is when the line is loaded",
    "sent_at": "would correct a device's clock, and an import has none",
}
REQUIRED_FIELDS: Final = ("visitor", "occurred_at", "stage", "kind")
PROPERTIES: Final = "properties."
CHANNEL: Final = "channel."


def _types() -> dict[str, Any]:
    own = {**OWN_FIELDS, "channel": "", "properties": ""}
    flat = {
        name: kind
        for name, kind in get_type_hints(Interaction, include_extras=True).items()
        if name not in own
    }
    parts = get_type_hints(Channel, include_extras=True)
    flat["kind"] = Name  # its pattern is checked by the codec, not by the type
    return flat | {CHANNEL + name: kind for name, kind in parts.items()} | LIST_FIELDS


_TYPES: Final = _types()


def type_of(target: str) -> Any:
    """What one value of this field is; for a list, what one of its entries is."""
    if target.startswith(PROPERTIES) and len(target) > len(PROPERTIES):
        return Scalar
    return _TYPES.get(target)


def known_targets() -> str:
    """All fields a map may fill, for an error text."""
    return ", ".join((*sorted(_TYPES), PROPERTIES + "<name>"))


def unfit(target: str, value: Scalar) -> str | None:
    """Why this value cannot stand in the field: what was expected and found; None when it can."""
    kind = type_of(target)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        expected = describe(msgspec.inspect.type_info(kind))
        return f"expected {expected}, found {excerpt(value)}"
    return None


def takes_text(target: str) -> bool:
    """Whether the field is text, so that a number of a JSON file has to become one."""
    return unfit(target, 1) is not None
