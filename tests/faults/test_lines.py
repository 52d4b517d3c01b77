"""Lines that break, one by one or all at once, in every way in which lines do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults import invariants
from tests.faults.proxy import Proxy
from tests.faults.rig import Location, Rig, depth, eventually

EACH = 20
WAYS: dict[str, Callable[[Proxy], None]] = {
    "refuses": Proxy.refuse,
    "swallows everything": Proxy.hole,
    "swallows the answers": Proxy.swallow_answers,
    "is slow": lambda line: line.delay(0.2),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_location_whose_line_to_the_broker_fails_goes_on_and_makes_up_for_it(
    rig: Rig, way: str
) -> None:
    cut, other, _ = rig
    rig.settle()
    WAYS[way](rig.line(cut))
    mine = [cut.create(surname=f"Behind {number}") for number in range(EACH)]
    theirs = [other.create(surname=f"Before {number}") for number in range(EACH)]
    eventually(lambda: depth(other) == 0, "the others hear of each other")
    assert all(cut.read(customer_id) for customer_id in mine)
    rig.line(cut).heal()
    eventually(lambda: bool(cut.read(theirs[-1]) and other.read(mine[-1])), "it is made up for")
    invariants.check(rig)


def test_lines_that_break_again_and_again_lose_nothing(rig: Rig) -> None:
    for here in rig:
        rig.line(here)
    with ThreadPoolExecutor(len(rig.locations)) as pool:
        written = [pool.submit(create_some, here) for here in rig]
        while not all(one.done() for one in written):
            for line in rig.lines.values():
                line.reset()
    assert [len(one.result()) for one in written] == [EACH] * len(rig.locations)
    invariants.check(rig)


def test_a_relay_whose_acknowledgement_is_lost_sends_again_and_nothing_is_doubled(
    rig: Rig,
) -> None:
    home, away, _ = rig
    # Its relay is connected, so that what it sends arrives.
    home.create(surname="Heard")
    rig.settle()
    rig.line(home).swallow_answers()
    since = home.registry.clock()
    customer_id = home.create(surname="Unheard")
    eventually(lambda: bool(away.read(customer_id)), "the event arrived all the same")
    eventually(lambda: home.gave_up_at() > since, "its relay gives up")
    assert depth(home) == 1
    rig.line(home).heal()
    invariants.check(rig)
    assert len(away.history(customer_id)) == 1


def create_some(here: Location) -> list[str]:
    return [here.create(surname=f"Shaken {number}") for number in range(EACH)]
