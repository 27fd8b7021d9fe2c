"""Away: a collector of its own, beside a broker that comes and goes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec

from streams.codec.interaction import decode
from streams.collector.keys import add_key
from streams.domain.outcome import Accepted
from streams.embedded import kafka
from streams.embedded.ports import choose_ports
from streams.embedded.processes import Child, Program, Supervisor
from streams.embedded.programs import collector
from streams.eventlog.reading import read_topic
from streams.settings import Settings
from streams.topics import INTERACTIONS
from tests.senders import Reply, ask


class Site:
    """A collector, and a broker that comes and goes."""

    def __init__(self, home: Path, supervisor: Supervisor, **settings: object) -> None:
        self._ports = choose_ports({"kafka": 0, "controller": 0, "collector": 0})
        self.settings = Settings(
            home=home,
            kafka_bootstrap=f"127.0.0.1:{self._ports['kafka']}",
            collector_port=self._ports["collector"],
            collector_acknowledge_s=2.0,
            **settings,  # type: ignore[arg-type] - checked where it is decoded
        )
        self.tenant = home.name.replace("_", "-")
        self.key = add_key(self.settings.keys_file, self.tenant)
        self._supervisor = supervisor
        self.sent = 0
        self.acknowledged: list[str] = []

    def start_collector(self, wrapped_in: tuple[str, ...] = ()) -> Child:
        """Start it and wait until it listens: ready it is only with a broker."""
        program = collector(self.settings)
        listening = dataclasses.replace(
            program,
            arguments=wrapped_in + program.arguments,
            is_ready=lambda: self.status("/healthz") == 200,
        )
        return self._start(listening)

    def start_broker(self) -> Child:
        """Start it on the data of the last one."""
        return self._start(
            kafka.broker(self.settings, self._ports["kafka"], self._ports["controller"])
        )

    def find_broker(self, bootstrap: str) -> None:
        """Collectors that start from now on know another broker, that runs."""
        self.settings = msgspec.structs.replace(self.settings, kafka_bootstrap=bootstrap)

    def kill(self, child: Child) -> None:
        """End it at once."""
        child.kill()
        self._supervisor.forget(child)

    def stop(self, child: Child) -> int:
        """End it as an operator would; its exit code."""
        child.ask_to_stop()
        code = child.wait()
        self._supervisor.forget(child)
        return code

    def status(self, path: str) -> int:
        """The status of one request; 0 when nobody listens."""
        try:
            return ask(self.settings, path).status
        except OSError:
            return 0

    def send(self) -> Reply:
        """One interaction of its own; its id is remembered when it got a 200."""
        self.sent += 1
        body = b'{"event_id":"e%d","visitor":"v","kind":"comment"}' % self.sent
        reply = ask(self.settings, "/v1/interactions", body, {"X-Write-Key": self.key})
        if reply.status == 200:
            self.acknowledged.append(f"e{self.sent}")
        return reply

    def see(self) -> Reply:
        """One pixel of its own; its id is remembered when it got a 200."""
        self.sent += 1
        reply = ask(self.settings, self.pixel(f"e{self.sent}"))
        if reply.status == 200:
            self.acknowledged.append(f"e{self.sent}")
        return reply

    def pixel(self, event_id: str) -> str:
        """The address of a pixel with this id."""
        return f"/p.gif?key={self.key}&v=v&k=comment&id={event_id}"

    def in_topic(self) -> list[str]:
        """The ids of all our interactions in the topic, in order: they are of one visitor."""
        outcomes = [
            decode(each.key, each.value) for each in read_topic(self.settings, INTERACTIONS)
        ]
        found = [each.interaction for each in outcomes if isinstance(each, Accepted)]
        return [each.event_id for each in found if each.tenant == self.tenant]

    def is_drained(self) -> bool:
        """Does the spool hold nothing any more?"""
        return b"\nstepthree_collector_spool_bytes 0.0\n" in self.metrics()

    def metrics(self) -> bytes:
        """What the collector tells of itself."""
        return ask(self.settings, "/metrics").body

    def _start(self, program: Program) -> Child:
        child = self._supervisor.start(program)
        self._supervisor.wait_until_ready(child)
        return child
