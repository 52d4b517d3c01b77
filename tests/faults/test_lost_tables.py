"""A location that lost its tables."""

from tests.faults import invariants
from tests.faults.rig import Rig


def test_a_location_with_wiped_tables_comes_back_under_a_new_origin(rig: Rig) -> None:
    first, _, third = rig
    known, own = first.create(surname="Known"), third.create(surname="Own")
    invariants.check(rig)
    before = third.registry.store.origin

    third.stop()
    third.wipe()
    third.start()

    assert third.registry.store.origin != before
    invariants.check(rig)
    third.patch(known, name="Again")
    third.patch(own, name="Again")
    invariants.check(rig)
    newest, oldest = first.history(own)
    assert (newest["seq"], oldest["seq"]) == (1, 1)
    assert (newest["location"], oldest["location"]) == ("loc3", "loc3")
    assert newest["origin"] != oldest["origin"]
