"""The clock of one machine calls a function once it may, and no more once it is stopped."""

from queue import Queue
from typing import Any

from local.event_sources import Clock


def test_a_clock_that_is_stopped_while_it_waits_calls_nobody() -> None:
    asked, called = Queue[None](), list[Any]()

    def may() -> bool:
        asked.put(None)
        return False

    clock = Clock(lambda event, _context: called.append(event), "any", 60, may)
    clock.start()
    asked.get(timeout=5)
    clock.stop()
    clock.join(timeout=5)
    assert (clock.is_alive(), called) == (False, [])
