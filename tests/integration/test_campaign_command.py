"""`stepthree campaign` on a real broker."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.codec.definition import read_definition
from streams.commands.campaign import command
from streams.eventlog.campaigns import read_campaigns
from streams.settings import Settings

pytestmark = pytest.mark.integration

DEFINITION = """
tenant: {tenant}
campaign: river
title: Clean river
goal: {{kind: signature, unit: persons, target: 5000, deadline: 2026-12-24}}
started_at: 2026-11-01
time_zone: Europe/Berlin
"""


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner(env=settings.environment()).invoke(command, arguments)


def written(folder: Path, tenant: str, text: str = DEFINITION, name: str = "river") -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text.format(tenant=tenant))
    return file


def test_what_is_applied_is_listed_and_shown_as_it_was_written(
    settings: Settings, tmp_path: Path
) -> None:
    file = written(tmp_path, "campaigns-a")
    before_ms = time.time_ns() // 1_000_000
    applied = run(settings, "apply", str(file))
    assert (applied.exit_code, applied.output) == (0, "campaigns-a/river: in force in 5 s\n")

    (found,) = [it for it in read_campaigns(settings) if it.tenant == "campaigns-a"]
    assert found.effective_from >= before_ms + 5_000

    listed = run(settings, "list", "--tenant", "campaigns-a")
    assert "5,000 signature (persons)" in listed.output
    assert "2026-12-24 23:59" in listed.output

    shown = run(settings, "show", "river", "--tenant", "campaigns-a")
    assert read_definition(shown.output.encode()) == found


def test_a_later_version_takes_the_place_of_an_earlier_one(
    settings: Settings, tmp_path: Path
) -> None:
    for target in ("target: 5000", "target: 6000"):
        text = DEFINITION.replace("target: 5000", target)
        run(settings, "apply", str(written(tmp_path, "campaigns-b", text)))
    assert "6,000 signature" in run(settings, "list", "--tenant", "campaigns-b").output
    assert "5,000 signature" not in run(settings, "list", "--tenant", "campaigns-b").output


def test_nothing_is_published_when_one_file_of_a_folder_is_wrong(
    settings: Settings, tmp_path: Path
) -> None:
    written(tmp_path, "campaigns-c", name="a")
    written(tmp_path, "campaigns-c", DEFINITION.replace("5000", "none"), name="b")
    refused = run(settings, "apply", str(tmp_path))
    assert refused.exit_code == 2
    assert f"{tmp_path}/b.yaml: goal.target: expected an integer" in refused.output
    assert run(settings, "list", "--tenant", "campaigns-c").output.count("river") == 0


def test_a_name_that_two_tenants_use_needs_the_tenant(settings: Settings, tmp_path: Path) -> None:
    text = DEFINITION.replace("campaign: river", "campaign: shared")
    for tenant in ("campaigns-d", "campaigns-e"):
        run(settings, "apply", str(written(tmp_path, tenant, text)))
    refused = run(settings, "show", "shared")
    assert refused.exit_code == 2
    assert "found one of each of campaigns-d, campaigns-e: say --tenant" in refused.output


def test_an_unknown_name_and_an_empty_folder_are_told(settings: Settings, tmp_path: Path) -> None:
    unknown = run(settings, "show", "nothing")
    assert unknown.exit_code == 1
    assert "expected a campaign, found none named 'nothing'" in unknown.output
    empty = run(settings, "apply", str(tmp_path))
    assert empty.exit_code == 2
    assert "expected at least one *.yaml, found none" in empty.output


def test_a_broker_that_is_away_is_told_with_what_to_do(settings: Settings) -> None:
    away = Settings(home=settings.home, kafka_bootstrap="127.0.0.1:1")
    answer = run(away, "list")
    assert answer.exit_code == 1
    assert "expected a Kafka broker at 127.0.0.1:1, found none that answers" in answer.output
