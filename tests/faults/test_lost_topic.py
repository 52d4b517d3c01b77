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
