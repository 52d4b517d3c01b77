"""Reading the audit trail."""

import json
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

from chalicelib.domain.audit import AuditEntry, AuditFilter, entry_to_document, first_fault
from chalicelib.domain.change import Change, apply
from chalicelib.domain.record import Kind
from chalicelib.services.ports import Store
from chalicelib.storage.client import Tables
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import AuditItem
from chalicelib.storage.trail import DynamoAuditTrail, audit_key
from tests.contract.conftest import Backend, DynamoBackend, walk
from tests.fakes import (
    AGENT,
    NOW,
    PROVIDER,
    customer,
    customer_id,
    definition,
    deleted,
    event_of,
    updated,
    written_by,
)

Commit = Callable[..., None]
ANY = AuditFilter()


def moments(entries: Iterable[AuditEntry]) -> list[int]:
    return [entry.stamp.wall - NOW for entry in entries]


def many_changes(count: int) -> list[Change]:
    """One customer, changed again and again, a millisecond apart."""
    changes = [customer(now=NOW)]
    for number in range(1, count):
        changes.append(updated(changes[-1].record, NOW + number, name=f"name {number}"))
    return changes


def test_a_trail_has_the_order_of_stamps_whatever_came_first(store: Store, commit: Commit) -> None:
    mine = customer(now=NOW)
    theirs = event_of(updated(mine.record, NOW + 5, "loc2", name="theirs"))
    later = updated(mine.record, NOW + 9, name="mine")
    commit(mine, later, apply(later.record, theirs, NOW))
    assert moments(store.trail.of(Kind.CUSTOMER, customer_id(1))) == [0, 5, 9]


def test_a_trail_is_of_one_record(store: Store, commit: Commit) -> None:
    commit(customer(1), customer(2), definition("city"))
    assert len(store.trail.of(Kind.CUSTOMER, customer_id(1))) == 1
    assert len(store.trail.of(Kind.FIELD, "city")) == 1
    assert store.trail.of(Kind.CUSTOMER, "city") == []


def test_a_chain_is_read_in_the_order_of_its_numbers(store: Store, commit: Commit) -> None:
    changes = many_changes(12)
    commit(*changes)
    entries = list(store.trail.all())
    assert [entry.seq for entry in entries] == list(range(1, 13))
    head = changes[-1].record.heads[changes[0].entry.origin]
    assert first_fault(entries, head) is None


def test_chains_do_not_run_into_each_other(store: Store, commit: Commit) -> None:
    first, second = customer(1), customer(2)
    theirs = event_of(updated(first.record, NOW + 1, "loc2", name="theirs"))
    commit(first, second, apply(first.record, theirs, NOW), deleted(second.record), definition())
    chains = [(entry.kind, entry.record_id, entry.origin) for entry in store.trail.all()]
    changed = sum(one != other for one, other in pairwise(chains))
    assert changed == len(set(chains)) - 1


def test_the_newest_entries_come_first(store: Store, commit: Commit) -> None:
    commit(customer(1, NOW + 10), definition("city", NOW + 30), customer(2, NOW + 20))
    assert moments(store.trail.newest(ANY, "", 10).items) == [30, 20, 10]
    assert store.trail.newest(ANY, "", 10).next == ""


def test_of_one_millisecond_the_last_change_is_the_newest(store: Store, commit: Commit) -> None:
    changes = [customer(now=NOW)]
    for number in range(1, 12):
        changes.append(updated(changes[-1].record, NOW, name=f"name {number}"))
    commit(*changes)
    assert [entry.seq for entry in walk(store.trail, ANY, 5)] == list(range(12, 0, -1))


def test_pages_of_entries_neither_skip_nor_repeat(store: Store, commit: Commit) -> None:
    commit(*many_changes(7), *(customer(number, NOW) for number in range(2, 6)))
    for limit in (1, 3, 11, 50):
        found = walk(store.trail, ANY, limit)
        assert len({entry.hash for entry in found}) == len(found) == 11
        assert moments(found) == sorted(moments(found), reverse=True)


def test_entries_are_found_by_actor_and_action(store: Store, commit: Commit) -> None:
    first = customer(1)
    commit(first, written_by(PROVIDER, definition()), deleted(first.record))
    by_admin = store.trail.newest(AuditFilter(actor=PROVIDER.actor), "", 10).items
    assert [entry.record_id for entry in by_admin] == ["city"]
    deletions = store.trail.newest(AuditFilter(action="delete"), "", 10).items
    assert [entry.record_id for entry in deletions] == [customer_id(1)]
    assert store.trail.newest(AuditFilter(PROVIDER.actor, "delete"), "", 10).items == []
    both = AuditFilter(AGENT.actor, "create")
    assert [entry.record_id for entry in store.trail.newest(both, "", 10).items] == [customer_id(1)]


def test_a_filtered_walk_finds_what_lies_between_others(store: Store, commit: Commit) -> None:
    commit(*many_changes(6))
    commit(written_by(PROVIDER, definition("old", NOW - 1)))
    commit(written_by(PROVIDER, definition("new", NOW + 9)))
    found = walk(store.trail, AuditFilter(actor=PROVIDER.actor), 1)
    assert [entry.record_id for entry in found] == ["new", "old"]


def test_a_page_looks_through_few_that_do_not_fit_and_a_walk_misses_none(
    dynamodb_tables: Tables,
) -> None:
    store = DynamoStore(dynamodb_tables, "loc1")
    rare = [written_by(PROVIDER, customer(90 + n, NOW + 7 * n)) for n in range(4)]
    for change in (*many_changes(30), *rare):
        store.commit(change)
    trail = DynamoAuditTrail(dynamodb_tables, most_passed=2)
    wanted = AuditFilter(actor=PROVIDER.actor)
    assert trail.newest(wanted, "", 10).next
    for limit in (1, 3, 10):
        found = walk(trail, wanted, limit)
        assert [entry.record_id for entry in found] == [customer_id(90 + n) for n in (3, 2, 1, 0)]


def test_an_entry_is_there_whether_it_can_be_read_or_not(backend: Backend) -> None:
    store = backend.open()
    kept, torn, never = customer(1), customer(2), customer(3)
    for change in (kept, torn):
        store.commit(change)
    backend.tear_entry(torn.entry)
    asked = [one.entry for one in (never, torn, kept, kept)]
    assert store.trail.are_there(asked) == [False, True, True, True]
    assert store.trail.are_there([]) == []


def test_both_ends_of_a_time_belong_to_it(store: Store, commit: Commit) -> None:
    commit(*many_changes(5))
    found = walk(store.trail, AuditFilter(since=NOW + 1, until=NOW + 3), 2)
    assert moments(found) == [3, 2, 1]
    assert moments(walk(store.trail, AuditFilter(since=NOW + 4), 2)) == [4]
    assert moments(walk(store.trail, AuditFilter(until=NOW), 2)) == [0]


def test_a_time_that_ends_before_the_page_begins_is_what_counts(
    store: Store, commit: Commit
) -> None:
    commit(*many_changes(5))
    first = store.trail.newest(ANY, "", 2)
    for until, found in ((NOW + 1, [1, 0]), (NOW + 9, [2, 1, 0])):
        page = store.trail.newest(AuditFilter(until=until), first.next, 10)
        assert moments(page.items) == found


def test_a_time_in_which_nothing_happened_is_empty(store: Store, commit: Commit) -> None:
    commit(*many_changes(2))
    for wanted in (
        AuditFilter(since=NOW + 2, until=NOW + 1),
        AuditFilter(since=NOW + 1_000),
        AuditFilter(until=-1_000),
        AuditFilter(since=-2_000, until=-1_000),
        AuditFilter(since=999_999_999_999_999),
    ):
        assert store.trail.newest(wanted, "", 10).items == []


@pytest.mark.parametrize("spoil", ["tear_entry", "lose_entry"])
def test_an_entry_that_is_torn_or_lost_keeps_nobody_from_the_others(
    backend: Backend, spoil: str
) -> None:
    store, changes = backend.open(), many_changes(4)
    for change in changes:
        store.commit(change)
    getattr(backend, spoil)(changes[1].entry)
    assert moments(store.trail.of(Kind.CUSTOMER, customer_id(1))) == [0, 2, 3]
    assert moments(store.trail.all()) == [0, 2, 3]
    assert moments(walk(store.trail, ANY, 2)) == [3, 2, 0]


def test_a_page_says_how_many_of_its_entries_cannot_be_read(backend: Backend) -> None:
    store, changes = backend.open(), many_changes(4)
    for change in changes:
        store.commit(change)
    backend.tear_entry(changes[1].entry)
    first = store.trail.newest(ANY, "", 2)
    second = store.trail.newest(ANY, first.next, 2)
    assert (moments(first.items), first.missing) == ([3, 2], 0)
    assert (moments(second.items), second.missing) == ([0], 1)


def test_what_is_no_entry_of_its_place_cannot_be_read(
    dynamodb: Backend, heard: pytest.LogCaptureFixture
) -> None:
    store, (first, second, *_) = dynamodb.open(), many_changes(2)
    store.commit(first)
    store.commit(second)
    document = entry_to_document(second.entry)
    for wrong in (
        "",
        "[]",
        json.dumps({**document, "seq": "2"}),
        json.dumps({**document, "seq": None}),
        json.dumps({**document, "record_id": customer_id(2)}),
        json.dumps({**document, "request_id": "\ud800"}),
    ):
        heard.clear()
        dynamodb.tear_entry(second.entry, wrong)
        assert store.trail.of(Kind.CUSTOMER, customer_id(1)) == [first.entry]
        [line] = heard.messages
        assert f"{second.entry.origin}#0000000002 of {customer_id(1)}" in line


def test_a_row_that_holds_no_entry_keeps_nobody_from_the_others(dynamodb: DynamoBackend) -> None:
    store, (first, second) = dynamodb.open(), many_changes(2)
    store.commit(first)
    empty = audit_key(Kind.CUSTOMER, customer_id(1), second.entry.origin, second.entry.seq)
    dynamodb.tables.call("put_item", TableName=dynamodb.tables.name(AuditItem), Item=empty)
    assert store.trail.of(Kind.CUSTOMER, customer_id(1)) == [first.entry]


def test_a_time_before_1970_is_before_everything(store: Store, commit: Commit) -> None:
    commit(*many_changes(2))
    assert moments(store.trail.newest(AuditFilter(since=-1_000), "", 10).items) == [1, 0]


def test_a_position_that_no_page_gave_is_no_failure(store: Store, commit: Commit) -> None:
    commit(customer())
    assert store.trail.newest(ANY, "!", 10).items == []
