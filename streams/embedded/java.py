"""Java: finds one that is new enough, and Maven; else says how to install what is missing."""

import re
import shutil
import subprocess
import sys

MINIMUM = 17
INSTALL_JAVA = {
    "linux": "apt-get install openjdk-17-jre-headless",
    "darwin": "brew install openjdk@17 (and put it on the PATH as brew says)",
}
INSTALL_MAVEN = {"linux": "apt-get install maven", "darwin": "brew install maven"}


class MissingPartError(RuntimeError):
    """Something this machine lacks; the text names the command that installs it."""


def java() -> str:
    """The path of a Java that is new enough."""
    path = shutil.which("java")
    answer = _ask(path, "-version") if path else ""
    found = re.search(r'version "(\d+)', answer)
    if path and found and int(found[1]) >= MINIMUM:
        return path
    first_line = answer.partition("\n")[0]
    what = f"found: {first_line}" if found else "found none"
    raise MissingPartError(
        f"the Kafka broker needs Java {MINIMUM} or newer, {what}. Install it: {_how(INSTALL_JAVA)}"
    )


def maven() -> str:
    """The path of Maven, which fetches the broker's jars."""
    path = shutil.which("mvn")
    if path is None:
        raise MissingPartError(
            "Maven (mvn) is needed once, to fetch the Kafka broker's jars, and was not found. "
            f"Install it: {_how(INSTALL_MAVEN)}"
        )
    return path


def _ask(path: str, option: str) -> str:
    answer = subprocess.run([path, option], capture_output=True, text=True, timeout=30, check=False)
    return answer.stderr + answer.stdout


def _how(commands: dict[str, str]) -> str:
    return commands.get(sys.platform, commands["linux"])
