"""The compose file agrees with compose's schema, the code's settings and the folders."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from streams.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("setup", "collector", "worker", "console")
DEFAULTED = re.compile(r"^\$\{(\w+):-(.*)\}$")
PUBLISHED = re.compile(r"^127\.0\.0\.1:(\d+):(\d+)$")

every_service = pytest.mark.parametrize("name", sorted(SERVICES))
each_of_ours = pytest.mark.parametrize("name", OURS)


def scraped() -> dict[str, tuple[str, int]]:
    """Host and port that Prometheus asks, by job."""
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    found = {}
    for job in prometheus["scrape_configs"]:
        for several in job.get("dns_sd_configs", []):
            found[job["job_name"]] = several["names"][0], several["port"]
        for one in job.get("static_configs", []):
            host, port = one["targets"][0].split(":")
            found[job["job_name"]] = host, int(port)
    return found


def test_it_is_a_compose_file() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    answer = subprocess.run([*check, FILE], capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout


@each_of_ours
def test_every_setting_is_one_the_code_knows(name: str) -> None:
    given = {
        variable.removeprefix(PREFIX).lower(): DEFAULTED.sub(r"\2", str(value))
        for variable, value in SERVICES[name]["environment"].items()
    }

    unknown = given.keys() - set(Settings.__struct_fields__)
    assert unknown == set()
    msgspec.convert(
        given, Settings, strict=False, dec_hook=lambda kind, value: kind(value)
    )  # raises when a value cannot be read


@each_of_ours
def test_the_epoch_is_chosen_once_for_all(name: str) -> None:
    assert SERVICES[name]["environment"]["STEPTHREE_EPOCH"] == "${STEPTHREE_EPOCH:-1}"


def test_waiting_pixels_outlive_the_container() -> None:
    collector = SERVICES["collector"]
    kept = [volume.split(":")[1] for volume in collector["volumes"] if ":" in volume]

    assert any(collector["environment"]["STEPTHREE_SPOOL"].startswith(f"{it}/") for it in kept)


def test_what_may_be_chosen_is_the_default_unless_chosen_and_in_the_example() -> None:
    example = dict(
        line.split("=", 1)
        for line in (ROOT / "deploy/env/example.env").read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    found = {
        variable: DEFAULTED.match(str(value))
        for name in OURS
        for variable, value in SERVICES[name]["environment"].items()
    }
    chosen = {variable: match.groups() for variable, match in found.items() if match}

    assert chosen.keys() >= {PREFIX + "EPOCH", PREFIX + "DEAD_LETTER_LIMIT", PREFIX + "SPOOL_MB"}
    for variable, (name, default) in chosen.items():
        field = variable.removeprefix(PREFIX).lower()
        assert (name, example[name]) == (variable, default)
        assert default == str(getattr(Settings(), field))


@each_of_ours
def test_our_processes_may_do_little(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_service
def test_images_are_pinned(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")

    assert re.match(r"^v?\d+\.\d+", tag), "expected a tag with a version"


def test_the_broker_is_the_same_as_the_embedded_one() -> None:
    pom = (ROOT / "deploy/kafka/pom.xml").read_text()
    embedded = re.search(r"<artifactId>kafka_2.13</artifactId><version>([^<]+)", pom)

    assert embedded
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{embedded[1]}"


@every_service
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert [port for port in SERVICES[name].get("ports", []) if not PUBLISHED.match(port)] == []


def test_no_port_is_published_twice() -> None:
    ports = [
        PUBLISHED.sub(r"\1", port)
        for service in SERVICES.values()
        for port in service.get("ports", [])
    ]

    assert len(ports) == len(set(ports))


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("collector", "STEPTHREE_COLLECTOR_PORT"),
        ("worker", "STEPTHREE_WORKER_METRICS_PORT"),
        ("console", "STEPTHREE_CONSOLE_PORT"),
    ],
)
def test_prometheus_scrapes_the_port_that_is_served(name: str, variable: str) -> None:
    assert scraped()[name] == (name, int(SERVICES[name]["environment"][variable]))


def test_the_console_may_be_asked_by_prometheus() -> None:
    allowed = SERVICES["console"]["environment"]["STEPTHREE_CONSOLE_HOSTS"]

    assert scraped()["console"][0] in allowed.split(",")


@pytest.mark.parametrize("name", ["collector", "console"])
def test_the_published_port_is_the_one_that_is_served(name: str) -> None:
    served = str(scraped()[name][1])

    assert SERVICES[name]["ports"] == [f"127.0.0.1:{served}:{served}"]
    assert SERVICES[name]["environment"][f"STEPTHREE_{name.upper()}_HOST"] == "0.0.0.0"


@each_of_ours
def test_addresses_name_services(name: str) -> None:
    environment = SERVICES[name]["environment"]

    assert environment["STEPTHREE_KAFKA_BOOTSTRAP"].split(":")[0] in SERVICES
    assert environment["STEPTHREE_CLICKHOUSE_HOST"] in SERVICES


@every_service
def test_a_service_waits_only_for_what_can_become_true(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@every_service
def test_everything_that_stays_says_whether_it_is_well(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) == (SERVICES[name]["restart"] != "no")


@every_service
def test_mounted_paths_exist_and_volumes_are_declared(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source, _, target = volume.partition(":")
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
        elif target:
            assert source in COMPOSE["volumes"]


def test_the_example_of_env_names_what_must_be_chosen() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    named = re.findall(r"^(\w+)=$", (ROOT / "deploy/env/example.env").read_text(), re.MULTILINE)

    assert sorted(named) == sorted(needed)
