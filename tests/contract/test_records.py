"""Reading customers and fields: one, some, all, page by page."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from chalicelib.domain import change as changes
from chalicelib.domain.change import Author
from chalicelib.domain.errors import Unreadable, VersionConflict
from chalicelib.domain.field import Usage
from chalicelib.domain.record import Kind
from chalicelib.services.ports import Store
from chalicelib.storage.client import Tables, text
from chalicelib.storage.records import LONGEST_KEY, DynamoRecords
from chalicelib.storage.store import DynamoStore
from tests.contract.conftest import TORN, Backend, DynamoBackend
from tests.fakes import (
    AGENT,
    NOW,
    customer,
    customer_id,
    definition,
    deleted,
    erased,
    restored,
    updated,
)

Commit = Callable[..., None]


def ids(*numbers: int) -> list[str]:
    return [customer_id(number) for number in numbers]


def walk(store: Store, limit: int) -> list[str]:
    """All ids of the listing, page by page."""
    found: list[str] = []
    while page := store.records.live_ids(found[-1] if found else "", limit):
        assert len(page) <= limit
        found += page
    return found


def test_nobody_knows_a_record_that_was_never_written(store: Store) -> None:
    assert store.records.get(Kind.CUSTOMER, customer_id(1)) is None
    assert store.records.get(Kind.FIELD, "city") is None
    assert list(store.records.all(Kind.CUSTOMER)) == []
    assert store.records.live_ids("", 10) == []


def test_many_come_in_the_order_asked_for(store: Store, commit: Commit) -> None:
    commit(*(customer(number) for number in range(1, 6)))
    found = store.records.get_many(Kind.CUSTOMER, ids(4, 1, 5))
    assert [record.id for record in found] == ids(4, 1, 5)


def test_those_that_are_not_there_are_left_out_of_many(store: Store, commit: Commit) -> None:
    commit(customer(1))
    assert [r.id for r in store.records.get_many(Kind.CUSTOMER, ids(9, 1, 8))] == ids(1)
    assert store.records.get_many(Kind.CUSTOMER, []) == []
    assert store.records.get_many(Kind.FIELD, ids(1)) == []


def test_an_id_may_be_asked_for_twice(store: Store, commit: Commit) -> None:
    commit(customer(1), customer(2))
    found = store.records.get_many(Kind.CUSTOMER, ids(2, 1, 2))
    assert [record.id for record in found] == ids(2, 1, 2)


def test_more_come_than_one_request_may_ask_for(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    for number in range(103):
        store.commit(customer(number))
    found = store.records.get_many(Kind.CUSTOMER, ids(*range(103)))
    assert [record.id for record in found] == ids(*range(103))


def test_all_means_deleted_and_erased_ones_too(store: Store, commit: Commit) -> None:
    first, second, third = customer(1), customer(2), customer(3)
    commit(first, second, third, deleted(second.record), erased(third.record), definition())
    assert {record.id for record in store.records.all(Kind.CUSTOMER)} == set(ids(1, 2, 3))
    assert [record.id for record in store.records.all(Kind.FIELD)] == ["city"]


@pytest.mark.parametrize(
    "wrong",
    [
        TORN,
        {"state": text("[]")},
        {"state": {"M": {}}},
        {"state": {"N": "7"}},
        {"heads": text('{"loc1": 7}')},
        {"state": None},
        {"heads": None},
    ],
    ids=repr,
)
def test_a_row_that_cannot_be_read_keeps_nobody_from_the_others(
    backend: Backend, wrong: Mapping[str, Any]
) -> None:
    store, torn = backend.open(), customer(1)
    store.commit(torn)
    store.commit(customer(2))
    backend.make_unreadable(torn.record, wrong)
    with pytest.raises(Unreadable) as caught:
        store.records.get(Kind.CUSTOMER, customer_id(1))
    assert caught.value.version == torn.record.version
    told: list[str] = []
    assert [one.id for one in store.records.all(Kind.CUSTOMER, told.append)] == ids(2)
    assert told == ids(1)
    told.clear()
    some = store.records.get_many(Kind.CUSTOMER, ids(1, 2, 3), told.append)
    assert [one.id for one in some] == ids(2)
    assert told == ids(1)
    assert store.records.live_ids("", 10) == ids(1, 2)


def test_a_row_that_cannot_be_read_is_replaced_by_its_version(backend: Backend) -> None:
    store, torn = backend.open(), customer(1)
    store.commit(torn)
    backend.make_unreadable(torn.record)
    author = Author(AGENT, store.origin, NOW)
    with pytest.raises(VersionConflict):
        store.commit(changes.repair(0, torn.record, author))
    store.commit(changes.repair(torn.record.version, torn.record, author))
    mended = store.records.get(Kind.CUSTOMER, customer_id(1))
    assert mended is not None
    assert mended.values == torn.record.values


def test_a_row_that_lost_its_version_is_replaced_as_one_that_was_never_there(
    dynamodb: DynamoBackend,
) -> None:
    store, torn = dynamodb.open(), customer(1)
    store.commit(torn)
    dynamodb.make_unreadable(torn.record, {"version": None})
    with pytest.raises(Unreadable) as caught:
        store.records.get(Kind.CUSTOMER, customer_id(1))
    author = Author(AGENT, store.origin, NOW)
    store.commit(changes.repair(caught.value.version, torn.record, author))
    mended = store.records.get(Kind.CUSTOMER, customer_id(1))
    assert mended is not None
    assert mended.values == torn.record.values


@pytest.mark.parametrize("version", [{"N": "1.5"}, {"S": "1"}], ids=repr)
def test_a_row_whose_version_is_none_keeps_nobody_from_the_others(
    dynamodb: DynamoBackend, version: dict[str, str]
) -> None:
    store, torn = dynamodb.open(), customer(1)
    store.commit(torn)
    store.commit(customer(2))
    dynamodb.make_unreadable(torn.record, {"version": version})
    assert [one.id for one in store.records.all(Kind.CUSTOMER)] == ids(2)


def test_the_listing_holds_live_customers_in_the_order_of_id(store: Store, commit: Commit) -> None:
    gone, erased_one, back = customer(2), customer(3), customer(4)
    commit(customer(5), back, erased_one, gone, customer(1))
    hidden = deleted(back.record)
    commit(deleted(gone.record), erased(erased_one.record), hidden)
    commit(restored(hidden.record, surname="Again"))
    assert store.records.live_ids("", 10) == ids(1, 4, 5)


def test_pages_of_the_listing_neither_skip_nor_repeat(store: Store, commit: Commit) -> None:
    commit(*(customer(number) for number in range(1, 12)))
    for limit in (1, 4, 11, 50):
        assert walk(store, limit) == ids(*range(1, 12))


def test_a_walk_over_the_listing_keeps_its_place_among_changes(
    store: Store, commit: Commit
) -> None:
    changes = [customer(number) for number in range(10, 16)]
    commit(*changes)
    assert store.records.live_ids("", 3) == ids(10, 11, 12)
    commit(deleted(changes[2].record), updated(changes[4].record, name="New"), customer(1))
    assert store.records.live_ids(customer_id(12), 3) == ids(13, 14, 15)


def test_due_customers_come_oldest_first(store: Store, commit: Commit) -> None:
    commit(customer(1, NOW + 20), customer(2, NOW + 10), customer(3, NOW + 30))
    assert store.records.due_ids(NOW + 100, "", 10).items == ids(2, 1, 3)


def test_the_moment_itself_is_not_yet_due(store: Store, commit: Commit) -> None:
    commit(customer(1, NOW), customer(2, NOW + 1))
    assert store.records.due_ids(NOW, "", 10).items == []
    assert store.records.due_ids(NOW + 1, "", 10).items == ids(1)


def test_a_change_makes_a_customer_due_later(store: Store, commit: Commit) -> None:
    first = customer(1, NOW)
    commit(first, updated(first.record, NOW + 50, name="Anne"))
    assert store.records.due_ids(NOW + 50, "", 10).items == []
    assert store.records.due_ids(NOW + 51, "", 10).items == ids(1)


def test_deleted_customers_are_due_and_erased_ones_never(store: Store, commit: Commit) -> None:
    first, second = customer(1), customer(2)
    commit(first, second, deleted(first.record), erased(second.record))
    assert store.records.due_ids(NOW + 100, "", 10).items == ids(1)


def test_pages_of_due_customers_neither_skip_nor_repeat(store: Store, commit: Commit) -> None:
    commit(*(customer(number, NOW + number // 3) for number in range(1, 9)))
    found: list[str] = []
    page = store.records.due_ids(NOW + 100, "", 3)
    found += page.items
    while page.next:
        page = store.records.due_ids(NOW + 100, page.next, 3)
        found += page.items
    assert found == ids(*range(1, 9))


def test_only_live_customers_with_a_value_use_a_field(store: Store, commit: Commit) -> None:
    gone = customer(3, extra={"city": "Bonn"})
    emptied = customer(4, extra={"city": "Bonn"})
    commit(
        customer(1, extra={"city": "Bonn"}),
        customer(2, extra={"city": None, "town": "Bonn"}),
        gone,
        deleted(gone.record),
        emptied,
        updated(emptied.record, extra={"city": None}),
    )
    assert store.records.usage_of("city") == Usage(1, 4, is_whole=True)
    assert store.records.usage_of("town") == Usage(1, 4, is_whole=True)
    assert store.records.usage_of("nothing") == Usage(0, 4, is_whole=True)


def test_who_uses_a_field_is_counted_until_some_are_found(dynamodb_tables: Tables) -> None:
    store = DynamoStore(dynamodb_tables, "loc1")
    for number in range(6):
        store.commit(customer(number, extra={"city": "Bonn"}))
    records = DynamoRecords(dynamodb_tables, scan_page=2)
    assert records.usage_of("city") == Usage(2, 2, is_whole=False)
    assert records.usage_of("town") == Usage(0, 6, is_whole=True)


def test_no_more_customers_are_looked_through_than_a_request_has_time_for(
    dynamodb_tables: Tables,
) -> None:
    store = DynamoStore(dynamodb_tables, "loc1")
    for number in range(6):
        store.commit(customer(number))
    records = DynamoRecords(dynamodb_tables, scan_page=2, most_pages=2)
    assert records.usage_of("city") == Usage(0, 4, is_whole=False)


def test_live_customers_are_found_by_document_number(store: Store, commit: Commit) -> None:
    gone = customer(3, document_number="X 1")
    changed = customer(4, document_number="X1")
    commit(
        customer(1, document_number="x-1"),
        customer(2, document_number="X1"),
        gone,
        deleted(gone.record),
        changed,
        updated(changed.record, document_number="Y2"),
        customer(5),
    )
    assert store.records.claiming("x1", 9) == ids(1, 2)
    assert store.records.claiming("y2", 9) == ids(4)
    assert store.records.claiming("z3", 9) == []


def test_no_more_who_claim_a_number_are_read_than_are_asked_for(
    dynamodb_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DynamoStore(dynamodb_tables, "loc1")
    for number in range(5):
        store.commit(customer(number, document_number="X1"))
    read = list[int]()
    pages = Tables.pages

    def counted(*given: Any, **asked: Any) -> Iterator[dict[str, Any]]:
        for page in pages(*given, **asked):
            read.append(page["ScannedCount"])
            yield page

    monkeypatch.setattr(Tables, "pages", counted)
    assert store.records.claiming("x1", 2) == ids(0, 1)
    assert read == [2]


def test_nobody_is_asked_for_by_a_number_that_no_index_takes() -> None:
    # DynamoDB Local takes the question, AWS does not: here nothing would answer it.
    records = DynamoRecords(Tables(None, "sins-loc1-"))
    assert records.claiming("9" * (LONGEST_KEY + 1), 9) == []
