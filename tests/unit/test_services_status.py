"""How a location is doing."""

from chalicelib.domain.notes import DeadLetter
from chalicelib.services.replication import apply_event, note_applied, publish_pending
from chalicelib.services.status import read_status, take_digest
from tests.fakes import (
    Site,
    customer,
    definition,
    deleted,
    event_of,
    site,
    updated,
)


def digest(here: Site) -> object:
    return take_digest(here.registry)["digest"]


def test_a_location_that_did_nothing_has_nothing_to_say() -> None:
    status = read_status(site("loc7").registry)
    assert (status.location, status.origin) == ("loc7", "loc7-00000001")
    assert (status.outbox_depth, status.dead_letters) == (0, 0)
    assert (status.applied, status.relay, status.digest) == ({}, {}, None)


def test_a_location_knows_what_waits_and_what_went() -> None:
    here = site()
    here.store.commit(customer(1))
    publish_pending(here.registry, here.producer, "one")
    here.store.commit(customer(2))
    event = event_of(customer(3, location="loc2"))
    apply_event(event, here.registry)
    note_applied([event], here.registry)
    here.store.system.add_dead_letter(DeadLetter("topic", 0, 1, None, b"x", "no JSON", 0))
    taken = take_digest(here.registry)
    status = read_status(here.registry)
    assert (status.outbox_depth, status.dead_letters) == (1, 1)
    assert list(status.applied) == ["loc2-00000001"]
    assert status.relay["sent"]["events"] == 1
    assert status.digest == taken
    assert taken["records"] == 3


def test_equal_registries_have_equal_digests() -> None:
    one, two = site("loc1"), site("loc2")
    first, field = customer(1, location="loc1"), definition("city", location="loc2")
    second = updated(first.record, location="loc1", name="Anne")
    for change in (first, second):
        one.store.commit(change)
    two.store.commit(field)
    apply_event(event_of(field), one.registry)
    for change in (second, first):
        apply_event(event_of(change), two.registry)
    assert digest(one) == digest(two)


def test_registries_that_differ_in_a_value_a_life_or_a_record_have_other_digests() -> None:
    first = customer(1)
    other = updated(first.record, name="Anne")
    digests = set()
    for changes in ([], [first], [first, other], [first, deleted(first.record)]):
        here = site()
        for change in changes:
            here.store.commit(change)
        digests.add(digest(here))
    assert len(digests) == 4
