"""Tests without their engine: skipped, or failed where engines are required."""

from contextlib import ExitStack

import pytest

from local.errors import CannotRun
from tests.conftest import start


def broken() -> None:
    raise CannotRun("There is no Java.")


def test_a_test_without_its_engine_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SINS_REQUIRE_ENGINES", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"There is no Java\."):
        start(ExitStack(), broken)


def test_a_test_without_its_engine_fails_where_engines_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SINS_REQUIRE_ENGINES", "1")
    with pytest.raises(pytest.fail.Exception, match=r"There is no Java\."):
        start(ExitStack(), broken)
