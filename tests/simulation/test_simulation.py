"""Thousands of drawn histories hold every invariant, and really held what they are meant to."""

from dataclasses import replace
from random import Random

import pytest

from tests.simulation.location import RowDamage
from tests.simulation.operations import Damage, Skew
from tests.simulation.run import play
from tests.simulation.schedule import PLACES, Schedule, draw

LENGTH = 200
CHUNK = 100
# The same seeds on every run, so that a failure is everybody's; `make simulate` draws others.
CHUNKS = range(50)

DAY = 24 * 60 * 60 * 1000
# How far off a clock may be that somebody set wrong.
FAR_OFF = (0, 0, -DAY, DAY, 365 * DAY)

# What a hundred schedules must have met. Where a name is missing, the drawing has gone stale.
MET = {
    "broker away",
    "calls done, and the answer lost",
    "calls in conflict",
    "calls throttled",
    "clocks set",
    "days gone by",
    "ended with AlreadyExists",
    "ended with Broken",
    "ended with Crashed",
    "ended with Unavailable",
    "entries lost with their tables",
    "entries of create",
    "entries of delete",
    "entries of erase",
    "entries of restore",
    "entries of update",
    "erased",
    "events not acknowledged",
    "events stored twice",
    "events stored, and the acknowledgement lost",
    "indexes that lag",
    "joined",
    "late locations",
    "links cut",
    "locations that read a compacted topic",
    "poison",
    "records compacted away",
    "records delivered again",
    "records mended",
    "records sent again",
    "records sent again by a repair",
    "relays that met another",
    "requests answered",
    "requests answered again",
    "restarts",
    "resumed",
    "rows damaged",
    "values put back",
    "values before their definition",
    "wiped",
}


@pytest.mark.parametrize("chunk", CHUNKS)
def test_whatever_happens_the_locations_agree_in_the_end(chunk: int) -> None:
    met: set[str] = set()
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        met |= met_by(seed)
    assert MET - met == set()


def test_rows_are_damaged_in_every_way() -> None:
    # Each is too seldom to be met in every hundred schedules.
    drawn = (operation for seed in range(CHUNK) for operation in draw(seed, LENGTH))
    damages = {operation.damage for operation in drawn if isinstance(operation, Damage)}
    assert damages == set(RowDamage)


@pytest.mark.parametrize("chunk", range(3))
def test_clocks_that_were_days_or_a_year_off_and_are_put_right_leave_nothing_behind(
    chunk: int,
) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        play(far_off(draw(seed, LENGTH), Random(seed)), seed)


def far_off(schedule: Schedule, lots: Random) -> Schedule:
    """The same with clocks that are set much farther off, and put right in the end."""
    farther = (
        replace(one, milliseconds=lots.choice(FAR_OFF)) if isinstance(one, Skew) else one
        for one in schedule
    )
    return (*farther, *(Skew(place, 0) for place in range(PLACES)))


def met_by(seed: int) -> set[str]:
    try:
        return set(play(draw(seed, LENGTH), seed))
    except Exception as error:
        error.add_note(f"make simulate SEED={seed} prints the shortest schedule that does it")
        raise


def test_one_seed_gives_one_history() -> None:
    assert draw(7, LENGTH) == draw(7, LENGTH)
    assert play(draw(7, LENGTH), 7) == play(draw(7, LENGTH), 7)
