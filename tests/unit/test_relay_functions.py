"""The two functions that run the message relay: the stream's, and the clock's."""

from collections.abc import Iterator

import pytest

import app
from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain.errors import Unavailable
from chalicelib.handlers import functions
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.replication import BATCH, LEASE
from chalicelib.services.warm_index import WarmIndex
from chalicelib.settings import Settings
from local.event_sources import scheduled_event
from tests.fakes import FakeBoard, Site, customer, site

CLOCK = scheduled_event("clock")
RING: dict[str, list[object]] = {"Records": []}


@pytest.fixture
def here() -> Iterator[Site]:
    """The location whose functions are called; a customer waits to be sent."""
    here = site("loc1")
    here.store.commit(customer())
    warm = WarmIndex(SavedIndexes())
    bootstrap.use(Parts(Settings(), here.registry, warm, here.producer, FakeBoard()))
    yield here
    bootstrap.use(None)


def another_is_at_work(here: Site) -> None:
    here.store.system.acquire_lease(LEASE, "another", here.clock(), here.clock() + 1_000)


def test_one_ring_sends_everything_that_waits(here: Site) -> None:
    for number in range(2, 2 * BATCH + 2):
        here.store.commit(customer(number))
    assert app.relay(RING, None) == {"sent": 2 * BATCH + 1}


def test_a_ring_comes_again_while_another_relay_is_at_work(here: Site) -> None:
    another_is_at_work(here)
    with pytest.raises(Unavailable, match="another relay is at work"):
        app.relay(RING, None)
    here.clock.advance(seconds=2)
    assert app.relay(RING, None) == {"sent": 1}


def test_a_tick_gives_way_to_a_relay_that_is_at_work_without_failing(here: Site) -> None:
    another_is_at_work(here)
    assert app.sweep_relay(CLOCK, None) == {"sent": 0, "busy": True}
    here.clock.advance(seconds=2)
    assert app.sweep_relay(CLOCK, None) == {"sent": 1, "busy": False}


def test_a_tick_fails_while_the_broker_is_away(here: Site) -> None:
    here.producer.refuses = lambda _event: TimeoutError("away")
    with pytest.raises(Unavailable, match="away"):
        app.sweep_relay(CLOCK, None)


def test_neither_runs_until_lambda_ends_it(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "RELAY_SECONDS", 0)
    for number in range(2, 3 * BATCH + 1):
        here.store.commit(customer(number))
    assert app.relay(RING, None) == {"sent": BATCH}
    assert app.sweep_relay(CLOCK, None) == {"sent": BATCH, "busy": False}
