"""Stamps: when something was written, in an order that every location agrees on.

A stamp is a hybrid logical clock (Kulkarni, Demirbas and others, 2014): wall time as long as it
advances, and a counter where it does not. It is kept in the record, so no process has a
clock of its own to lose.
"""

from functools import lru_cache
from typing import NamedTuple

from chalicelib.domain.errors import UnreadableEvent

# The year 5138: whatever is added to it is still a date.
MAX_WALL = 10**14
# Keys of the audit trail are in order up to this.
MAX_COUNTER = 10**6


class Stamp(NamedTuple):
    """`wall` in milliseconds since 1970, `counter`, and the origin, which breaks ties.

    A tuple, because tuples compare without a call: merging and replaying do little else.
    """

    wall: int
    counter: int
    origin: str

    def __str__(self) -> str:
        return f"{self.wall}.{self.counter}.{self.origin}"

    @classmethod
    def parse(cls, text: str) -> "Stamp":
        """The stamp that `str` wrote. Raises UnreadableEvent for anything else."""
        try:
            stamp = _parsed(text)
        except (TypeError, ValueError, AttributeError) as error:
            raise UnreadableEvent(f"{text!r} is no stamp") from error
        if not 0 <= stamp.wall < MAX_WALL or stamp.counter < 0:
            raise UnreadableEvent(f"{text!r} is a stamp that no clock gives")
        return stamp


# Most records were written once, and hold the same stamp for each value.
@lru_cache(maxsize=1000)
def _parsed(text: str) -> Stamp:
    wall, counter, origin = text.split(".", 2)
    return Stamp(int(wall), int(counter), origin)


def next_stamp(now: int, latest: Stamp | None, origin: str) -> Stamp:
    """A stamp larger than `latest`, whatever the clock says (`now` in milliseconds)."""
    if latest is None or now > latest.wall:
        return Stamp(now, 0, origin)
    if latest.counter + 1 < MAX_COUNTER:
        return Stamp(latest.wall, latest.counter + 1, origin)
    return Stamp(latest.wall + 1, 0, origin)


def location_of(origin: str) -> str:
    """The location's name: an origin is `<location>-<incarnation>`."""
    return origin.rpartition("-")[0]
