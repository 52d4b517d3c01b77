"""Reading the audit trail."""

import pytest

from chalicelib.domain.audit import Action, AuditFilter
from chalicelib.domain.change import apply
from chalicelib.domain.conflict import superseded
from chalicelib.domain.errors import NotFound
from chalicelib.domain.page import PageOfReadable
from chalicelib.domain.record import Kind
from chalicelib.domain.stamp import Stamp
from chalicelib.services.trail import TrailEntry, read_audit, read_history
from tests.fakes import (
    AGENT,
    DEFINITION,
    NOW,
    Site,
    customer,
    customer_id,
    definition,
    deleted,
    entry_key,
    erased,
    event_of,
    site,
    updated,
)


@pytest.fixture
def here() -> Site:
    return site(days=30)


def history(here: Site) -> list[TrailEntry]:
    return page_of_history(here).items


def page_of_history(here: Site) -> PageOfReadable[TrailEntry]:
    return read_history(customer_id(1), None, 100, AGENT, here.registry)


def test_a_history_tells_every_change_newest_first(here: Site) -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    for change in (first, second):
        here.store.commit(change)
    assert [shown.entry for shown in history(here)] == [second.entry, first.entry]
    assert read_history(customer_id(1), None, 2, AGENT, here.registry).next == ""


def test_a_history_says_how_many_changes_it_lacks(here: Site) -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    third = updated(second.record, now=NOW + 2, name="Anna")
    for change in (first, second, third):
        here.store.commit(change)
    assert page_of_history(here).missing == 0
    here.store.tables.torn.add(entry_key(first.entry))
    del here.store.tables.entries[entry_key(third.entry)]
    found = page_of_history(here)
    assert ([shown.entry for shown in found.items], found.missing) == ([second.entry], 2)


def test_the_audit_says_how_many_changes_cannot_be_read(here: Site) -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    for change in (first, second):
        here.store.commit(change)
    here.store.tables.torn.add(entry_key(first.entry))
    page = read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    assert ([shown.entry for shown in page.items], page.missing) == ([second.entry], 1)


def test_a_reader_of_a_history_is_written_down(here: Site) -> None:
    here.store.commit(customer())
    history(here)
    [access] = here.store.tables.accesses
    assert (access.action, access.resource) == ("history", customer_id(1))


def test_a_deleted_customer_has_a_history(here: Site) -> None:
    first = customer()
    here.store.commit(first)
    here.store.commit(deleted(first.record))
    assert [shown.entry.action for shown in history(here)] == [Action.DELETE, Action.CREATE]
    assert not any(shown.withheld for shown in history(here))


def test_the_values_of_an_erased_customer_are_withheld(here: Site) -> None:
    first = customer()
    here.store.commit(first)
    here.store.commit(erased(first.record))
    assert all(shown.withheld for shown in history(here))


@pytest.mark.parametrize("hidden", [False, True])
def test_the_values_of_an_expired_customer_are_withheld(here: Site, hidden: bool) -> None:
    first = customer()
    here.store.commit(first)
    if hidden:
        here.store.commit(deleted(first.record))
    here.clock.advance(days=29)
    assert not any(shown.withheld for shown in history(here))
    here.clock.advance(days=1)
    assert all(shown.withheld for shown in history(here))


def test_the_values_of_an_inactive_field_are_named_and_not_told(here: Site) -> None:
    city = definition("city")
    here.store.commit(city)
    here.store.commit(customer(extra={"city": "Kiel"}))
    assert [shown.hidden for shown in history(here)] == [()]
    inactive = updated(city.record, here.clock(), active=False)
    for change in (inactive, deleted(inactive.record)):
        here.store.commit(change)
        here.registry.catalog.forget()
        assert [shown.hidden for shown in history(here)] == [("extra.city",)]
    page = read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    assert {shown.entry.record_id: shown.hidden for shown in page.items} == {
        "city": (),
        customer_id(1): ("extra.city",),
    }


def test_a_history_tells_its_hashes(here: Site) -> None:
    first = customer()
    for change in (first, updated(first.record, name="Anne")):
        here.store.commit(change)
    assert [shown.hash for shown in history(here)] == [shown.entry.hash for shown in history(here)]


def test_no_hash_of_a_history_tells_whether_a_guess_at_a_hidden_value_is_right(here: Site) -> None:
    first = customer(extra={"city": "Kiel"})
    for change in (definition("city", active=False), first, updated(first.record, name="Anne")):
        here.store.commit(change)
    assert [shown.hidden for shown in history(here)] == [(), ("extra.city",)]
    assert [shown.hash for shown in history(here)] == [None, None]
    page = read_history(customer_id(1), None, 1, AGENT, here.registry)
    assert [shown.hash for shown in page.items] == [None]


def test_no_hash_tells_whether_a_guess_at_an_erased_value_is_right(here: Site) -> None:
    first, field = customer(), definition("city", NOW + 3)
    for change in (first, erased(first.record), field):
        here.store.commit(change)
    assert [shown.hash for shown in history(here)] == [None, None]
    page = read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    assert [shown.hash for shown in page.items] == [field.entry.hash, None, None]


def test_a_hidden_value_is_not_told_by_the_change_that_emptied_it(here: Site) -> None:
    first = customer(extra={"city": "Kiel"})
    emptied = updated(first.record, extra={"city": None})
    for change in (definition("city", active=False), first, emptied):
        here.store.commit(change)
    assert [shown.hidden for shown in history(here)] == [("extra.city",)] * 2


def test_a_value_that_was_never_there_is_not_hidden(here: Site) -> None:
    here.store.commit(customer(extra={"city": None}))
    assert [shown.hidden for shown in history(here)] == [()]


@pytest.mark.parametrize("is_lost", [False, True])
def test_values_are_withheld_of_whom_nothing_can_be_read(here: Site, is_lost: bool) -> None:
    first = customer(extra={"city": "Kiel"})
    here.store.commit(first)
    here.store.commit(erased(first.record))
    key = Kind.CUSTOMER, customer_id(1)
    if is_lost:
        del here.store.tables.records[key]
    else:
        here.store.tables.unreadable.add(key)
    page = read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    assert all(shown.withheld and not shown.hidden for shown in page.items)


def test_nobody_has_the_history_of_a_stranger(here: Site) -> None:
    with pytest.raises(NotFound):
        history(here)


def test_everything_is_read_newest_first_with_what_is_withheld(here: Site) -> None:
    first, second = customer(1, NOW), customer(2, NOW + 1)
    end = erased(second.record, NOW + 2)
    for change in (first, second, end, definition("city", NOW + 3)):
        here.store.commit(change)
    page = read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    assert [(shown.entry.record_id, shown.withheld) for shown in page.items] == [
        ("city", False),
        (customer_id(2), True),
        (customer_id(2), True),
        (customer_id(1), False),
    ]


def test_a_reader_of_everything_is_written_down_with_whom_it_saw(here: Site) -> None:
    for change in (customer(1, NOW), definition("city", NOW + 1), customer(2, NOW + 2)):
        here.store.commit(change)
    read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    [access] = here.store.tables.accesses
    assert (access.caller, access.action) == (AGENT, "audit")
    assert access.detail == f"{customer_id(2)} {customer_id(1)}"


def test_a_value_that_lost_against_another_location_is_superseded(here: Site) -> None:
    first = customer()
    mine = updated(first.record, NOW + 1, name="mine", surname="Mayer")
    theirs = updated(first.record, NOW + 2, "loc2", name="theirs", dob="1980-01-31")
    merged = apply(mine.record, event_of(theirs), NOW)
    for change in (first, mine, merged):
        here.store.commit(change)
    assert [shown.superseded for shown in history(here)] == [(), ("name",), ()]


def test_what_lost_is_told_where_the_winner_is_on_another_page(here: Site) -> None:
    first = customer()
    mine = updated(first.record, NOW + 1, name="mine")
    theirs = updated(first.record, NOW + 2, "loc2", name="theirs")
    for change in (first, mine, apply(mine.record, event_of(theirs), NOW)):
        here.store.commit(change)
    winner = read_history(customer_id(1), None, 1, AGENT, here.registry)
    loser = read_history(customer_id(1), Stamp.parse(winner.next), 1, AGENT, here.registry)
    assert [shown.entry for shown in (*winner.items, *loser.items)] == [theirs.entry, mine.entry]
    assert [shown.superseded for shown in loser.items] == [("name",)]


def test_the_audit_tells_whose_definition_of_a_field_lost_against_another_location(
    here: Site,
) -> None:
    mine = definition("city", NOW, label="City", required=True)
    theirs = definition("city", NOW + 1, "loc2", label="Town", required=True)
    later = updated(theirs.record, NOW + 2, "loc2", label="Village")
    known = mine.record
    here.store.commit(mine)
    for change in (theirs, later):
        applied = apply(known, event_of(change), NOW)
        here.store.commit(applied)
        known = applied.record
    page = read_audit(AuditFilter(), "", 10, AGENT, here.registry)
    told = {shown.entry.stamp: shown.superseded for shown in page.items}
    # What is the same in both was lost by nobody, nor was what was replaced knowingly.
    assert told == {mine.entry.stamp: ("label",), theirs.entry.stamp: (), later.entry.stamp: ()}


def test_a_value_that_was_replaced_knowingly_is_not_superseded() -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    third = updated(second.record, NOW + 2, "loc2", name="Anja")
    assert superseded([c.entry for c in (first, second, third)]) == [(), (), ()]


def test_two_locations_that_create_one_field_are_told_apart() -> None:
    mine, theirs = definition("city", NOW), definition("city", NOW + 1, "loc2", label="Town")
    lost = superseded([mine.entry, theirs.entry])
    assert set(lost[0]) == set(DEFINITION)
    assert lost[1] == ()
