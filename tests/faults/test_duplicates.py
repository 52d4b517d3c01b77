"""An event that comes again, late or out of order changes nothing."""

import random
from collections.abc import Sequence
from typing import Any

from chalicelib.domain.audit import Caller
from chalicelib.domain.record import Kind
from chalicelib.services.digest import take_digest
from chalicelib.services.retention import sweep_expired
from tests.faults import invariants
from tests.faults.rig import Location, Rig, events_of, eventually
from tests.invariants import hashes_of

SWEEPER = Caller("sins/retention", "system", "sweep")


def test_events_delivered_three_times_more_in_any_order_change_nothing(rig: Rig) -> None:
    lives = some_lives(rig)
    invariants.check(rig)
    events = [record for record_id in lives for record in events_of(rig.records(), record_id)]
    before = [invariants.tables_of(here) for here in rig]
    for here in rig:
        here.consume(shuffled(3 * events))
    assert [invariants.tables_of(here) for here in rig] == before
    invariants.check(rig)


def test_a_location_that_reads_everything_again_from_offset_0_stays_as_it_is(rig: Rig) -> None:
    lives = some_lives(rig)
    invariants.check(rig)
    second = rig.locations[1]
    before = invariants.tables_of(second)
    second.stop()
    rig.rewind(second)
    assert rig.unread(second) > 0
    second.start()
    invariants.check(rig)
    assert invariants.tables_of(second) == before
    assert [bool(second.read(one)) for one in lives] == [True, False, False]
    assert is_erased(second, lives[-1])


def test_a_new_location_that_hears_everything_twice_in_any_order_equals_the_others(
    rig: Rig,
) -> None:
    some_lives(rig)
    invariants.check(rig)
    newcomer = Location("loc4", rig.shared, [])
    newcomer.open_tables()
    newcomer.consume(shuffled(2 * rig.records()))
    equals(newcomer, rig.locations[0])


def test_a_location_ignores_its_own_events(rig: Rig) -> None:
    first = rig.locations[0]
    customer_id = first.create(surname="Echo")
    rig.settle()
    version = first.read(customer_id)["version"]
    first.consume(events_of(rig.records(), customer_id))
    assert first.read(customer_id)["version"] == version == 1
    assert len(first.history(customer_id)) == 1


def some_lives(rig: Rig) -> tuple[str, str, str]:
    """A customer that lives, one that was deleted and one that was erased, known everywhere."""
    first, second, third = rig
    kept, deleted = (first.create(surname=name) for name in ("Kept", "Deleted"))
    (erased,) = first.create_expired(1)
    rig.settle()
    second.patch(kept, name="Changed")
    second.patch(deleted, name="Changed")
    rig.settle()
    third.delete(deleted)
    third.patch(kept, dob="1985-03-02")
    sweep_expired(SWEEPER, first.registry, None)
    eventually(lambda: all(is_erased(here, erased) for here in rig), "it is erased everywhere")
    return kept, deleted, erased


def is_erased(here: Location, record_id: str) -> bool:
    record = here.registry.store.records.get(Kind.CUSTOMER, record_id)
    return record is not None and record.is_erased and not record.values


def shuffled(records: Sequence[Any]) -> list[Any]:
    return random.Random(11).sample(records, len(records))


def equals(one: Location, other: Location) -> None:
    trails = [hashes_of(invariants.tables_of(here)) for here in (one, other)]
    assert trails[0] == trails[1]
    digests = [take_digest(here.registry).whole for here in (one, other)]
    assert digests[0] == digests[1]
