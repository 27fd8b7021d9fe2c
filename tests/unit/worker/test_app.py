"""The worker's app: settings that lose nothing, and the units between settings and the fold."""

from __future__ import annotations

from pathlib import Path

from streams.domain.campaign import Policy
from streams.domain.fold import Limits
from streams.settings import Settings
from streams.worker.app import default_policy, faust_app, limits_of
from tests.builders import DAY, MINUTE


def test_the_fold_remembers_by_default_what_its_own_defaults_say() -> None:
    assert limits_of(Settings()) == Limits()


def test_limits_are_milliseconds_bytes_and_touches() -> None:
    settings = Settings(session_gap_s=60, duplicate_ring=16, touches_max=5)
    assert limits_of(settings) == Limits(gap_ms=MINUTE, ring_bytes=128, touches=5)


def test_where_no_campaign_is_defined_the_windows_are_those_of_the_settings() -> None:
    assert default_policy(Settings()) == Policy()
    settings = Settings(talk_window_days=1, act_window_days=2)
    assert default_policy(settings) == Policy(talk_window_ms=DAY, act_window_ms=2 * DAY)


def test_faust_is_told_to_open_no_port_make_no_topic_and_read_from_the_beginning(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path, kafka_bootstrap="127.0.0.1:7", worker_instance="worker-3")
    conf = faust_app(settings).conf
    assert (
        conf.web_enabled,
        conf.topic_allow_declare,
        conf.topic_disable_leader,
        conf.consumer_auto_offset_reset,
        conf.consumer_group_instance_id,
        conf.processing_guarantee.value,
        conf.id,
    ) == (
        False,
        False,
        True,
        "earliest",
        "worker-3",
        "at_least_once",
        "stepthree",
    )


def test_a_worker_without_a_name_is_a_dynamic_member(tmp_path: Path) -> None:
    assert faust_app(Settings(home=tmp_path)).conf.consumer_group_instance_id is None
