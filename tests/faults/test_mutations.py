"""The suite can fail: whatever is taken out of the protocol, it notices; and not without reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.mutations import MUTATIONS
from tests.faults.shown import OWN_COMMIT, PROOFS, Backlog, is_fenced

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def backlog(broker_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backlog]:
    """A log that every trial reads from its beginning."""
    with Backlog(tmp_path_factory.mktemp("mutations")) as running:
        yield running


@pytest.mark.parametrize("mutation", PROOFS)
def test_a_worker_that_lacks_a_part_of_the_protocol_turns_the_suite_red(
    backlog: Backlog, mutation: str
) -> None:
    proof = PROOFS[mutation]
    found = backlog.trial(proof.crash, mutation)
    assert proof.wrong(found) > 0, found


def test_the_same_crash_does_not_harm_a_whole_worker(backlog: Backlog) -> None:
    found = backlog.trial(PROOFS["no_plan"].crash)
    assert found == (0, 0, 0, ())


def test_a_late_commit_overwrites_the_new_plan_without_the_fence_and_only_then(
    backlog: Backlog,
) -> None:
    assert is_fenced(backlog.stack.settings)
    assert not is_fenced(backlog.stack.settings, OWN_COMMIT)


def test_every_mutation_has_its_proof() -> None:
    assert {*PROOFS, OWN_COMMIT} == MUTATIONS.keys()
