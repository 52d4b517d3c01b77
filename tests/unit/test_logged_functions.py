"""What the log says of a function that fails."""

import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.handlers.functions import logged


@pytest.fixture(autouse=True)
def _a_location(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SimpleNamespace(location="loc2")
    monkeypatch.setattr(bootstrap, "parts", lambda: SimpleNamespace(settings=settings))


def lines_of(failure: Exception, heard: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    @logged
    def relay(_event: Any, _parts: bootstrap.Parts) -> Mapping[str, object]:
        raise failure

    with pytest.raises(type(failure)):
        relay({}, None)
    assert {vars(line)["labels.location"] for line in heard.records} == {"loc2"}
    return heard.records


def test_what_passes_is_a_warning_without_a_trace(heard: pytest.LogCaptureFixture) -> None:
    first, last = lines_of(Unavailable("another relay is at work"), heard)
    assert (first.levelname, first.exc_info) == ("WARNING", None)
    assert first.getMessage() == "relay has to run again: another relay is at work"
    assert last.getMessage() == "relay: failure"


def test_any_other_failure_is_an_error_with_its_trace(heard: pytest.LogCaptureFixture) -> None:
    first, _ = lines_of(KeyError("records"), heard)
    assert first.levelname == "ERROR"
    assert first.exc_info is not None
