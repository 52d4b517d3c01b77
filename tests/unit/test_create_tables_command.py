"""`create-tables` is for one machine: in AWS tables need what only their stack gives them."""

import pytest
from click.testing import CliRunner

from chalicelib.settings import Settings
from chalicelib.storage.client import Tables
from infra.tables import create_missing
from local.__main__ import commands
from local.engines.network import free_port
from local.errors import CannotRun
from tests.conftest import new_location


def test_no_tables_are_made_in_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNAMODB_ENDPOINT", raising=False)
    with pytest.raises(CannotRun, match="stack of the location's state"):
        CliRunner().invoke(commands, ["create-tables"], catch_exceptions=False)


def test_tables_that_do_not_answer_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("DYNAMODB_ENDPOINT", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loc1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    with pytest.raises(CannotRun, match=f"cannot be made at {address}: Could not connect"):
        CliRunner().invoke(commands, ["create-tables"], catch_exceptions=False)


def test_tables_are_made_on_one_machine(
    dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        location=new_location(), aws_region="local", dynamodb_endpoint=dynamodb_endpoint
    )
    monkeypatch.setenv("DYNAMODB_ENDPOINT", dynamodb_endpoint)
    monkeypatch.setenv("LOCATION", settings.location)
    monkeypatch.setenv("AWS_REGION", "local")
    CliRunner().invoke(commands, ["create-tables"], catch_exceptions=False)
    assert create_missing(Tables.of(settings)) == []
