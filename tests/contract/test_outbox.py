"""What the relay has to send, and what a search index has yet to read."""

import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.change import apply
from chalicelib.domain.record import Kind
from chalicelib.services.ports import Store
from chalicelib.services.registry import wall_clock
from chalicelib.storage.client import expiry
from chalicelib.storage.outbox import DAY_SECONDS
from chalicelib.storage.tables import ChangeItem
from tests.contract.conftest import Backend, DynamoBackend
from tests.fakes import NOW, customer, customer_id, definition, event_of, updated

Commit = Callable[..., None]


def pending_ids(store: Store, limit: int = 100) -> list[str]:
    return [message.record_id for message in store.outbox.pending(limit)]


def changed_ids(store: Store, since: int) -> list[str]:
    return [notice.record_id for notice in store.outbox.changes_since(since)]


def test_the_oldest_messages_are_pending_first(store: Store, commit: Commit) -> None:
    commit(customer(3), customer(1), definition("city"), customer(2))
    everything = [customer_id(3), customer_id(1), "city", customer_id(2)]
    assert pending_ids(store) == everything
    assert pending_ids(store, 2) == everything[:2]


def test_what_was_sent_is_pending_no_more(store: Store, commit: Commit) -> None:
    commit(customer(1), customer(2), customer(3))
    messages = store.outbox.pending(10)
    store.outbox.mark_sent([messages[0], messages[2]], NOW)
    assert store.outbox.pending(10) == [messages[1]]
    assert store.outbox.depth() == 1


def test_what_was_sent_may_be_marked_again(store: Store, commit: Commit) -> None:
    commit(customer())
    messages = store.outbox.pending(10)
    store.outbox.mark_sent(messages, NOW)
    store.outbox.mark_sent(messages, NOW)
    store.outbox.mark_sent([], NOW)
    assert store.outbox.depth() == 0


def test_what_was_sent_may_have_to_be_sent_again(store: Store, commit: Commit) -> None:
    commit(customer(1), customer(2))
    first, second = store.outbox.pending(10)
    store.outbox.mark_sent([first], NOW)
    # Ids tell wall time: those of real tables are of today.
    later = wall_clock() + 1000
    store.outbox.add_again([first], later)
    store.outbox.add_again([second], later + 1)
    store.outbox.add_again([], later)
    waiting = store.outbox.pending(10)
    assert waiting == [second, replace(first, id=waiting[1].id), replace(second, id=waiting[2].id)]
    assert len({first.id, *(message.id for message in waiting)}) == 4


def test_more_can_be_sent_than_one_request_may_mark(store: Store, commit: Commit) -> None:
    commit(*(customer(number) for number in range(28)))
    assert store.outbox.depth() == 28
    store.outbox.mark_sent(store.outbox.pending(100), NOW)
    assert store.outbox.depth() == 0


def test_a_message_is_kept_while_it_waits_and_a_day_after_it_was_sent(
    dynamodb: DynamoBackend,
) -> None:
    store = dynamodb.open()
    for number in (1, 2):
        store.commit(customer(number))
    sent, waiting = store.outbox.pending(10)
    store.outbox.mark_sent([sent], NOW)
    store.outbox.add_again([sent], NOW)
    items = [*map(ChangeItem.from_raw_data, dynamodb.tables.raw_scan(ChangeItem))]
    ends = {item.id: item.expires_at for item in items}
    assert ends.pop(sent.id) == expiry(NOW // 1000 + DAY_SECONDS)
    assert waiting.id in ends
    assert [*ends.values()] == [None, None]


def test_what_was_sent_can_still_be_read_by_an_index(store: Store, commit: Commit) -> None:
    commit(customer())
    store.outbox.mark_sent(store.outbox.pending(10), wall_clock())
    assert changed_ids(store, 0) == [customer_id(1)]


def test_events_carry_the_entry_and_the_record(store: Store, commit: Commit) -> None:
    first, field = customer(), definition()
    second = updated(first.record, name="Anne")
    commit(first, field, second)
    events = list(store.outbox.events(store.outbox.pending(10)).values())
    assert [event.entry for event in events] == [first.entry, field.entry, second.entry]
    assert [event.record.id for event in events] == [customer_id(1), "city", customer_id(1)]
    assert events[-1].record == second.record


def test_an_event_of_a_lost_record_is_told_by_its_trail(backend: Backend) -> None:
    store, created = backend.open(), customer()
    store.commit(created)
    store.commit(updated(created.record, name="Anne"))
    backend.lose(created.record)
    first, second = store.outbox.events(store.outbox.pending(10)).values()
    assert (first.entry, second.record.value("name")) == (created.entry, "Anne")


def test_events_come_in_the_order_of_their_messages(store: Store, commit: Commit) -> None:
    commit(customer(1), definition("city"), customer(2))
    one, two, three = store.outbox.pending(10)
    events = store.outbox.events([three, one, two])
    assert list(events) == [three, one, two]
    ids = [event.entry.record_id for event in events.values()]
    assert ids == [customer_id(2), customer_id(1), "city"]
    assert store.outbox.events([]) == {}


def test_two_messages_of_one_entry_have_the_same_event(store: Store, commit: Commit) -> None:
    commit(customer())
    store.outbox.add_again(store.outbox.pending(10), wall_clock())
    first, again = store.outbox.events(store.outbox.pending(10)).values()
    assert first == again


@pytest.mark.parametrize("spoil", ["tear_entry", "lose_entry"])
def test_an_entry_that_is_torn_or_lost_keeps_no_other_from_being_sent(
    backend: Backend, spoil: str
) -> None:
    store, spoiled, sound = backend.open(), customer(1), customer(2)
    store.commit(spoiled)
    store.commit(sound)
    getattr(backend, spoil)(spoiled.entry)
    [event] = store.outbox.events(store.outbox.pending(10)).values()
    assert event.entry == sound.entry
    assert store.outbox.depth() == 2


def test_the_log_names_the_entry_for_which_a_message_waits(
    dynamodb: DynamoBackend, heard: pytest.LogCaptureFixture
) -> None:
    store, lost = dynamodb.open(), customer()
    store.commit(lost)
    dynamodb.lose_entry(lost.entry)
    heard.clear()
    assert store.outbox.events(store.outbox.pending(10)) == {}
    [line] = heard.messages
    assert f"entry {lost.entry.origin}#0000000001 of {customer_id(1)} waits" in line


def test_of_a_lost_record_whose_trail_has_a_gap_there_is_nothing_to_send(backend: Backend) -> None:
    store, created = backend.open(), customer()
    store.commit(created)
    store.commit(updated(created.record, name="Anne"))
    backend.lose(created.record)
    backend.lose_entry(created.entry)
    assert store.outbox.events(store.outbox.pending(10)) == {}


def test_changes_since_a_moment_leave_out_what_came_before(store: Store, commit: Commit) -> None:
    commit(customer(1))
    time.sleep(0.005)
    moment = wall_clock()
    commit(
        customer(2), apply(None, event_of(customer(3, location="loc2")), NOW), definition("city")
    )
    assert changed_ids(store, moment) == [customer_id(2), customer_id(3), "city"]
    notices = list(store.outbox.changes_since(moment))
    assert notices[-1].kind is Kind.FIELD
    assert all(one.is_in(store.records.get(one.kind, one.record_id)) for one in notices)
    assert changed_ids(store, wall_clock() + 1000) == []


def test_what_was_applied_in_one_transaction_is_noticed_whole(store: Store) -> None:
    elsewhere = [event_of(customer(2, location="loc2")), event_of(customer(1, location="loc2"))]
    store.commit(*(apply(None, event, NOW) for event in elsewhere))
    assert changed_ids(store, 0) == [customer_id(2), customer_id(1)]
    assert store.outbox.depth() == 0


def test_changes_have_the_time_of_their_commit_and_not_of_their_stamp(
    store: Store, commit: Commit
) -> None:
    moment = wall_clock()
    commit(customer(1, now=moment - 1_000_000), customer(2, now=moment + 1_000_000))
    assert changed_ids(store, moment) == [customer_id(1), customer_id(2)]
