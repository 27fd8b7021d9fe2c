"""How long a lane waits for more records, by how long its last inserts took."""

from streams.worker.lane import BatchPolicy

POLICY = BatchPolicy(rows=100, age_s=0.1, longest_s=1.0, rest=5.0)


def test_an_idle_lane_waits_the_shortest_time() -> None:
    assert POLICY.patience_s(0.0) == 0.1


def test_a_busy_lane_waits_in_proportion_to_its_inserts() -> None:
    assert POLICY.patience_s(0.1) == 0.5


def test_however_slow_the_inserts_no_lane_waits_longer_than_the_longest_time() -> None:
    assert POLICY.patience_s(60.0) == 1.0


def test_an_age_beyond_the_longest_time_holds() -> None:
    assert POLICY._replace(age_s=3.0).patience_s(60.0) == 3.0
