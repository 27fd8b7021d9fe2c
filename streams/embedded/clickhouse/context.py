"""Driver context: what clickhouse-driver's own column readers ask about a connection."""

from dataclasses import dataclass, field
from typing import Any

CLIENT_SETTINGS = {
    "strings_as_bytes": True,
    "strings_encoding": "utf-8",
    "use_numpy": False,
    "use_arrow": False,
    "opentelemetry_traceparent": None,
    "opentelemetry_tracestate": "",
    "quota_key": "",
    "input_format_null_as_default": False,
    "namedtuple_as_json": True,
    "server_side_params": False,
}


@dataclass(frozen=True, slots=True)
class ServerInfo:
    used_revision: int
    timezone: str

    def get_timezone(self) -> str:
        return self.timezone

    def version_tuple(self) -> tuple[int, int, int]:
        return (26, 9, 0)


@dataclass(frozen=True, slots=True)
class DriverContext:
    """Named as clickhouse-driver names it; used for types that are not walked (JSON, Dynamic)."""

    server_info: ServerInfo
    settings: dict[str, Any] = field(default_factory=dict)
    client_settings: dict[str, Any] = field(default_factory=lambda: dict(CLIENT_SETTINGS))

    @property
    def revision(self) -> int:
        return self.server_info.used_revision

    @classmethod
    def of(cls, revision: int, timezone: str) -> "DriverContext":
        return cls(ServerInfo(revision, timezone))
