"""Searching: a warm index, brought up to date before every answer."""

from collections.abc import Collection

import pytest

from chalicelib.domain.change import Change
from chalicelib.domain.record import Kind, Record
from chalicelib.search.index import SearchIndex
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.search import OVERLAP, Found, Search, WarmIndex, search_customers
from tests.fakes import (
    AGENT,
    Site,
    customer,
    customer_id,
    definition,
    deleted,
    erased,
    restored,
    site,
    updated,
)


class CountingIndexes(SavedIndexes):
    """Makes indexes that count what they take in."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def empty(self, fields: Collection[str] = ()) -> SearchIndex:
        return CountingIndex(fields, self)


class CountingIndex(SearchIndex):
    def __init__(self, fields: Collection[str], counted: CountingIndexes) -> None:
        super().__init__(fields)
        self._counted = counted

    def put(self, *records: Record) -> None:
        self._counted.taken += len(records)
        super().put(*records)


@pytest.fixture
def here() -> Site:
    return site()


@pytest.fixture
def warm(here: Site) -> WarmIndex:
    """An index that has answered already."""
    index = WarmIndex(CountingIndexes())
    index.catch_up(here.registry)
    here.clock.advance(seconds=1)
    return index


def find(
    here: Site, warm: WarmIndex, text: str, mode: str = "fuzzy", limit: int = 10
) -> list[Found]:
    return search_customers(Search(mode, limit, 0.5, text), AGENT, warm, here.registry)


def found(here: Site, warm: WarmIndex, text: str = "Meyer", mode: str = "fuzzy") -> list[str]:
    return [one.customer.id for one in find(here, warm, text, mode)]


def commit(here: Site, *changes: Change) -> None:
    for change in changes:
        here.store.commit(change)


def taken(warm: WarmIndex) -> int:
    assert isinstance(warm.indexes, CountingIndexes)
    return warm.indexes.taken


def test_the_first_search_finds_what_is_there(here: Site) -> None:
    commit(here, customer(1), customer(2, surname="Schmidt"))
    assert found(here, WarmIndex(SavedIndexes())) == [customer_id(1)]


def test_a_search_sees_what_was_committed_before_it(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1, here.clock()))
    assert found(here, warm) == [customer_id(1)]


def test_a_search_sees_a_change_and_forgets_what_was_before(here: Site, warm: WarmIndex) -> None:
    first = customer(1)
    commit(here, first)
    assert found(here, warm) == [customer_id(1)]
    commit(here, updated(first.record, surname="Kowalczyk"))
    assert found(here, warm, "Kowalczyk") == [customer_id(1)]
    assert found(here, warm, "Meyer") == []


def test_a_search_no_longer_finds_the_deleted_and_the_erased(here: Site, warm: WarmIndex) -> None:
    first, second = customer(1), customer(2)
    commit(here, first, second)
    assert len(found(here, warm)) == 2
    gone = deleted(first.record)
    commit(here, gone, erased(second.record))
    assert found(here, warm) == []
    commit(here, restored(gone.record, surname="Meyer"))
    assert found(here, warm) == [customer_id(1)]


def test_a_search_does_not_find_the_expired() -> None:
    here = site(days=30)
    warm = WarmIndex(SavedIndexes())
    commit(here, customer(1))
    assert found(here, warm) == [customer_id(1)]
    here.clock.advance(days=30)
    assert found(here, warm) == []


def test_expired_customers_do_not_use_up_the_limit() -> None:
    here = site(days=30)
    warm = WarmIndex(SavedIndexes())
    commit(here, *(customer(number) for number in range(1, 6)))
    here.clock.advance(days=30)
    commit(here, customer(9, here.clock(), surname="Meier"))
    hits = find(here, warm, "Meyer Anna", limit=2)
    assert [hit.customer.id for hit in hits] == [customer_id(9)]


def test_what_was_taken_in_is_not_taken_in_again(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1), customer(2), definition("city"))
    found(here, warm)
    assert taken(warm) == 2
    here.clock.advance(seconds=1)
    found(here, warm)
    assert taken(warm) == 2


def test_a_customer_that_changed_often_is_taken_in_once(here: Site, warm: WarmIndex) -> None:
    first = customer(1)
    second = updated(first.record, name="Anne")
    commit(here, first, second, updated(second.record, name="Anja"))
    found(here, warm)
    assert taken(warm) == 1


def test_a_commit_that_began_before_and_ended_after_a_search_is_found(
    here: Site, warm: WarmIndex
) -> None:
    commit(here, customer(1))
    found(here, warm)
    began = here.clock()
    here.clock.advance(milliseconds=OVERLAP - 1)
    found(here, warm)
    here.clock.advance(milliseconds=-(OVERLAP - 1))
    assert here.clock() == began
    commit(here, customer(2))
    here.clock.advance(milliseconds=OVERLAP)
    assert found(here, warm) == [customer_id(1), customer_id(2)]


def test_a_search_that_failed_to_catch_up_catches_up_later(here: Site, warm: WarmIndex) -> None:
    class Away:
        def changes_since(self, moment: int) -> list[object]:
            raise TimeoutError(str(moment))

    commit(here, customer(1, here.clock()))
    outbox = here.store.outbox
    here.store.outbox = Away()  # type: ignore[assignment]
    with pytest.raises(TimeoutError):
        found(here, warm)
    here.store.outbox = outbox
    here.clock.advance(seconds=60)
    assert found(here, warm) == [customer_id(1)]


def test_an_exact_search_finds_equals_only(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1, surname="Müller"), customer(2, surname="Muller-Meyer"))
    assert found(here, warm, "MULLER", "exact") == [customer_id(1)]


def test_the_best_come_first_and_ties_by_id(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(3), customer(1), customer(2, name="Anne"))
    hits = find(here, warm, "Anna Meyer")
    assert [hit.customer.id for hit in hits] == [customer_id(1), customer_id(3), customer_id(2)]
    assert hits[0].score.value >= hits[-1].score.value


def test_a_search_shows_at_most_its_limit(here: Site, warm: WarmIndex) -> None:
    commit(here, *(customer(number) for number in range(1, 6)))
    assert len(find(here, warm, "Meyer", limit=2)) == 2


def test_a_search_is_written_down_with_whom_it_found(here: Site, warm: WarmIndex) -> None:
    commit(here, customer(1))
    found(here, warm, "Meyer")
    access = here.store.tables.accesses[-1]
    assert (access.caller, access.action, access.resource) == (AGENT, "search fuzzy", "Meyer")
    assert access.detail == customer_id(1)


def test_a_search_shows_the_customer_as_the_tables_hold_it(here: Site, warm: WarmIndex) -> None:
    commit(here, definition("city"), customer(1, extra={"city": "Bonn"}))
    [hit] = find(here, warm, "Meyer Anna")
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    assert (hit.customer.extra_fields, hit.customer.version) == ({"city": "Bonn"}, 1)
