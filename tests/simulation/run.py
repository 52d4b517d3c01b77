"""Playing a schedule: what happens, how it heals, and whether everything held."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from chalicelib.handlers import functions
from chalicelib.log import LOGGER
from chalicelib.services import digest, writing
from tests.simulation.invariants import check
from tests.simulation.remembering import remembering
from tests.simulation.schedule import Schedule
from tests.simulation.world import MAX_SKEW, NAMES, World

# Rounds of relaying and consuming after which quiet must have come.
PATIENCE = 12
# Rounds of repair after which all must hold the same.
ROUNDS = 6
# Past every lease, whatever the clocks said when it was taken.
LONGER_THAN_A_LEASE = 2 * MAX_SKEW + 60_000


def play(schedule: Schedule, seed: int) -> Counter[str]:
    """What was met on the way. Raises AssertionError where an invariant does not hold."""
    with one_collection():
        return _play(World(), schedule, seed)


def _play(world: World, schedule: Schedule, seed: int) -> Counter[str]:
    with quietly(world), remembering():
        for operation in schedule:
            operation.play(world)
        heal(world)
        check(world, Random(seed))
    return Counter({name: times for name, times in _met(world).items() if times})


def _met(world: World) -> Counter[str]:
    """What the history held, by name."""
    counts = Counter(world.shared.counts)
    counts["entries lost with their tables"] += len(world.lost)
    counts["records sent again"] += len(world.shared.sent_again)
    counts["records in doubt"] += len(world.shared.doubtful)
    counts["locations that read a compacted topic"] += sum(here.is_partial for here in world)
    for entry in next(iter(world)).tables.entries.values():
        counts[f"entries of {entry.action}"] += 1
    return counts


@contextmanager
def one_collection() -> Iterator[None]:
    """Looks for garbage in cycles once, in the end, and only in what was made meanwhile.

    Looking again and again, or through all that is loaded, takes time for nothing; so does fresh
    memory, where one history after the other leaves its garbage behind.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.enable()
        gc.unfreeze()


@contextmanager
def quietly(world: World) -> Iterator[None]:
    """Who lost a race lets others go first and takes no time for it; dead letters are expected."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LOGGER, "disabled", True)
        patch.setattr(functions, "emit", lambda *_args, **_figures: None)
        patch.setattr(writing, "_pause", lambda _attempt: world.shared.pause())
        yield


def heal(world: World) -> None:
    """Links are up, every process is a new one, everybody has joined, and all runs until quiet."""
    world.shared.is_broker_away = False
    for name in NAMES:
        world.join(name)
    for here in world:
        here.restart()
        here.sends = here.receives = True
        here.index_lag = 0
        here.table_faults.clear()
        here.send_faults.clear()
    world.shared.now += LONGER_THAN_A_LEASE
    _until_quiet(world)
    _until_equal(world)


def _until_equal(world: World) -> None:
    """Ticks of digest and repair, far enough apart that what differs is not on its way."""
    for _ in range(ROUNDS):
        for _ in range(2):
            world.shared.now += 2 * MAX_SKEW + 2 * digest.PATIENCE
            # All at the same moment: nobody hears of the others before it tells.
            world.shared.board.begin_round()
            for here in world:
                here.compare()
        _until_quiet(world)
        if _are_equal(world):
            return
    raise AssertionError("repair does not make them equal")


def _are_equal(world: World) -> bool:
    done = all(here.registry.membership.has_joined() and not here.waiting for here in world)
    return done and len({digest.take_digest(here.registry).whole for here in world}) == 1


def _until_quiet(world: World) -> None:
    for _ in range(PATIENCE):
        before = _progress(world)
        for here in world:
            if here.registry.membership.has_joined():
                here.sweep()
            here.relay()
        for here in world:
            here.consume()
        if _progress(world) == before:
            return
    raise AssertionError("it never comes to rest")


def _progress(world: World) -> tuple[object, ...]:
    """What changes as long as somebody has something to do."""
    broker = world.shared.broker
    return (
        list(broker.ends),
        [(here.registry.store.outbox.depth(), broker.lag(here.origin)) for here in world],
    )
