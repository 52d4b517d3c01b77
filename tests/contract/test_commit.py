"""`commit`: all of a change or nothing of it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from chalicelib.domain.change import Change, Claim, apply
from chalicelib.domain.conflict import Conflict
from chalicelib.domain.customer import MAX_CUSTOMER_BYTES, refuse_too_large
from chalicelib.domain.errors import (
    AlreadyClaimed,
    AlreadyRecorded,
    Damaged,
    SinsError,
    TooLarge,
    Unavailable,
    VersionConflict,
)
from chalicelib.domain.record import Kind, Life, Value
from chalicelib.ids import moment_of
from chalicelib.services.ports import Store
from chalicelib.storage.client import Tables
from chalicelib.storage.outbox import DAY_SECONDS
from chalicelib.storage.store import DynamoStore
from chalicelib.storage.tables import ChangeItem
from tests.contract.conftest import DynamoBackend
from tests.fakes import (
    NOW,
    customer,
    customer_id,
    definition,
    deleted,
    erased,
    event_of,
    restored,
    stamp,
    updated,
    with_claim,
)

CLAIM = Claim("caller/key", "digest", customer_id(1), expires=NOW // 1000 + 60)


def everything(store: Store) -> list[object]:
    """All that a commit can leave behind."""
    return [
        sorted(store.records.all(Kind.CUSTOMER), key=lambda record: record.id),
        sorted(store.records.all(Kind.FIELD), key=lambda record: record.id),
        sorted(store.trail.all(), key=lambda entry: entry.hash),
        store.outbox.pending(100),
        list(store.outbox.changes_since(0)),
        store.claims.get(CLAIM.key, NOW),
    ]


def refused(store: Store, change: Change, refusal: type[SinsError]) -> None:
    """The store refuses the change like this and is what it was."""
    before = everything(store)
    with pytest.raises(refusal):
        store.commit(change)
    assert everything(store) == before


def test_a_change_is_there_with_its_entry_its_message_and_its_claim(store: Store) -> None:
    change = with_claim(customer(), CLAIM)
    store.commit(change)
    assert store.records.get(Kind.CUSTOMER, customer_id(1)) == change.record
    assert store.trail.of(Kind.CUSTOMER, customer_id(1)) == [change.entry]
    [message] = store.outbox.pending(10)
    assert (message.record_id, message.origin, message.seq) == (
        customer_id(1),
        change.entry.origin,
        1,
    )
    assert [notice.id for notice in store.outbox.changes_since(0)] == [message.id]
    assert store.claims.get(CLAIM.key, NOW) == CLAIM


def test_values_come_back_as_they_were_written(store: Store) -> None:
    extra: dict[str, Value] = {
        "text": "Łukasz-Ōé 李 \U0001f600",
        "nothing": None,
        "empty": "",
        "whole": 2**53 - 1,
        "fraction": 0.1,
        "one": 1.0,
        "flag": False,
        "many": ["b", "a", "b"],
    }
    store.commit(customer(extra=extra))
    record = store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    found = {name: record.value(f"extra.{name}") for name in extra}
    assert found == extra
    assert [type(value) for value in found.values()] == [type(value) for value in extra.values()]


def test_a_record_that_is_there_cannot_be_created(store: Store) -> None:
    store.commit(customer(name="first"))
    refused(store, customer(name="second"), VersionConflict)


def test_a_record_that_is_not_there_cannot_be_replaced(store: Store) -> None:
    refused(store, updated(customer().record, name="Anne"), VersionConflict)


def test_a_change_of_a_version_that_was_replaced_leaves_nothing(store: Store) -> None:
    first = customer()
    store.commit(first)
    store.commit(updated(first.record, name="Anne"))
    late = with_claim(updated(first.record, name="Anja", now=NOW + 2), CLAIM)
    refused(store, late, VersionConflict)


def test_every_kind_of_change_follows_the_one_before(store: Store) -> None:
    created = customer()
    change = updated(created.record, name="Anne")
    hidden = deleted(change.record)
    back = restored(hidden.record, name="Anja")
    last = erased(back.record)
    for step in (created, change, hidden, back, last):
        store.commit(step)
    record = store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record == last.record
    assert (record.version, record.life.value, record.values) == (5, Life.ERASED, {})


def test_a_record_that_lost_its_place_in_its_chain_takes_no_change(store: Store) -> None:
    created = customer()
    store.commit(created)
    before = everything(store)
    with pytest.raises(Damaged):
        store.commit(updated(replace(created.record, heads={}), name="Anne"))
    assert everything(store) == before


def test_an_event_that_comes_again_is_told_from_a_conflict(store: Store) -> None:
    event = event_of(customer(location="loc2"))
    store.commit(apply(None, event, NOW))
    refused(store, apply(None, event, NOW), AlreadyRecorded)
    refused(
        store, apply(store.records.get(Kind.CUSTOMER, customer_id(1)), event, NOW), AlreadyRecorded
    )


def test_an_event_on_a_version_that_was_replaced_is_a_conflict(store: Store) -> None:
    mine = customer()
    store.commit(mine)
    theirs = event_of(updated(mine.record, location="loc2", name="Anne"))
    store.commit(updated(mine.record, name="Anja"))
    refused(store, apply(mine.record, theirs, NOW), VersionConflict)


def test_more_than_a_transaction_takes_is_refused_as_a_whole(store: Store) -> None:
    elsewhere = [event_of(customer(number, location="loc2")) for number in range(50)]
    with pytest.raises(TooLarge):
        store.commit(*(apply(None, event, NOW) for event in elsewhere))
    assert list(store.records.all(Kind.CUSTOMER)) == []
    store.commit(*(apply(None, event, NOW) for event in elsewhere[:49]))
    assert len(list(store.records.all(Kind.CUSTOMER))) == 49


@pytest.mark.parametrize("backend", ["fake", "dynamodb"], indirect=True)
def test_a_transaction_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises((ClientError, ValueError)):
        store.commit()


def test_what_announces_an_applied_event_is_kept_for_a_day(dynamodb: DynamoBackend) -> None:
    dynamodb.open().commit(apply(None, event_of(customer(location="loc2")), NOW))
    (item,) = map(ChangeItem.from_raw_data, dynamodb.tables.raw_scan(ChangeItem))
    assert item.expires_at is not None
    assert item.expires_at.timestamp() - moment_of(item.id) // 1000 >= DAY_SECONDS


def test_an_applied_event_is_announced_here_and_not_sent_on(store: Store) -> None:
    store.commit(apply(None, event_of(customer(location="loc2")), NOW))
    assert store.outbox.pending(10) == []
    assert [notice.record_id for notice in store.outbox.changes_since(0)] == [customer_id(1)]


def test_a_claim_that_was_taken_leaves_nothing_of_the_second(store: Store) -> None:
    store.commit(with_claim(customer(1), CLAIM))
    refused(store, with_claim(customer(2), CLAIM), AlreadyClaimed)


def test_an_expired_claim_can_be_taken_over(store: Store) -> None:
    store.commit(with_claim(customer(1), CLAIM))
    later = NOW + 60_000
    again = Claim(CLAIM.key, "another", customer_id(2), expires=later // 1000 + 60)
    store.commit(with_claim(customer(2, now=later), again))
    assert store.claims.get(CLAIM.key, later) == again


def test_a_claim_that_has_a_second_left_cannot_be_taken_over(store: Store) -> None:
    store.commit(with_claim(customer(1), CLAIM))
    refused(store, with_claim(customer(2, now=NOW + 59_000), CLAIM), AlreadyClaimed)


def test_a_customer_and_a_field_of_one_name_are_two_records(store: Store) -> None:
    field = definition(customer_id(1))
    store.commit(customer())
    store.commit(field)
    assert store.records.get(Kind.FIELD, customer_id(1)) == field.record
    assert len(store.trail.of(Kind.CUSTOMER, customer_id(1))) == 1
    assert len(store.trail.of(Kind.FIELD, customer_id(1))) == 1


def test_several_changes_are_written_together(store: Store) -> None:
    changes = [customer(number) for number in range(25)]
    store.commit(*changes)
    assert len(list(store.records.all(Kind.CUSTOMER))) == 25
    assert len(list(store.trail.all())) == store.outbox.depth() == 25


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_change_in_the_way_leaves_nothing_of_the_others(store: Store, position: int) -> None:
    there = event_of(customer(9, location="loc2"))
    store.commit(apply(None, there, NOW))
    known = store.records.get(Kind.CUSTOMER, customer_id(9))
    changes = [with_claim(customer(1), CLAIM), customer(2)]
    changes.insert(position, apply(known, there, NOW))
    before = everything(store)
    with pytest.raises(AlreadyRecorded):
        store.commit(*changes)
    changes[position] = customer(9)
    with pytest.raises(VersionConflict):
        store.commit(*changes)
    assert everything(store) == before


@pytest.mark.parametrize("conflicts", [1, 3])
def test_behind_conflicts_a_change_in_the_way_is_told_as_what_it_is(
    store: Store, conflicts: int
) -> None:
    noted = tuple(
        Conflict(Kind.CUSTOMER, customer_id(1), stamp(counter=number), ("name",), NOW)
        for number in range(conflicts)
    )
    there = apply(None, event_of(customer(1, location="loc2")), NOW)
    store.commit(customer(2))
    with pytest.raises(VersionConflict):
        store.commit(replace(there, conflicts=noted), customer(2, location="loc3"))


def test_changes_too_large_together_are_refused(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    many = [
        apply(None, event_of(customer(number, location="loc2", surname="x" * 190_000)), NOW)
        for number in range(25)
    ]
    with pytest.raises(TooLarge):
        store.commit(*many)
    assert list(store.records.all(Kind.CUSTOMER)) == []


def test_the_largest_customer_fits_with_the_entry_of_its_change(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    first = customer(surname="ü" * (MAX_CUSTOMER_BYTES // 2 - 30))
    refuse_too_large(first.record)
    store.commit(first)
    second = updated(first.record, surname='"' * (MAX_CUSTOMER_BYTES // 2 - 30))
    refuse_too_large(second.record)
    store.commit(second)
    assert store.records.get(Kind.CUSTOMER, customer_id(1)) == second.record


@pytest.mark.parametrize(
    "reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_a_transaction_that_meets_another_is_tried_again(moto: DynamoBackend, reason: str) -> None:
    store = store_behind(moto, cancelled(reason), times=2)
    store.commit(customer())
    assert store.outbox.depth() == 1


def test_a_record_that_stays_busy_makes_the_tables_unavailable(moto: DynamoBackend) -> None:
    store = store_behind(moto, cancelled("TransactionConflict"), times=1000)
    with pytest.raises(Unavailable):
        store.commit(customer())
    assert store.outbox.depth() == 0


def test_a_transaction_that_can_never_pass_is_not_hidden(moto: DynamoBackend) -> None:
    store = store_behind(moto, cancelled("ItemCollectionSizeLimitExceeded"), times=1)
    with pytest.raises(ClientError):
        store.commit(customer())


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_tables_that_are_overloaded_are_unavailable(moto: DynamoBackend, code: str) -> None:
    store = store_behind(moto, client_error(code), times=1)
    with pytest.raises(Unavailable):
        store.commit(customer())


def store_behind(backend: DynamoBackend, error: ClientError, times: int) -> DynamoStore:
    """A store whose first transactions fail."""
    tables = backend.tables
    return DynamoStore(Tables(FailingClient(tables.client, error, times), tables.prefix), "loc1")


class FailingClient:
    def __init__(self, client: Any, error: ClientError, times: int) -> None:
        self._client = client
        self._error = error
        self._times = times

    def transact_write_items(self, **arguments: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise self._error
        return self._client.transact_write_items(**arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def cancelled(reason: str, message: str = "") -> ClientError:
    answer = client_error("TransactionCanceledException").response
    first = {"Code": reason, "Message": message}
    reasons = {"CancellationReasons": [first, {"Code": "None"}, {"Code": "None"}]}
    return ClientError({**answer, **reasons}, "TransactWriteItems")


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "TransactWriteItems")


def test_a_key_longer_than_a_table_takes_is_refused(dynamodb: DynamoBackend) -> None:
    change = apply(None, event_of(customer(location="loc2")), NOW)
    stamp = change.entry.stamp._replace(counter=10**1100)
    refused(dynamodb.open(), replace(change, entry=replace(change.entry, stamp=stamp)), TooLarge)


def test_a_document_number_longer_than_an_index_takes_is_kept(store: Store) -> None:
    store.commit(apply(None, event_of(customer(location="loc2", document_number="7" * 3000)), NOW))
    [kept] = store.records.get_many(Kind.CUSTOMER, [customer_id(1)])
    assert kept.value("document_number") == "7" * 3000


def test_an_item_of_which_only_the_reasons_say_that_it_is_too_large_is_refused(
    moto: DynamoBackend,
) -> None:
    said = "Item size has exceeded the maximum allowed size"
    store = store_behind(moto, cancelled("ValidationError", said), times=1)
    with pytest.raises(TooLarge):
        store.commit(customer())


def test_a_record_larger_than_a_table_takes_is_refused(dynamodb: DynamoBackend) -> None:
    huge = customer(surname="x" * 410_000, location="loc2")
    refused(dynamodb.open(), apply(None, event_of(huge), NOW), TooLarge)
