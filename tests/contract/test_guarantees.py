"""The published table is what the fault suite measured, and measured nothing wrong."""

import msgspec
import pytest

from tests.faults.published import PAGE, RESULTS, page_with, table

RUN = {"scenario": "kill", "events": 1_000, "lost": 0, "doubled": 0, "rollup_diff": 0}


def test_the_page_holds_the_table_of_the_results() -> None:
    results = msgspec.json.decode(RESULTS.read_bytes())
    assert PAGE.read_text() == page_with(PAGE.read_text(), results)


@pytest.mark.parametrize("wrong", ["lost", "doubled", "rollup_diff"])
def test_no_published_run_is_wrong(wrong: str) -> None:
    assert not [run for run in msgspec.json.decode(RESULTS.read_bytes()) if run[wrong]]


def test_runs_of_one_scenario_are_one_line_with_their_sums() -> None:
    runs = [{**RUN, "recovery_s": 2.0, "lost": 1}, {**RUN, "recovery_s": 4.0}]
    assert "| kill | 2 | 2,000 | 1 | 0 | 0 | 3.0 s | 4.0 s |" in table(runs)


def test_a_run_without_a_fault_has_no_recovery() -> None:
    assert "| kill | 1 | 1,000 | 0 | 0 | 0 |  |  |" in table([{**RUN, "recovery_s": None}])
