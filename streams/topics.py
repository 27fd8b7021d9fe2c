"""Topics: the log's parts as declared in `schemas/topics`, one YAML file each."""

from functools import cache
from pathlib import Path

import msgspec

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"

INTERACTIONS = "interactions"
REJECTIONS = "rejections"
CAMPAIGNS = "campaigns"


class Topic(msgspec.Struct, frozen=True):
    """A topic as it must exist: partitions never change, since a key's place depends on them."""

    name: str
    partitions: int
    schema: str | None
    config: dict[str, str | int]


@cache
def declared_topics() -> tuple[Topic, ...]:
    """Every declared topic, by name."""
    files = sorted((SCHEMAS / "topics").glob("*.yaml"))
    return tuple(msgspec.yaml.decode(file.read_bytes(), type=Topic) for file in files)
