"""The verdict of `demo --once`, as people see it."""

from io import StringIO

from click.testing import CliRunner
from rich.console import Console

from streams.commands.demo import command
from streams.demo.reference import Expected, Funnel
from streams.demo.verdict import Conservation, Verdict, show

RIVER = Funnel("demo", "river", 1_200, 30, 4)


def shown(verdict: Verdict) -> list[str]:
    out = StringIO()
    show(verdict, Console(file=out, width=120))
    return [" ".join(line.replace("│", " ").split()) for line in out.getvalue().splitlines()]


def verdict(live: Funnel | None = RIVER, different: tuple[str, ...] = ()) -> Verdict:
    funnels = (live,) if live else ()
    return Verdict(Expected(funnels=(RIVER,)), funnels, Conservation(9, 6, 2, 0, 1, 0), different)


def test_both_funnels_stand_one_below_the_other() -> None:
    lines = shown(verdict(RIVER._replace(acted=5)))
    assert "demo/river ClickHouse 1,200 30 5" in lines
    assert "reference 1,200 30 4" in lines


def test_a_funnel_that_one_side_lacks_is_a_dash() -> None:
    assert "demo/river ClickHouse - - -" in shown(verdict(live=None))


def test_the_conservation_line_says_what_became_of_all() -> None:
    expected = "received 9 = accepted 6 + duplicates 2 + dropped 0 + dead letters 1, missing 0"
    assert expected in shown(verdict())


def test_equal_is_said_and_so_is_the_first_twenty_of_what_differs() -> None:
    assert shown(verdict())[-1] == "equal: events, sessions, journeys, roll-ups and dead letters"
    lines = shown(verdict(different=tuple(f"[red]events: {n}" for n in range(30))))
    assert "not equal: 30 differences" in lines
    assert lines[-1] == "[red]events: 19"


def test_killing_a_worker_is_for_once_only() -> None:
    answer = CliRunner().invoke(command, ["--kill-worker"])
    assert answer.exit_code == 2
    assert "expected --once with --kill-worker" in answer.output
