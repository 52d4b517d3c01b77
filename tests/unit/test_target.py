"""The location that a command works on, and what it says when it cannot."""

import os
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity.nap
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from chalicelib.domain.errors import Unavailable
from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import CustomerItem
from infra.tables import create_missing
from local.engines.network import free_port
from local.errors import CannotRun
from local.target import _CREDENTIALS, PatientTables, _surroundings, patiently, target

OURS = {
    "AWS_ACCESS_KEY_ID": "loc2",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "local",
    "AWS_DEFAULT_REGION": "local",
    "DYNAMODB_ENDPOINT": "http://localhost:8000",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set first, so that what the command sets is undone as well.
    monkeypatch.setenv("LOCATION", "loc1")


def test_without_credentials_it_is_one_that_runs_on_this_machine() -> None:
    assert _surroundings("loc2", {}) == OURS


def test_a_settings_file_as_the_example_names_no_other() -> None:
    assert _surroundings("loc2", {"AWS_REGION": "eu-central-1", "DYNAMODB_ENDPOINT": ""}) == OURS


def test_the_engine_may_have_another_port() -> None:
    assert _surroundings("loc2", {"DYNAMODB_PORT": "8100"}) == {
        **OURS,
        "DYNAMODB_ENDPOINT": "http://localhost:8100",
    }


def test_another_endpoint_gets_the_keys_of_the_location() -> None:
    given = {"AWS_REGION": "eu-west-1", "DYNAMODB_ENDPOINT": "http://localhost:1"}
    assert {**_surroundings("loc2", given), **given} == {**OURS, **given}


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
def test_whoever_has_credentials_is_left_alone(name: str) -> None:
    assert _surroundings("loc2", {name: "somebody"}) == {}


def test_in_a_container_another_location_has_another_key() -> None:
    inside = {
        "LOCATION": "loc1",
        "AWS_ACCESS_KEY_ID": "loc1",
        "DYNAMODB_ENDPOINT": "http://dynamodb-local:8000",
    }
    assert _surroundings("loc2", inside) == {"AWS_ACCESS_KEY_ID": "loc2"}
    assert _surroundings("loc1", inside) == {"AWS_ACCESS_KEY_ID": "loc1"}


@mock_aws
def test_it_is_the_location_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCATION", "loc2")
    create_missing(Tables.of(Settings(location="loc2")))
    with target() as here:
        assert here.settings.location == here.registry.location == "loc2"


@mock_aws
def test_a_given_name_goes_first() -> None:
    create_missing(Tables.of(Settings(location="loc3")))
    with target("loc3") as here:
        assert here.settings.location == here.registry.location == "loc3"
    # Two locations may be open at once.
    assert os.environ["LOCATION"] == "loc1"


@mock_aws
def test_tables_that_are_not_there_are_one_sentence() -> None:
    with pytest.raises(CannotRun, match=r"^Location loc1 has no tables at AWS: .*\.$"), target():
        pass


@mock_aws
def test_tables_that_do_not_answer_are_one_sentence() -> None:
    create_missing(Tables.of(Settings()))
    expected = pytest.raises(CannotRun, match=r"^The tables of location loc1 at AWS do not answer")
    with expected, target():
        raise Unavailable("the tables do not answer; try again")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("DYNAMODB_PORT", "{port}"), ("DYNAMODB_ENDPOINT", "http://localhost:{port}")],
)
def test_tables_that_do_not_answer_are_named_as_they_were_asked(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    for name in _CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    port = free_port()
    monkeypatch.setenv(setting, value.format(port=port))
    with pytest.raises(CannotRun) as refused, target():
        pass
    sentence = str(refused.value)
    assert f"location loc1 at http://localhost:{port} do not answer" in sentence
    assert "DYNAMODB_PORT" in sentence
    assert "DYNAMODB_ENDPOINT" in sentence


def test_a_bad_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_DAYS", "soon")
    expected = pytest.raises(CannotRun, match=r"^Location loc1: RETENTION_DAYS is .*[^.]\.$")
    with expected, target():
        pass


def test_a_profile_that_nobody_knows_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    expected = pytest.raises(CannotRun, match=r"^Location loc1: The config profile .*[^.]\.$")
    with expected, target():
        pass


class Client:
    """Does not answer the first few calls."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.limits: list[int | None] = []

    def scan(self, **arguments: Any) -> dict[str, Any]:
        self.limits.append(arguments.get("Limit"))
        if self.failures:
            self.failures -= 1
            raise EndpointConnectionError(endpoint_url="http://localhost:1")
        return {"Items": []}

    transact_write_items = scan


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not `time.sleep` itself: threads of other tests in this process sleep too.
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.mark.usefixtures("no_pauses")
def test_tables_that_are_away_for_a_moment_are_asked_again() -> None:
    assert PatientTables(Client(failures=3), "").call("scan") == {"Items": []}


@pytest.mark.usefixtures("no_pauses")
def test_tables_that_stay_away_are_given_up() -> None:
    with pytest.raises(Unavailable):
        PatientTables(Client(failures=100), "").call("scan")


@pytest.mark.usefixtures("no_pauses")
def test_a_transaction_is_not_sent_again_as_it_was() -> None:
    client = Client(failures=1)
    with pytest.raises(Unavailable):
        PatientTables(client, "").call("transact_write_items")
    assert patiently(PatientTables(client, "").call)("transact_write_items") == {"Items": []}


def test_every_page_has_a_limit() -> None:
    client = Client(failures=0)
    assert list(PatientTables(client, "").pages("scan", CustomerItem)) == [{"Items": []}]
    assert client.limits == [1000]
