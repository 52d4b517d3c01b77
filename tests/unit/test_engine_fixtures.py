"""Tests without their engine: skipped, run on another, or failed where engines are required."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from local.errors import CannotRun
from tests.conftest import WithoutKafka, kafka_is_missing, start


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


def unreachable() -> Path:
    raise CannotRun("Maven could not fetch it.")


def test_where_kafka_cannot_be_had_the_fault_tests_say_so_loudly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SINS_REQUIRE_ENGINES", raising=False)
    with pytest.warns(WithoutKafka, match="WITHOUT APACHE KAFKA.*Maven could not fetch it"):
        assert kafka_is_missing(unreachable)


def test_where_engines_are_required_the_fault_tests_fail_without_kafka(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SINS_REQUIRE_ENGINES", "1")
    with pytest.raises(pytest.fail.Exception, match="Apache Kafka cannot run"):
        kafka_is_missing(unreachable)
