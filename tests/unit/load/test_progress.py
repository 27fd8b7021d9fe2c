"""How far a load is, for people and for logs."""

import io

from streams.load.progress import Bar, PlainLines, progress_on
from streams.load.tally import Tally


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Seconds:
    """A clock that a test sets."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_terminal_gets_a_bar_and_anything_else_plain_lines() -> None:
    assert isinstance(progress_on(Terminal(), 1, Seconds()), Bar)
    assert isinstance(progress_on(io.StringIO(), 1, Seconds()), PlainLines)


def test_a_plain_line_comes_every_five_seconds() -> None:
    stream, clock = io.StringIO(), Seconds()
    with progress_on(stream, 4_000, clock) as progress:
        for second in range(11):
            clock.now_s = 100.0 + second
            progress.show(second * 100, Tally(read=second * 1_000, refused=second // 10))
    assert stream.getvalue() == " 12 %  5,000 lines\n 25 %  10,000 lines, 1 refused\n"


def test_an_empty_file_divides_by_nothing() -> None:
    stream, clock = io.StringIO(), Seconds()
    with progress_on(stream, 0, clock) as progress:
        clock.now_s = 106.0
        progress.show(0, Tally())
    assert stream.getvalue() == "  0 %  0 lines\n"


def test_the_bar_shows_bytes_and_lines() -> None:
    stream = Terminal()
    with progress_on(stream, 2_000_000, Seconds()) as progress:
        progress.show(1_000_000, Tally(read=1_234, refused=1))
    assert "1.0/2.0 MB" in stream.getvalue()
    assert "1,234 lines, 1 refused" in stream.getvalue()
