"""Values that lost are listed, and one call puts them back."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidValue, NotFound, StaleVersion
from chalicelib.domain.record import Kind
from chalicelib.services.conflicts import Lost, Source, list_conflicts, restore_customer
from chalicelib.services.customers import delete_customer, patch_customer
from chalicelib.services.fields import patch_field
from chalicelib.services.replication import apply_event, apply_events
from tests.fakes import (
    AGENT,
    NOW,
    PROVIDER,
    Site,
    customer,
    definition,
    erased,
    event_of,
    site,
    stamp,
    updated,
)

CREATED = customer(1)
ID = CREATED.record.id
HERE = updated(CREATED.record, now=NOW + 1, name="Anne")
THERE = updated(CREATED.record, now=NOW + 2, location="loc2", name="Anja", surname="Maier")


@pytest.fixture
def here() -> Site:
    """A location at which one agent's name for a customer lost."""
    here = site()
    for change in (CREATED, HERE):
        here.store.commit(change)
    apply_event(event_of(THERE), here.registry)
    return here


def listed(here: Site) -> list[Lost]:
    return list_conflicts("", 10, AGENT, here.registry).items


def name_of(here: Site) -> object:
    record = here.store.records.get(Kind.CUSTOMER, ID)
    return record and record.value("name")


def test_what_lost_is_listed_with_what_is_there_instead(here: Site) -> None:
    (lost,) = listed(here)
    assert lost.entry == HERE.entry
    assert (lost.lost, lost.kept) == ({"name": "Anne"}, {"name": "Anja"})
    assert here.store.tables.accesses[-1].detail == ID


def test_an_event_that_loses_on_arrival_is_listed_too() -> None:
    here = site()
    late = updated(CREATED.record, now=NOW + 1, location="loc3", name="Annette")
    here.store.commit(CREATED)
    outcomes = apply_events([event_of(THERE), event_of(late)], here.registry)
    assert outcomes == [True, True]
    (lost,) = listed(here)
    assert lost.entry == late.entry


def test_every_location_lists_the_same() -> None:
    orders = [(CREATED, HERE, THERE), (CREATED, THERE, HERE)]
    seen = []
    for order in orders:
        here = site("loc9")
        for change in order:
            apply_event(event_of(change), here.registry)
        seen.append([(one.entry, one.lost, one.kept) for one in listed(here)])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_a_second_delivery_lists_nothing_twice(here: Site) -> None:
    apply_event(event_of(THERE), here.registry)
    apply_events([event_of(THERE), event_of(CREATED)], here.registry)
    assert len(listed(here)) == 1


def test_one_call_puts_the_losing_value_back(here: Site) -> None:
    source = Source(HERE.entry.origin, HERE.entry.seq)
    restored = restore_customer(ID, source, AGENT, here.registry)
    assert (restored.name, restored.surname) == ("Anne", "Maier")
    assert listed(here) == []
    assert here.store.outbox.depth() == 3


def test_values_that_hold_already_are_read(here: Site) -> None:
    source = Source(THERE.entry.origin, THERE.entry.seq)
    restored = restore_customer(ID, source, AGENT, here.registry)
    assert (restored.name, restored.version) == ("Anja", 3)
    [line] = here.store.tables.accesses
    assert (line.caller, line.action, line.resource) == (AGENT, "read", ID)


def test_only_the_values_that_are_named_come_back(here: Site) -> None:
    source = Source(CREATED.entry.origin, 1, ["surname"])
    restored = restore_customer(ID, source, AGENT, here.registry)
    assert (restored.name, restored.surname) == ("Anja", "Meyer")


def test_a_deleted_customer_comes_back(here: Site) -> None:
    delete_customer(ID, AGENT, here.registry)
    restored = restore_customer(ID, None, AGENT, here.registry)
    assert restored.name == "Anja"
    delete_customer(ID, AGENT, here.registry)
    restored = restore_customer(ID, Source(HERE.entry.origin, 2), AGENT, here.registry)
    assert restored.name == "Anne"


def test_who_has_expired_does_not_come_back(here: Site) -> None:
    here.clock.advance(days=400)
    with pytest.raises(NotFound):
        restore_customer(ID, None, AGENT, here.registry)
    assert listed(here) == []


def test_who_was_erased_just_now_does_not_come_back(here: Site) -> None:
    record = here.store.records.get(Kind.CUSTOMER, ID)
    assert record is not None
    here.store.commit(erased(record))
    with pytest.raises(NotFound):
        restore_customer(ID, None, AGENT, here.registry)
    assert listed(here) == []


def test_what_was_noted_and_was_not_lost_keeps_no_other_from_the_list(here: Site) -> None:
    noted = here.store.system.conflicts("", 10).items[0]
    # An entry that was torn since tells no loss.
    here.store.tables.conflicts["9"] = replace(noted, stamp=stamp(NOW, counter=9))
    assert [lost.entry for lost in listed(here)] == [HERE.entry]


@pytest.mark.parametrize(
    ("source", "field"),
    [
        (None, "origin"),
        (Source("loc1-00000001", 9), "seq"),
        (Source("nobody", 1), "seq"),
        (Source("loc1-00000001", 2, ["surname"]), "fields"),
    ],
)
def test_what_cannot_be_restored_is_named(here: Site, source: Source | None, field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        restore_customer(ID, source, AGENT, here.registry)
    assert refused.value.field == field


def test_a_value_of_an_inactive_field_is_neither_shown_nor_restored() -> None:
    here = site()
    here.store.commit(definition("city", active=False))
    created = customer(1, extra={"city": "Ulm"})
    for change in (created, updated(created.record, now=NOW + 1, extra={"city": "Bonn"})):
        here.store.commit(change)
    there = updated(created.record, now=NOW + 2, location="loc2", extra={"city": "Kiel"})
    apply_event(event_of(there), here.registry)
    assert [one.lost for one in listed(here)] in ([], [{}])
    with pytest.raises(InvalidValue):
        restore_customer(ID, Source("loc1-00000001", 1, ["extra.city"]), AGENT, here.registry)
    # Nor is told that it holds already.
    with pytest.raises(InvalidValue):
        restore_customer(ID, Source("loc2-00000001", 1, ["extra.city"]), AGENT, here.registry)
    restore_customer(ID, Source("loc1-00000001", 1), AGENT, here.registry)
    record = here.store.records.get(Kind.CUSTOMER, ID)
    assert record is not None
    assert record.value("extra.city") == "Kiel"


@pytest.fixture
def retyped() -> Site:
    """A location at which a text was emptied, and its field holds whole numbers since."""
    here = site()
    here.store.commit(definition("city"))
    created = customer(1, extra={"city": "Ulm"})
    for change in (created, updated(created.record, extra={"city": None}, name="Anne")):
        here.store.commit(change)
    patch_field("city", {"type": "integer"}, PROVIDER, here.registry)
    return here


@pytest.mark.parametrize("names", [(), ("extra.city",)])
def test_a_value_that_its_field_takes_no_more_is_not_restored(
    retyped: Site, names: tuple[str, ...]
) -> None:
    source = Source(CREATED.entry.origin, 1, names)
    with pytest.raises(InvalidValue) as refused:
        restore_customer(ID, source, AGENT, retyped.registry)
    assert refused.value.field == "city"
    record = retyped.store.records.get(Kind.CUSTOMER, ID)
    assert record is not None
    assert (record.value("extra.city"), record.value("name")) == (None, "Anne")


def test_the_other_values_of_an_entry_can_be_named(retyped: Site) -> None:
    source = Source(CREATED.entry.origin, 1, ["name"])
    assert restore_customer(ID, source, AGENT, retyped.registry).name == "Anna"


def test_a_value_that_holds_already_keeps_no_other_from_being_restored() -> None:
    here = site()
    here.store.commit(definition("city"))
    created = customer(1, extra={"city": "Ulm"})
    for change in (created, updated(created.record, name="Anne")):
        here.store.commit(change)
    patch_field("city", {"type": "integer"}, PROVIDER, here.registry)
    restored = restore_customer(ID, Source(CREATED.entry.origin, 1), AGENT, here.registry)
    assert (restored.name, restored.extra_fields) == ("Anna", {"city": "Ulm"})


def test_a_deleted_customer_comes_back_with_values_that_would_be_refused_now() -> None:
    here = site()
    here.store.commit(definition("city"))
    here.store.commit(customer(1, extra={"city": "Ulm"}))
    delete_customer(ID, AGENT, here.registry)
    patch_field("city", {"type": "integer"}, PROVIDER, here.registry)
    assert restore_customer(ID, None, AGENT, here.registry).extra_fields == {"city": "Ulm"}


def test_a_stale_version_is_refused(here: Site) -> None:
    patch_customer(ID, {"name": "Anna"}, AGENT, here.registry)
    with pytest.raises(StaleVersion):
        restore_customer(ID, Source(HERE.entry.origin, 2), AGENT, here.registry, frozenset({1}))


def test_a_replay_from_the_start_lists_nothing_anew(here: Site) -> None:
    for change in (CREATED, THERE, HERE):
        echo = replace(event_of(change), via="loc3-00000001")
        apply_event(echo, here.registry)
    assert len(listed(here)) == 1
