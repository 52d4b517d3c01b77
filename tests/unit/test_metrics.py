"""The background functions tell the figures that alarms look at."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

import app
from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.record import Kind
from chalicelib.messaging.codec import encode
from chalicelib.metrics import emit
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.customers import create_customer
from chalicelib.services.digest import exchange_digests
from chalicelib.services.replication import publish_pending
from chalicelib.services.retention import TOGETHER, noted_days
from chalicelib.services.warm_index import WarmIndex
from chalicelib.settings import Settings
from local.event_sources import scheduled_event
from scheduled import retention
from tests.fakes import AGENT, FakeBoard, FakeClock, Site, customer, customer_id, site, unavailable

Figures = dict[str, float]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def here(clock: FakeClock, board: FakeBoard) -> Iterator[Site]:
    """The location whose functions are called."""
    here = site("loc1", clock)
    bootstrap.use(Parts(Settings(), here.registry, WarmIndex(SavedIndexes()), here.producer, board))
    yield here
    bootstrap.use(None)


def told(capsys: pytest.CaptureFixture[str]) -> Figures:
    """The figures in what was written, each a metric of the location."""
    figures: Figures = {}
    for line in capsys.readouterr().out.splitlines():
        document: dict[str, Any] = json.loads(line)
        for metrics in document.get("_aws", {}).get("CloudWatchMetrics", []):
            assert (metrics["Namespace"], metrics["Dimensions"]) == ("SINS", [["location"]])
            assert document["location"] == "loc1"
            figures |= {one["Name"]: document[one["Name"]][0] for one in metrics["Metrics"]}
    return figures


def test_each_figure_has_its_unit(capsys: pytest.CaptureFixture[str]) -> None:
    emit("loc1", OutboxDepth=3, AppliedLagMilliseconds=12.5)
    (described,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    units = {one["Name"]: one["Unit"] for one in described["Metrics"]}
    assert units == {"OutboxDepth": "Count", "AppliedLagMilliseconds": "Milliseconds"}


def test_the_relay_tells_what_waits_also_when_it_fails(
    here: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    create_customer({"surname": "Meyer"}, AGENT, here.registry)
    here.producer.refuses = lambda _event: OSError("no broker")
    with pytest.raises(Exception, match="did not take 1"):
        app.sweep_relay(scheduled_event("clock"), None)
    assert told(capsys) == {"OutboxDepth": 1}


def test_the_consumer_tells_how_late_it_was(
    here: Site, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    there = site("loc2", clock)
    create_customer({"surname": "Meyer"}, AGENT, there.registry)
    publish_pending(there.registry, there.producer, "relay")
    clock.advance(milliseconds=250)
    app.consumer(delivered(encode(there.producer.sent[0])), None)
    assert told(capsys) == {"AppliedLagMilliseconds": 250}


def test_the_digest_tells_what_differs_and_what_is_buried(
    here: Site, clock: FakeClock, board: FakeBoard, capsys: pytest.CaptureFixture[str]
) -> None:
    there = site("loc2", clock)
    create_customer({"surname": "Meyer"}, AGENT, there.registry)
    here.store.system.add_dead_letter(DeadLetter("t", 0, 0, None, None, "why", clock(), 0))
    for _ in range(2):
        for one in (here, there):
            exchange_digests(one.registry, board)
        clock.advance(seconds=120)
    app.take_digest(scheduled_event("clock"), None)
    assert told(capsys) == {"DivergentBuckets": 1, "DeadLetters": 1}


def test_the_digest_notes_how_long_customers_are_kept_also_when_it_fails(
    here: Site, board: FakeBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert noted_days(here.registry) is None
    monkeypatch.setattr(board, "told", unavailable)
    with pytest.raises(Unavailable):
        app.take_digest(scheduled_event("clock"), None)
    assert noted_days(here.registry) == here.registry.retention.days


def test_the_sweep_tells_whom_it_erased(
    here: Site, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    create_customer({"surname": "Meyer"}, AGENT, here.registry)
    clock.advance(days=400)
    app.sweep_expired(scheduled_event("clock"), None)
    assert told(capsys) == {"Erased": 1, "Unfinished": 0}


def test_the_log_names_whom_the_sweep_could_not_erase_and_why(
    here: Site, clock: FakeClock, heard: pytest.LogCaptureFixture
) -> None:
    here.store.commit(customer(7))
    clock.advance(days=400)
    here.store.tables.unreadable.add((Kind.CUSTOMER, customer_id(7)))
    assert app.sweep_expired(scheduled_event("clock"), None)["left"] == 1
    [line] = [one.getMessage() for one in heard.records if one.levelname == "WARNING"]
    assert line.startswith(f"customer {customer_id(7)} is not erased: this record's row")


def test_a_sweep_that_does_not_come_to_its_end_tells(
    here: Site,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_customer({"surname": "Meyer"}, AGENT, here.registry)
    clock.advance(days=400)
    monkeypatch.setattr(retention, "SECONDS", 0)
    app.sweep_expired(scheduled_event("clock"), None)
    assert told(capsys) == {"Erased": 0, "Unfinished": 1}


def test_the_sweep_tells_whom_it_erased_also_when_it_fails(
    here: Site, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(TOGETHER + 1):
        here.store.commit(customer(number))
    clock.advance(days=400)
    here.store.before_transaction = lambda some: unavailable() if len(some) < TOGETHER else None
    with pytest.raises(Unavailable, match=f"after {TOGETHER} customers"):
        app.sweep_expired(scheduled_event("clock"), None)
    assert told(capsys) == {"Erased": TOGETHER, "Unfinished": 1}


def delivered(value: bytes) -> dict[str, Any]:
    record = {"topic": "t", "partition": 0, "offset": 0, "key": None}
    return {"records": {"t-0": [record | {"value": base64.b64encode(value).decode()}]}}
