"""Kafka: the stock Apache Kafka broker in KRaft mode, one node on loopback, its data in one folder.

`python -m streams.embedded.kafka fetch` gets the broker and makes its start quick, once per
checkout: an empty log is formatted to be copied (0.8 s saved at each first start), and the classes
are archived as the virtual machine has them (start 1.5 s instead of 2.6 s).
"""

import base64
import shutil
import socket
import string
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from streams.embedded import jars
from streams.embedded.java import MissingPartError, java
from streams.embedded.ports import LOOPBACK, choose_ports
from streams.embedded.processes import Program, Supervisor
from streams.settings import Settings, read_settings

FORMATTED = jars.LIB / "formatted"
ARCHIVE = jars.LIB / "classes.jsa"
ANY_PORTS = {"kafka": 0, "controller": 0}
JVM = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss",
)
API_VERSIONS = bytes.fromhex("0000000a 0012 0000 00000001 ffff")  # v0, correlation 1, no client id


def broker(settings: Settings, port: int, controller_port: int) -> Program:
    """The broker of this home; `fetch` must have been called."""
    folder = settings.home / "kafka"
    data = folder / "data"
    if not (data / "meta.properties").exists():
        shutil.copytree(FORMATTED, data, dirs_exist_ok=True)
    properties = write_properties(folder, port, controller_port)
    archive = (f"-XX:SharedArchiveFile={ARCHIVE}",) if ARCHIVE.exists() else ()
    return Program(
        name="kafka",
        arguments=command(*archive, "kafka.Kafka", str(properties)),
        environment=settings.child_environment(),
        log=settings.home / "logs" / "kafka.log",
        is_ready=lambda: answers(port),
        ready_within_s=90,
        stop_within_s=20,
    )


def command(*arguments: str) -> tuple[str, ...]:
    """Java with the broker's classes and these options, class and arguments."""
    return (java(), *JVM, "-cp", jars.classpath(), *arguments)


def write_properties(folder: Path, port: int, controller_port: int) -> Path:
    """`server.properties` of this start, in the folder; the log is in `data` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    template = string.Template((jars.FOLDER / "server.properties").read_text(encoding="utf-8"))
    properties = folder / "server.properties"
    properties.write_text(
        template.substitute(port=port, controller_port=controller_port, data=folder / "data"),
        encoding="utf-8",
    )
    return properties


def answers(port: int) -> bool:
    """Does a broker answer there? It listens long before it does."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(API_VERSIONS)
            return connection.recv(4) != b""
    except OSError:
        return False


def is_fetched() -> bool:
    """Can a broker be started at once?"""
    return jars.are_fetched() and FORMATTED.exists()


def fetch() -> None:
    """Get the jars and prepare quick starts, where that has not been done."""
    java()
    if not jars.are_fetched():
        jars.fetch_jars()
    if not FORMATTED.exists():
        with tempfile.TemporaryDirectory(prefix="stepthree-") as folder:
            _prepare(Path(folder))


def _prepare(folder: Path) -> None:
    """Format an empty log and keep it; run the broker once and keep its classes."""
    ports = choose_ports(ANY_PORTS)
    properties = write_properties(folder / "kafka", ports["kafka"], ports["controller"])
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = command("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties))
    subprocess.run(tool, check=True, capture_output=True)
    formatted = shutil.copytree(folder / "kafka" / "data", folder / "formatted")
    _archive_classes(folder, properties, ports["kafka"])
    shutil.move(formatted, FORMATTED)


def _archive_classes(folder: Path, properties: Path, port: int) -> None:
    run = Program(
        name="kafka",
        arguments=command(f"-XX:ArchiveClassesAtExit={ARCHIVE}", "kafka.Kafka", str(properties)),
        environment=read_settings().child_environment(),
        log=folder / "kafka.log",
        is_ready=lambda: answers(port),
        stop_within_s=120,
    )
    with Supervisor() as supervisor:
        supervisor.wait_until_ready(supervisor.start(run))


def main(arguments: list[str]) -> int:
    """Command line: the one word `fetch`."""
    if arguments != ["fetch"]:
        print("usage: python -m streams.embedded.kafka fetch", file=sys.stderr)
        return 2
    try:
        fetch()
    except MissingPartError as error:
        print(f"stepthree: {error}", file=sys.stderr)
        return 2
    except jars.FetchError as error:
        print(f"stepthree: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
