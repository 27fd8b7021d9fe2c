"""Progress: how far a file is read, as a bar on a terminal and as plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, Protocol, Self, TextIO

from rich import progress as rich_progress
from rich.console import Console

from streams.load.tally import Tally

LINE_EVERY_S: Final = 5.0


class Progress(Protocol):
    """Told every thousand lines how far things are."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def show(self, done_bytes: int, tally: Tally) -> None:
        """Bytes of the file on disk read so far, and what its lines became."""


def progress_on(stream: TextIO, size_bytes: int, monotonic_s: Callable[[], float]) -> Progress:
    """The progress that suits this stream, for a file of this size on disk."""
    if stream.isatty():
        return Bar(Console(file=stream), size_bytes)
    return PlainLines(stream, size_bytes, monotonic_s)


class Bar:
    """A bar over the file's bytes on disk."""

    def __init__(self, console: Console, size_bytes: int) -> None:
        self._progress = rich_progress.Progress(
            rich_progress.BarColumn(),
            rich_progress.DownloadColumn(),
            rich_progress.TextColumn("{task.fields[lines]}"),
            rich_progress.TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("load", total=size_bytes, lines="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, done_bytes: int, tally: Tally) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done_bytes, lines=_lines(tally))


class PlainLines:
    """A line every five seconds, and none for a file that takes less."""

    def __init__(self, stream: TextIO, size_bytes: int, monotonic_s: Callable[[], float]) -> None:
        self._stream = stream
        self._size_bytes = size_bytes
        self._monotonic_s = monotonic_s
        self._next_s = monotonic_s() + LINE_EVERY_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.flush()

    def show(self, done_bytes: int, tally: Tally) -> None:
        """Print a line when it is time for one."""
        now_s = self._monotonic_s()
        if now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            percent = 100 * done_bytes // max(1, self._size_bytes)
            print(f"{percent:3d} %  {_lines(tally)}", file=self._stream, flush=True)


def _lines(tally: Tally) -> str:
    refused = f", {tally.refused:,} refused" if tally.refused else ""
    return f"{tally.read:,} lines{refused}"
