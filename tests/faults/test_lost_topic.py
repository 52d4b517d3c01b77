"""A broker that lost all that it ever knew."""

import pytest

from tests.faults import invariants
from tests.faults.rig import Rig, eventually


# The topic no longer holds what other tests look for.
@pytest.mark.usefixtures("last_of_its_rig")
def test_a_broker_that_lost_everything_is_used_again_without_a_restart(rig: Rig) -> None:
    first, second, third = rig
    rig.have_all_heard()
    known = first.create(surname="Before")
    invariants.check(rig)
    rig.lose_topic()
    rig.await_joining()
    created = second.create(surname="After")
    third.patch(known, name="Again")
    eventually(lambda: bool(first.read(created)), "what is written from now on arrives")
    invariants.check(rig)


# A place is nowhere behind fewer records than are written in the longer case.
@pytest.mark.usefixtures("last_of_its_rig")
@pytest.mark.parametrize("count", [1, 60], ids=["shorter", "longer"])
def test_a_location_that_stood_still_notices_that_another_one_made_the_topic_anew(
    rig: Rig, count: int
) -> None:
    first, second, third = rig
    rig.have_all_heard()
    invariants.check(rig)
    with second.suspended():
        missed = first.create(surname="Missed")
        eventually(lambda: bool(third.read(missed)), "who does not stand still hears of it")
        rig.lose_topic()
        rig.await_joining(first, third)
        written = [first.create(surname="After") for _ in range(count)]
        rig.settle_outbox(first)
    rig.settle()
    assert all(second.read(one) for one in written)
    rig.mend()
    rig.await_joining()
    assert second.read(missed)
    invariants.check(rig)
