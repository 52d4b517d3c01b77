"""A document number that several customers claim: all are kept, and one has it everywhere."""

from itertools import permutations

import pytest

from chalicelib.services import duplicates
from chalicelib.services.customers import delete_customer, patch_customer, read_customer
from chalicelib.services.digest import take_digest
from chalicelib.services.duplicates import MOST_CLAIMANTS, MOST_READ, Claimed, list_duplicates
from chalicelib.services.remembered import bytes_noted
from chalicelib.services.replication import apply_event
from chalicelib.storage.access import MAX_DETAIL
from tests.fakes import (
    AGENT,
    NOW,
    Site,
    customer,
    customer_id,
    deleted,
    event_of,
    ids_read,
    site,
    updated,
)

FIRST = customer(1, now=NOW, document_number="X 94-678")
SECOND = customer(2, now=NOW + 1, location="loc2", document_number="x94678")
THIRD = customer(3, now=NOW + 2, location="loc3", document_number="X94678")


def listed(here: Site) -> list[Claimed]:
    take_digest(here.registry)
    return list_duplicates("", 10, AGENT, here.registry).items


def flag(here: Site, number: int) -> str | None:
    return read_customer(customer_id(number), AGENT, here.registry).duplicate_of


def test_the_earliest_claim_has_the_number_in_whatever_order_they_arrive() -> None:
    for order in permutations((FIRST, SECOND, THIRD)):
        here = site("loc9")
        for change in order:
            apply_event(event_of(change), here.registry)
        assert listed(here) == [
            Claimed("X 94-678", customer_id(1), (customer_id(2), customer_id(3)))
        ]
        assert [flag(here, n) for n in (1, 2, 3)] == [None, customer_id(1), customer_id(1)]


def test_a_claim_is_as_old_as_the_value_and_not_as_the_customer() -> None:
    here = site()
    late = updated(customer(4, now=NOW - 9).record, now=NOW + 9, document_number="X94678")
    for change in (FIRST, customer(4, now=NOW - 9), late):
        here.store.commit(change)
    assert listed(here) == [Claimed("X 94-678", customer_id(1), (customer_id(4),))]


def test_who_is_deleted_claims_nothing() -> None:
    here = site()
    for change in (FIRST, SECOND, deleted(FIRST.record)):
        here.store.commit(change)
    assert listed(here) == []
    assert flag(here, 2) is None


def test_of_a_number_that_everybody_claims_the_first_are_listed() -> None:
    here = site()
    everybody = range(1, MOST_CLAIMANTS + 20)
    for number in everybody:
        here.store.commit(customer(number, now=NOW + number, document_number="0000"))
    [claimed] = listed(here)
    assert claimed.holder == customer_id(1)
    assert claimed.others == tuple(map(customer_id, everybody[1:MOST_CLAIMANTS]))


def test_of_a_number_that_everybody_claims_some_are_read() -> None:
    here = site()
    for change in (FIRST, SECOND):
        here.store.commit(change)
    everybody = [customer_id(number) for number in range(1, 5 * MOST_READ)]
    here.store.records.claiming = lambda _number, at_most: everybody[:at_most]  # type: ignore[assignment, method-assign]
    asked = ids_read(here)
    assert listed(here) == [Claimed("X 94-678", customer_id(1), (customer_id(2),))]
    assert asked == [*everybody[:MOST_READ], customer_id(1), customer_id(2)]


def test_as_many_numbers_are_listed_as_an_item_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = site()
    for number in range(6):
        here.store.commit(customer(number, document_number=f"N{number // 2}"))
    all_of_them = [one.document_number for one in listed(here)]
    room = bytes_noted({"N0": [customer_id(0), customer_id(1)]})
    monkeypatch.setattr(duplicates, "MOST_BYTES", 2 * room)
    assert [one.document_number for one in listed(here)] == all_of_them[:2]
    monkeypatch.setattr(duplicates, "MOST_NUMBERS", 1)
    assert [one.document_number for one in listed(here)] == all_of_them[:1]


def test_what_was_settled_is_listed_no_more() -> None:
    here = site()
    for change in (FIRST, SECOND):
        here.store.commit(change)
    assert len(listed(here)) == 1
    patch_customer(customer_id(2), {"document_number": "Y1"}, AGENT, here.registry)
    assert listed(here) == []
    assert flag(here, 2) is None


def test_who_was_changed_since_the_digest_is_neither_listed_nor_flagged() -> None:
    here = site()
    for change in (FIRST, SECOND, THIRD):
        here.store.commit(change)
    assert len(listed(here)) == 1
    patch_customer(customer_id(2), {"document_number": "Y1"}, AGENT, here.registry)
    [claimed] = list_duplicates("", 10, AGENT, here.registry).items
    assert claimed.others == (customer_id(3),)
    assert [flag(here, number) for number in (2, 3)] == [None, customer_id(1)]


def test_whom_nobody_may_see_any_more_is_listed_no_more() -> None:
    here = site()
    for change in (FIRST, SECOND):
        here.store.commit(change)
    assert len(listed(here)) == 1
    delete_customer(customer_id(1), AGENT, here.registry)
    assert list_duplicates("", 10, AGENT, here.registry).items == []
    assert here.store.tables.accesses[-1].detail == ""


def test_everybody_has_a_number_of_their_own() -> None:
    here = site()
    for change in (customer(1, document_number="1"), customer(2, document_number="2"), customer(3)):
        here.store.commit(change)
    assert listed(here) == []


def test_numbers_come_page_by_page() -> None:
    here = site()
    for number in range(6):
        here.store.commit(customer(number, document_number=f"N{number // 2}"))
    take_digest(here.registry)
    first = list_duplicates("", 2, AGENT, here.registry)
    rest = list_duplicates(first.next, 2, AGENT, here.registry)
    assert [one.document_number for one in [*first.items, *rest.items]] == ["N0", "N1", "N2"]
    assert customer_id(1) in here.store.tables.accesses[-2].detail


def test_everybody_on_a_page_is_in_the_access_log() -> None:
    here = site()
    for number in range(400):
        here.store.commit(customer(number, document_number=f"N{number // 40}"))
    shown = {one for claimed in listed(here) for one in (claimed.holder, *claimed.others)}
    details = [entry.detail for entry in here.store.tables.accesses]
    assert len(shown) == 400
    assert set(" ".join(details).split()) == shown
    assert max(map(len, details)) <= MAX_DETAIL


def test_a_page_that_names_nobody_is_in_the_access_log() -> None:
    here = site()
    assert listed(here) == []
    assert [(one.action, one.detail) for one in here.store.tables.accesses] == [("duplicates", "")]


def test_another_location_that_deletes_the_holder_passes_the_number_on() -> None:
    here = site()
    for change in (FIRST, SECOND, THIRD):
        here.store.commit(change)
    delete_customer(customer_id(1), AGENT, here.registry)
    assert listed(here) == [Claimed("x94678", customer_id(2), (customer_id(3),))]
