"""Whoever writes through the local front wakes whoever follows the stream."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest
import requests
from chalice.app import Chalice

from local.event_sources import Follower
from local.http_server import open_server
from tests.conftest import being_served

FOR_GOOD = 600


class Idle(Follower):
    """Never finds anything, and would not look again."""

    def __init__(self) -> None:
        super().__init__("idle")
        self._rest = FOR_GOOD
        self.looks: Queue[None] = Queue()

    def step(self) -> None:
        self.looks.put(None)
        self.rest(worked=False)


@pytest.fixture
def idle() -> Iterator[Idle]:
    idle = Idle()
    idle.start()
    idle.looks.get(timeout=5)
    yield idle
    idle.stop()
    idle.join(timeout=5)
    assert not idle.is_alive()


@contextmanager
def serving(wrote: "Queue[None]") -> Iterator[str]:
    app = Chalice("any")
    app.route("/any", methods=["GET"])(lambda: "any")
    app.route("/any", methods=["POST"])(lambda: "any")
    with being_served(open_server(app, "127.0.0.1", 0, wrote=lambda: wrote.put(None))) as address:
        yield f"{address}/any"


def test_a_follower_that_is_woken_looks_at_once_and_soon_again(idle: Idle) -> None:
    idle.wake()
    for _ in range(3):
        idle.looks.get(timeout=5)


def test_the_front_tells_of_writes_and_not_of_reads() -> None:
    wrote: Queue[None] = Queue()
    with serving(wrote) as address:
        assert requests.get(address, timeout=5).ok
        assert requests.post(address, json={}, timeout=5).ok
        wrote.get(timeout=5)
        assert wrote.empty()
