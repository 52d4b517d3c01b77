"""`join-alone` and `join-anew`: an operator decides where nobody else can."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from moto import mock_aws

from chalicelib.domain.errors import Joining
from chalicelib.services.joining import leave
from chalicelib.services.registry import Registry
from chalicelib.settings import Settings
from local.__main__ import commands
from tests.conftest import build_parts


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setenv("LOCATION", "loc1")
    with mock_aws():
        yield build_parts(Settings()).registry


def test_a_location_that_nobody_answers_takes_changes_when_told_to(registry: Registry) -> None:
    leave(registry, "its tables were lost")
    assert not registry.membership.has_joined()
    result = CliRunner().invoke(commands, ["join-alone"], catch_exceptions=False)
    assert (result.exit_code, result.output) == (0, "loc1 takes changes.\n")
    assert registry.membership.has_joined()


def test_a_location_that_may_lack_changes_takes_none_when_told_to(registry: Registry) -> None:
    result = CliRunner().invoke(commands, ["join-anew"], catch_exceptions=False)
    assert result.exit_code == 0
    assert result.output == "loc1 takes changes once it holds what the others do.\n"
    with pytest.raises(Joining):
        registry.membership.require_joined()
