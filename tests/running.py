"""What runs: the processes that know a folder, by their command line or their environment."""

from collections.abc import Iterator
from pathlib import Path


def processes_of(home: Path) -> Iterator[str]:
    """Command lines of the processes that name the folder."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            variables = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(home) in line or str(home) in variables:
            yield line
