"""Settings: all that may differ between two installations, read from the environment once."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

PREFIX = "STEPTHREE_"
ADDRESSES = {"kafka_bootstrap", "clickhouse_host", "clickhouse_port"}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One field per variable: `clickhouse_port` is `STEPTHREE_CLICKHOUSE_PORT`."""

    home: Path = Path(".stepthree")
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_group: str = "stepthree"
    clickhouse_host: str = "127.0.0.1"
    clickhouse_port: int = 9000
    clickhouse_user: str = "default"
    clickhouse_password: str = ""
    clickhouse_database: str = "stepthree"
    clickhouse_compression: bool = False
    collector_host: str = "127.0.0.1"
    collector_port: int = 8080
    collector_keys: Path | None = None  # write keys (YAML); default: home/keys.yaml
    collector_workers: int = 1
    collector_acknowledge_s: float = 5.0  # a broker silent for so long is away: 503
    collector_key_rate: float = 50_000  # interactions per second and write key; twice that at once
    collector_address_rate: float = 10_000  # requests per second and sender; twice that at once
    collector_proxies: int = 0  # trusted proxies in front that write X-Forwarded-For
    spool: Path | None = None  # pixels that wait for the broker; default: home/spool
    spool_mb: int = 256  # of each process of the collector; 0: none, pixels get 503 instead
    console_host: str = "127.0.0.1"
    console_port: int = 8090
    console_hosts: str = "localhost,127.0.0.1"  # names it may be asked by; *: any
    worker_instance: str = ""  # unique static member id; empty: a dynamic member
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: int = 0  # /metrics, /healthz, /readyz; 0: none
    worker_session_s: float = 15.0  # a worker silent for so long loses its partitions
    worker_leaves: bool = False  # told to stop, it gives them up at once; else it may come back
    watchdog_s: float = 60.0  # a worker that makes no progress for so long ends itself
    worker_store: Path | None = None  # state of the partitions; default: home/state
    state_cache_mb: int = 512  # memory of a worker's state: visitors in use, and RocksDB's own
    state_url: str = ""  # checkpoints of the state: a folder or s3://bucket/prefix; empty: none
    checkpoint_every_s: float = 60.0  # how often a partition's state is copied there
    hash_secret: str = ""  # keys the names that `load` makes of addresses; changed: other visitors
    dead_letter_limit: float = 0.5  # misread share of records at which a worker stops; 1: none
    epoch: int = 1  # which rebuild of the tables; part of every deduplication token
    batch_rows: int = 20_000
    batch_age_s: float = 0.1  # how long an idle lane waits for more; a busy one up to 0.5
    session_gap_s: int = 1_800
    talk_window_days: int = 30
    act_window_days: int = 365
    duplicate_ring: int = 4_096  # event ids remembered per visitor
    touches_max: int = 512  # touches a journey and runs a visitor keeps
    log_level: str = "WARNING"

    @property
    def keys_file(self) -> Path:
        """Where the collector's write keys are."""
        return self.collector_keys or self.home / "keys.yaml"

    @property
    def spool_folder(self) -> Path:
        """Where the collector keeps pixels that wait for the broker."""
        return self.spool or self.home / "spool"

    @property
    def store_folder(self) -> Path:
        """Where the worker keeps its partitions' state."""
        return self.worker_store or self.home / "state"

    def environment(self) -> dict[str, str]:
        """These settings as variables, for a child process."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            PREFIX + name.upper(): str(int(value) if isinstance(value, bool) else value)
            for name, value in values.items()
            if value is not None
        }

    def child_environment(self) -> dict[str, str]:
        """This process's variables with these settings in place of its own."""
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return others | self.environment()


class RunningStack(msgspec.Struct, frozen=True):
    """What `stepthree up` leaves in `home/stack.json` while it runs."""

    pid: int
    environment: dict[str, str]


class SettingsError(ValueError):
    """A variable that is unknown or holds what its field cannot be."""


def read_settings(*, running: bool = True) -> Settings:
    """The environment's settings; an unknown or unreadable variable is an error that names it.

    When the environment names no address and a stack runs in `home`, that stack says the rest.
    """
    found = _named(os.environ)
    unknown = found.keys() - set(Settings.__struct_fields__)
    if unknown:
        names = ", ".join(sorted(PREFIX + name.upper() for name in unknown))
        known = ", ".join(PREFIX + name.upper() for name in Settings.__struct_fields__)
        raise SettingsError(f"unknown setting {names}; known: {known}")
    if running and not ADDRESSES & found.keys():
        found = _running(Path(found.get("home", Settings().home))) | found
    try:
        return msgspec.convert(found, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        reason, _, name = str(error).rstrip("`").partition(" - at `$.")
        raise SettingsError(
            f"{PREFIX}{name.upper()}: {reason}, found {found.get(name, '')!r}"
        ) from error


def _named(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }


def _running(home: Path) -> dict[str, str]:
    """The settings of the stack that runs in `home`; none when there is none."""
    try:
        stack = msgspec.json.decode((home / "stack.json").read_bytes(), type=RunningStack)
        os.kill(stack.pid, 0)
    except (OSError, msgspec.DecodeError):
        return {}
    return _named(stack.environment)


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)
