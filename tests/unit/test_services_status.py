"""How a location is doing."""

from chalicelib.domain.notes import DeadLetter
from chalicelib.services.digest import take_digest
from chalicelib.services.replication import apply_event, note_applied, publish_pending
from chalicelib.services.status import read_status
from tests.fakes import customer, event_of, site


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
    here.store.system.add_dead_letter(DeadLetter("topic", 0, 1, None, b"x", "no JSON", 0, 1))
    taken = take_digest(here.registry)
    status = read_status(here.registry)
    assert (status.outbox_depth, status.dead_letters) == (1, 1)
    assert list(status.applied) == ["loc2-00000001"]
    assert status.relay["sent"]["events"] == 1
    assert status.digest == {"digest": taken.whole, "records": 3, "at": taken.at}
