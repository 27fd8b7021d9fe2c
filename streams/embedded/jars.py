"""Jars: what the broker runs on, fetched once from Maven Central as `deploy/kafka` says."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from streams.embedded.java import maven

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
POM = FOLDER / "pom.xml"
LIB = FOLDER / "lib"


class FetchError(RuntimeError):
    """Maven could not get the jars; the text is Maven's."""


def are_fetched() -> bool:
    """Are the jars there, and those of the `pom.xml` as it is now?"""
    fetched = LIB / POM.name
    return fetched.exists() and fetched.read_bytes() == POM.read_bytes()


def fetch_jars() -> None:
    """Get the jars (44 MB); an interrupted fetch leaves nothing behind that looks whole."""
    command = (maven(), "-q", "-B", "-f", str(POM), "dependency:copy-dependencies")
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="fetch-") as folder:
        jars = Path(folder) / "lib"
        answer = subprocess.run(
            [*command, f"-DoutputDirectory={jars}"], capture_output=True, text=True, check=False
        )
        if answer.returncode != 0:
            raise FetchError(f"fetching the Kafka broker's jars failed:\n{answer.stdout.strip()}")
        shutil.copy(POM, jars)
        shutil.rmtree(LIB, ignore_errors=True)
        jars.rename(LIB)


def classpath() -> str:
    """The jars in a fixed order: the class-data archive holds for one order only."""
    return ":".join(str(jar) for jar in sorted(LIB.glob("*.jar")))
