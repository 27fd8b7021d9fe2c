"""Stack: broker, engine, topics, tables, collector, workers and console; their data in one home."""

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import msgspec

from streams.embedded import kafka, programs
from streams.embedded.home import announced, claimed
from streams.embedded.ports import LOOPBACK, choose_ports
from streams.embedded.processes import Child, Program, Supervisor
from streams.eventlog.leaving import dismiss
from streams.eventlog.topics import apply_topics
from streams.settings import Settings
from streams.warehouse.migrate import migrate

WORKER_PORT = 9101  # of worker-0, where it is free
PORTS = ("kafka", "controller", "clickhouse", "collector", "console")


class Stack:
    """As a context: up and ready inside, down outside; `settings` point every command at it.

    Enter it from a thread that stays. The broker must have been fetched (`kafka.fetch`).
    """

    def __init__(
        self,
        home: Path,
        *,
        workers: int = 1,
        collector: bool = True,
        console: bool = True,
        base: Settings | None = None,
        usual_ports: bool = False,
    ) -> None:
        """`base` says all but home and addresses; `usual_ports`: its ports where they are free."""
        base = base or Settings()
        ports = choose_ports(_usual_ports(base) if usual_ports else dict.fromkeys(PORTS, 0))
        self._wanted = (collector, console, workers)
        self._controller_port = ports["controller"]
        self._usual_worker_port = WORKER_PORT if usual_ports else 0
        self._children: dict[str, Child] = {}
        self.settings = _settings(base, home.absolute(), ports)

    def __enter__(self) -> "Stack":
        with ExitStack() as parts:
            lock = parts.enter_context(claimed(self.settings.home))
            self._supervisor = parts.enter_context(Supervisor((lock,)))
            parts.callback(self._stop_services)
            self._start()
            parts.enter_context(announced(self.settings))
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.close()

    @property
    def pids(self) -> dict[str, int]:
        """The running parts by name: kafka, clickhouse, collector, console, worker-0 ..."""
        return {name: child.pid for name, child in self._children.items()}

    def start_collector(self) -> Child:
        """Start it and wait until it is ready."""
        return self._start_ready(programs.collector(self.settings))

    def start_console(self) -> Child:
        """Start it and wait until it is ready."""
        return self._start_ready(programs.console(self.settings))

    def start_worker(self, number: int = 0) -> Child:
        """Start `worker-NUMBER` and wait until it holds its partitions."""
        return self._start_ready(self._worker(number))

    def start_broker(self) -> Child:
        """Start it again, on the same data and port, and wait until it answers."""
        return self._start_ready(self._broker())

    def start_engine(self) -> Child:
        """Start it again, on the same data and port, and wait until it takes connections."""
        return self._start_ready(programs.engine(self.settings))

    def stop(self, name: str) -> None:
        """End one part as a careful operator would."""
        self._supervisor.stop(self._children.pop(name))

    def kill(self, name: str) -> None:
        """End one part with SIGKILL."""
        child = self._children.pop(name)
        child.kill()
        self._supervisor.forget(child)

    def check(self) -> None:
        """ChildError when a part ended that nobody stopped: which one, and the tail of its log."""
        self._supervisor.check()

    def guarding(self, group: int) -> AbstractContextManager[None]:
        """While this lasts, the process group ends when this process is gone, as all parts do."""
        return self._supervisor.guarding(group)

    def _start(self) -> None:
        broker = self._launch(self._broker())
        engine = self._launch(programs.engine(self.settings))
        self._supervisor.wait_until_ready(engine)
        migrate(self.settings)
        self._supervisor.wait_until_ready(broker)
        apply_topics(self.settings)
        self._dismiss_former()
        self._start_services()

    def _dismiss_former(self) -> None:
        """Workers of an earlier, larger stack in this home: nobody waits for them."""
        wanted = {f"worker-{number}" for number in range(self._wanted[2])}
        found = {folder.name for folder in (self.settings.home / "state").glob("worker-*")}
        if found - wanted:
            dismiss(self.settings, found - wanted)

    def _start_services(self) -> None:
        """All at once: they do not need each other."""
        collector, console, workers = self._wanted
        wanted = [self._worker(number) for number in range(workers)]
        if collector:
            wanted.append(programs.collector(self.settings))
        if console:
            wanted.append(programs.console(self.settings))
        self._supervisor.wait_until_ready(*[self._launch(program) for program in wanted])

    def _stop_services(self) -> None:
        """Before broker and engine, so that the workers can settle what they hold."""
        services = [name for name in self._children if name not in ("kafka", "clickhouse")]
        self._supervisor.stop(*[self._children.pop(name) for name in services])

    def _broker(self) -> Program:
        port = int(self.settings.kafka_bootstrap.rpartition(":")[2])
        return kafka.broker(self.settings, port, self._controller_port)

    def _worker(self, number: int) -> Program:
        usual = self._usual_worker_port and self._usual_worker_port + number
        port = choose_ports({"worker": usual})["worker"]
        return programs.worker(self.settings, number, port)

    def _start_ready(self, program: Program) -> Child:
        child = self._launch(program)
        self._supervisor.wait_until_ready(child)
        return child

    def _launch(self, program: Program) -> Child:
        child = self._supervisor.start(program)
        self._children[program.name] = child
        return child


def _usual_ports(base: Settings) -> dict[str, int]:
    kafka_port = base.kafka_bootstrap.rpartition(":")[2]
    return {
        "kafka": int(kafka_port) if kafka_port.isdigit() else 0,
        "controller": 0,
        "clickhouse": base.clickhouse_port,
        "collector": base.collector_port,
        "console": base.console_port,
    }


def _settings(base: Settings, home: Path, ports: dict[str, int]) -> Settings:
    return msgspec.structs.replace(
        base,
        home=home,
        kafka_bootstrap=f"{LOOPBACK}:{ports['kafka']}",
        clickhouse_host=LOOPBACK,
        clickhouse_port=ports["clickhouse"],
        collector_port=ports["collector"],
        console_port=ports["console"],
        worker_store=None,
        worker_instance="",
    )
