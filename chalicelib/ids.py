"""Ids: UUIDs of version 7 (RFC 9562), which sort by the millisecond that they were made in.

Python's own library has them from 3.14 on.
"""

import time
from collections.abc import Callable
from secrets import randbits
from threading import Lock
from uuid import UUID

RANDOM_BITS = 74
LOW_BITS = 62
VERSION = 7 << 76
VARIANT = 2 << LOW_BITS


class Ids:
    """Ids that a process makes. Each sorts after all before it, even if the clock is set back."""

    def __init__(self, milliseconds: Callable[[], int]) -> None:
        self._milliseconds = milliseconds
        self._newest = 0
        self._lock = Lock()

    def new(self) -> str:
        with self._lock:
            self._newest = max(_drawn_at(self._milliseconds()), self._newest + 1)
            return str(UUID(int=self._newest))


def moment_of(made: str) -> int:
    """The millisecond that an id was made in."""
    return UUID(made).int >> 80


def _drawn_at(moment: int) -> int:
    random = randbits(RANDOM_BITS)
    high, low = divmod(random, 1 << LOW_BITS)
    return moment << 80 | VERSION | high << 64 | VARIANT | low


def _now() -> int:
    return time.time_ns() // 1_000_000


new_id = Ids(_now).new


def new_id_at(moment: int) -> str:
    """One of this millisecond."""
    return str(UUID(int=_drawn_at(moment)))
