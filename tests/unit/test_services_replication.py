"""The message relay and the applier."""

import json
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from chalicelib.domain.change import Change, Event
from chalicelib.domain.errors import TooLarge, Unavailable, VersionConflict
from chalicelib.domain.notes import DeadLetter, Note
from chalicelib.domain.outbox import OutboxMessage
from chalicelib.domain.record import Kind
from chalicelib.messaging.codec import encode, encode_key
from chalicelib.services.customers import patch_customer
from chalicelib.services.replication import (
    BATCH,
    FEW,
    LEASE,
    LEASE_MILLISECONDS,
    TOGETHER,
    Published,
    apply_event,
    apply_events,
    bury,
    note_applied,
    publish_pending,
)
from tests.fakes import (
    AGENT,
    NOW,
    Site,
    customer,
    customer_id,
    definition,
    entry_key,
    erased,
    event_of,
    shared,
    site,
    updated,
)


@pytest.fixture
def here() -> Site:
    return site("loc1")


def publish(here: Site, holder: str = "one") -> Published:
    return publish_pending(here.registry, here.producer, holder)


def sent_ids(here: Site) -> list[str]:
    return [event.entry.record_id for event in here.producer.sent]


def test_what_is_pending_is_sent_once_in_the_order_of_commits(here: Site) -> None:
    for change in (customer(3), customer(1), definition("city")):
        here.store.commit(change)
    assert publish(here) == Published(sent=3)
    assert publish(here) == Published()
    assert sent_ids(here) == [customer_id(3), customer_id(1), "city"]


def test_nothing_pending_is_nothing_to_note(here: Site) -> None:
    assert publish(here) == Published()
    assert here.store.system.noted(Note.RELAY) == {}


def test_many_messages_go_in_batches(here: Site) -> None:
    for number in range(BATCH + 1):
        here.store.commit(customer(number))
    assert publish(here) == Published(sent=BATCH + 1)
    assert here.producer.calls == 2
    assert here.store.outbox.depth() == 0


def test_what_the_broker_did_not_take_stays_pending(here: Site) -> None:
    for number in (1, 2, 3):
        here.store.commit(customer(number))
    refused = TimeoutError("no acknowledgement")
    here.producer.refuses = lambda e: refused if e.entry.record_id == customer_id(2) else None
    assert publish(here) == Published(2, 1, repr(refused))
    assert [m.record_id for m in here.store.outbox.pending(10)] == [customer_id(2)]
    here.producer.refuses = lambda _event: None
    assert publish(here) == Published(sent=1)
    assert sent_ids(here) == [customer_id(1), customer_id(3), customer_id(2)]


def test_what_follows_a_failed_event_of_the_same_customer_is_sent_again_behind_it(
    here: Site,
) -> None:
    first = customer()
    here.store.commit(first)
    here.store.commit(updated(first.record, name="Anne"))
    here.producer.refuses = lambda e: TimeoutError("lost") if e.entry.seq == 1 else None
    assert publish(here).failed == 1
    here.producer.refuses = lambda _event: None
    assert publish(here) == Published(sent=2)
    assert [event.entry.seq for event in here.producer.sent] == [2, 1, 2]


def test_a_batch_that_fails_is_the_last(here: Site) -> None:
    for number in range(BATCH + 1):
        here.store.commit(customer(number))
    here.producer.refuses = lambda _event: TimeoutError("away")
    assert publish(here).failed == BATCH
    assert here.producer.calls == 1


def test_what_the_index_still_shows_after_it_was_cleared_is_not_sent_again(here: Site) -> None:
    for number in range(3 * BATCH + 1):
        here.store.commit(customer(number))
    outbox = here.store.outbox
    pending, cleared = outbox.pending, list[OutboxMessage]()

    def late(limit: int) -> list[OutboxMessage]:
        """Once more as it was before what was cleared last."""
        found = [*cleared, *pending(limit)][:limit]
        cleared.clear()
        return found

    def mark_sent(messages: Sequence[OutboxMessage], now: int) -> None:
        cleared[:] = [message for message in messages if message.id in here.store.tables.unsent]
        type(outbox).mark_sent(outbox, messages, now)

    here.store.outbox.pending = late  # type: ignore[method-assign]
    here.store.outbox.mark_sent = mark_sent  # type: ignore[method-assign]
    assert publish(here) == Published(sent=3 * BATCH + 1)
    assert sent_ids(here) == [customer_id(number) for number in range(3 * BATCH + 1)]


def test_what_cannot_be_read_waits_and_keeps_nothing_from_being_sent(here: Site) -> None:
    changes = [customer(number) for number in range(BATCH + 2)]
    for change in changes:
        here.store.commit(change)
    # More than a batch of them would be all that is ever read.
    here.store.tables.torn.update(entry_key(change.entry) for change in changes[:BATCH])
    del here.store.tables.entries[entry_key(changes[BATCH].entry)]
    assert publish(here) == Published(sent=1, unreadable=BATCH + 1)
    assert sent_ids(here) == [changes[-1].record.id]
    assert here.store.outbox.depth() == BATCH + 1
    noted = here.store.system.noted(Note.RELAY)["unreadable"]
    assert (noted["at"], noted["events"]) == (here.clock(), BATCH + 1)
    here.store.tables.torn.clear()
    assert publish(here) == Published(sent=BATCH, unreadable=1)


def test_later_changes_of_a_customer_go_on_without_the_one_that_is_lost(here: Site) -> None:
    first = customer()
    here.store.commit(first)
    here.store.commit(updated(first.record, name="Anne"))
    del here.store.tables.entries[entry_key(first.entry)]
    assert publish(here) == Published(sent=1, unreadable=1)
    assert [event.entry.seq for event in here.producer.sent] == [2]


def test_what_became_of_a_run_is_noted(here: Site) -> None:
    here.store.commit(customer())
    here.producer.refuses = lambda _event: TimeoutError("away")
    publish(here)
    here.producer.refuses = lambda _event: None
    publish(here)
    noted = here.store.system.noted(Note.RELAY)
    assert noted["failed"]["reason"] == "TimeoutError('away')"
    assert noted["sent"] == {"at": here.clock(), "events": 1, "reason": ""}


def test_two_relays_do_not_run_at_once(here: Site) -> None:
    here.store.commit(customer())
    here.store.system.acquire_lease(LEASE, "other", here.clock(), here.clock() + 1)
    assert publish(here) == Published(busy=True)
    assert here.producer.calls == 0
    here.clock.advance(milliseconds=2)
    assert publish(here) == Published(sent=1)


def test_a_relay_keeps_the_others_out_for_as_long_as_it_sends(here: Site) -> None:
    for number in range(2 * BATCH + 1):
        here.store.commit(customer(number))
    send, taken = here.producer.send, list[bool]()

    def slow(events: Sequence[Event]) -> list[Exception | None]:
        here.clock.advance(milliseconds=LEASE_MILLISECONDS - 1)
        now = here.clock()
        taken.append(here.store.system.acquire_lease(LEASE, "two", now, now + 1))
        return send(events)

    here.producer.send = slow  # type: ignore[method-assign]
    assert publish(here, "one") == Published(sent=2 * BATCH + 1)
    assert taken == [False] * 3


def test_a_relay_ends_in_time_and_the_next_goes_on(here: Site) -> None:
    for number in range(2 * BATCH + 1):
        here.store.commit(customer(number))
    ended = publish_pending(here.registry, here.producer, "one", keep_going=lambda: False)
    assert ended == Published(sent=BATCH)
    assert publish(here, "two") == Published(sent=BATCH + 1)


def test_a_relay_that_ended_leaves_the_lease_to_the_next(here: Site) -> None:
    here.store.commit(customer(1))
    publish(here, "one")
    here.store.commit(customer(2))
    assert publish(here, "two") == Published(sent=1)


def test_a_relay_that_failed_leaves_the_lease_to_the_next(here: Site) -> None:
    def fail(_: Event) -> Exception | None:
        raise Unavailable("away")

    here.store.commit(customer())
    here.producer.refuses = fail
    with pytest.raises(Unavailable):
        publish(here, "one")
    here.producer.refuses = lambda _event: None
    assert publish(here, "two") == Published(sent=1)


def test_a_relay_that_took_too_long_stops_when_another_took_over(here: Site) -> None:
    for number in range(2 * BATCH):
        here.store.commit(customer(number))

    def slow(_: Event) -> None:
        here.clock.advance(milliseconds=LEASE_MILLISECONDS + 1)
        now = here.clock()
        here.store.system.acquire_lease(LEASE, "two", now, now + LEASE_MILLISECONDS)
        here.producer.refuses = lambda _event: None

    here.producer.refuses = slow
    assert publish(here, "one") == Published(busy=True)
    assert not here.store.system.acquire_lease(LEASE, "three", here.clock(), here.clock() + 1)


def test_the_latest_of_what_an_overtaken_relay_sent_is_sent_again(here: Site) -> None:
    first = customer()
    here.store.commit(first)

    def overtake(_: Event) -> None:
        here.producer.refuses = lambda _event: None
        here.clock.advance(milliseconds=LEASE_MILLISECONDS + 1)
        here.store.commit(updated(first.record, name="Anne"))
        assert publish(here, "two") == Published(sent=2)

    here.producer.refuses = overtake
    assert publish(here, "one") == Published(busy=True)
    # The older state came last: compaction would keep it.
    assert here.producer.sent[-1].record.value("name") == "Anna"
    assert publish(here, "three") == Published(sent=1)
    latest = here.producer.sent[-1]
    assert (latest.entry.seq, latest.record.value("name")) == (2, "Anne")


def test_what_restored_tables_send_takes_nobodys_place_on_the_topic() -> None:
    here, there = site(), site("loc2")
    first = customer()
    here.store.commit(first)
    # It went out before the tables were lost, and so did an erasure that they do not know.
    gone = event_of(erased(first.record))
    here.store.tables.incarnation = "00000002"
    publish(here)
    (again,) = here.producer.sent
    assert (again.entry, again.via) == (first.entry, "loc1-00000002")
    # What compaction leaves: the last of each key.
    kept = {encode_key(event): event for event in (event_of(first), gone, again)}
    assert list(kept.values()) == [gone, again]
    apply_events(list(kept.values()), there.registry)
    assert there.store.tables.records[Kind.CUSTOMER, first.record.id].is_erased


def test_an_overtaken_relay_leaves_to_repair_what_it_sent_of_a_damaged_record(here: Site) -> None:
    change = customer()
    here.store.commit(change)

    def overtake(_: Event) -> None:
        here.store.system.release_lease(LEASE, "one")
        here.store.tables.unreadable.add((Kind.CUSTOMER, change.record.id))

    here.producer.refuses = overtake
    assert publish(here, "one") == Published(busy=True)


def test_what_an_overtaken_relay_sent_of_restored_tables_is_sent_again_by_origin() -> None:
    here = site()
    first = customer()
    second = updated(first.record, name="Anne")
    here.store.commit(first)
    here.store.commit(second)
    here.store.tables.incarnation = "00000002"
    assert here.store.origin == "loc1-00000002"
    patch_customer(first.record.id, {"dob": "1980-01-31"}, AGENT, here.registry)

    def overtake(_: Event) -> None:
        here.producer.refuses = lambda _event: None
        here.clock.advance(milliseconds=LEASE_MILLISECONDS + 1)
        assert publish(here, "two") == Published(sent=3)

    here.producer.refuses = overtake
    assert publish(here, "one") == Published(busy=True)
    here.producer.sent.clear()
    assert publish(here, "three") == Published(sent=2)
    sent = [(event.entry.origin, event.entry.seq) for event in here.producer.sent]
    assert sent == [("loc1-00000001", 2), ("loc1-00000002", 1)]


def test_an_event_that_is_sent_carries_the_record_of_now(here: Site) -> None:
    first = customer()
    second = updated(first.record, name="Anne")
    here.store.commit(first)
    here.store.commit(second)
    publish(here)
    assert [event.entry.seq for event in here.producer.sent] == [1, 2]
    assert [shared(event.record) for event in here.producer.sent] == [shared(second.record)] * 2
    # In nobody else's name: an event has its own place on the topic.
    assert [event.via for event in here.producer.sent] == ["", ""]


def test_an_event_of_another_location_is_applied_once(here: Site) -> None:
    event = event_of(customer(location="loc2"))
    assert apply_event(event, here.registry)
    assert not apply_event(event, here.registry)
    assert here.store.records.get(Kind.CUSTOMER, customer_id(1)) is not None
    assert len(here.store.trail.of(Kind.CUSTOMER, customer_id(1))) == 1


def test_an_applied_event_is_not_sent_on(here: Site) -> None:
    apply_event(event_of(customer(location="loc2")), here.registry)
    assert publish(here) == Published()


def test_an_event_of_its_own_is_left_alone(here: Site) -> None:
    change = customer(location="loc1")
    assert not apply_event(event_of(change), here.registry)
    assert here.store.records.get(Kind.CUSTOMER, customer_id(1)) is None


def test_an_event_from_before_the_tables_were_lost_is_applied(here: Site) -> None:
    there = site("loc1")
    there.store.tables.incarnation = "00000002"
    assert apply_event(event_of(customer(location="loc1")), there.registry)


def test_an_event_that_a_writer_overtakes_is_merged_with_what_was_written(here: Site) -> None:
    first = customer()
    here.store.commit(first)
    theirs = event_of(updated(first.record, location="loc2", surname="Theirs"))

    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        here.store.commit(updated(first.record, name="Mine"))

    here.store.before_commit = other
    assert apply_event(theirs, here.registry)
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    assert (record.value("surname"), record.value("name")) == ("Theirs", "Mine")


def test_an_event_that_others_always_overtake_comes_again(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(_: Change) -> None:
        raise VersionConflict("somebody was first")

    monkeypatch.setattr("chalicelib.services.writing.ATTEMPTS", 2)
    here.store.before_commit = conflict
    with pytest.raises(Unavailable):
        apply_event(event_of(customer(location="loc2")), here.registry)


def created_there(numbers: range) -> list[Event]:
    return [event_of(customer(number, location="loc2")) for number in numbers]


def counted(here: Site) -> list[int]:
    """How many changes each transaction is tried with from now on."""
    commits: list[int] = []
    here.store.before_transaction = lambda changes: commits.append(len(changes))
    return commits


def test_events_of_different_records_share_a_transaction(here: Site) -> None:
    commits = counted(here)
    assert apply_events(created_there(range(TOGETHER + 1)), here.registry) == [True] * (
        TOGETHER + 1
    )
    assert commits == [TOGETHER, 1]


def test_events_of_one_record_are_applied_in_their_order(here: Site) -> None:
    first = customer(1, location="loc2")
    second = updated(first.record, location="loc2", name="Anne")
    other = customer(2, location="loc2")
    events = [event_of(change) for change in (first, other, second)]
    assert apply_events(events, here.registry) == [True, True, True]
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    assert (record.version, record.value("name")) == (2, "Anne")


def test_a_second_event_of_a_record_does_not_part_the_others(here: Site) -> None:
    first = customer(1, location="loc2")
    second = updated(first.record, location="loc2", name="Anne")
    commits = counted(here)
    events = [event_of(first), event_of(second), *created_there(range(2, 5))]
    assert apply_events(events, here.registry) == [True] * 5
    assert commits == [4, 1]


def in_conflict(here: Site, numbers: range) -> list[Event]:
    """Events that replace values which others have replaced here."""
    events = []
    for number in numbers:
        first = customer(number, location="loc2")
        assert apply_event(event_of(first), here.registry)
        record = here.store.records.get(Kind.CUSTOMER, customer_id(number))
        assert record is not None
        here.store.commit(updated(record, name="Ann"))
        later = updated(first.record, first.entry.stamp.wall + 1, "loc2", name="Anne")
        events.append(event_of(later))
    return events


def test_an_event_that_is_in_conflict_is_applied_with_the_others(here: Site) -> None:
    events = [*in_conflict(here, range(1)), *created_there(range(1, 5))]
    commits = counted(here)
    assert apply_events(events, here.registry) == [True] * 5
    assert commits == [5]
    assert len(here.store.system.conflicts("", 10).items) == 1


def test_more_conflicts_than_a_transaction_takes_are_shared_among_two(here: Site) -> None:
    events = in_conflict(here, range(TOGETHER))
    commits = counted(here)
    assert apply_events(events, here.registry) == [True] * TOGETHER
    assert commits == [TOGETHER, TOGETHER // 2, TOGETHER - TOGETHER // 2]
    assert len(here.store.system.conflicts("", 100).items) == TOGETHER


def test_one_event_in_the_way_keeps_few_others_back(here: Site) -> None:
    def refuse(change: Change) -> None:
        if change.record.id == customer_id(2):
            raise TooLarge("larger than a table takes")

    here.store.before_commit = refuse
    commits = counted(here)
    outcomes = apply_events(created_there(range(2 * FEW)), here.registry)
    assert [outcome is True for outcome in outcomes] == [number != 2 for number in range(2 * FEW)]
    assert commits == [2 * FEW, FEW, FEW, *[1] * FEW]


def test_a_known_event_and_one_of_its_own_do_not_keep_the_others_out(here: Site) -> None:
    known, *fresh = created_there(range(1, 4))
    assert apply_event(known, here.registry)
    own = event_of(customer(9, location="loc1"))
    events = [fresh[0], known, own, fresh[1]]
    assert apply_events(events, here.registry) == [True, False, False, True]
    assert apply_events(events, here.registry) == [False] * 4
    assert here.store.records.get(Kind.CUSTOMER, customer_id(9)) is None


def test_a_writer_who_overtakes_one_of_several_events_keeps_none_out(here: Site) -> None:
    first = customer()
    here.store.commit(first)
    theirs = event_of(updated(first.record, location="loc2", surname="Theirs"))

    def other(_: Sequence[Change]) -> None:
        here.store.before_transaction = lambda _changes: None
        here.store.commit(updated(first.record, name="Mine"))

    here.store.before_transaction = other
    assert apply_events([theirs, *created_there(range(2, 4))], here.registry) == [True] * 3


def test_an_event_whose_row_was_lost_keeps_no_other_out(here: Site) -> None:
    known, fresh = created_there(range(1, 3))
    assert apply_event(known, here.registry)
    del here.store.tables.records[Kind.CUSTOMER, known.record.id]
    assert apply_events([known, fresh], here.registry) == [False, True]


def test_events_that_came_before_are_not_written_again(here: Site) -> None:
    events = created_there(range(TOGETHER))
    assert apply_events(events, here.registry) == [True] * TOGETHER
    commits = counted(here)
    assert apply_events(events, here.registry) == [False] * TOGETHER
    assert commits == []


def test_only_own_events_are_nothing_to_commit(here: Site) -> None:
    assert apply_events([event_of(customer(location="loc1"))], here.registry) == [False]


def test_an_event_too_large_is_named_and_the_others_are_applied(here: Site) -> None:
    def refuse(change: Change) -> None:
        if change.record.id == customer_id(2):
            raise TooLarge("larger than a table takes")

    here.store.before_commit = refuse
    one, two, three = apply_events(created_there(range(1, 4)), here.registry)
    assert (one, three) == (True, True)
    assert isinstance(two, TooLarge)


def test_the_last_event_of_each_origin_is_noted(here: Site) -> None:
    first = customer(location="loc2")
    second = updated(first.record, first.entry.stamp.wall + 400, "loc2", name="Anne")
    field = definition("city", location="loc3")
    here.clock.advance(seconds=1)
    note_applied([event_of(c) for c in (first, second, field)], here.registry)
    noted = here.store.system.noted(Note.APPLIED)
    assert noted["loc2-00000001"] == {
        "at": here.clock(),
        "lag_ms": 600,
        "id": f"{customer_id(1)}/loc2-00000001/2",
    }
    assert noted["loc3-00000001"]["lag_ms"] == 1000
    # As the event is called on the topic.
    assert noted["loc3-00000001"]["id"] == json.loads(encode(event_of(field)))["id"]


def test_a_clock_that_is_behind_gives_no_negative_lag(here: Site) -> None:
    note_applied([event_of(customer(now=here.clock() + 5000, location="loc2"))], here.registry)
    assert here.store.system.noted(Note.APPLIED)["loc2-00000001"]["lag_ms"] == 0


def test_what_cannot_be_applied_is_kept(here: Site) -> None:
    letter = DeadLetter("sins.customers", 0, 7, b"key", b"\xff", "no JSON", here.clock(), 1)
    bury(letter, here.registry)
    assert here.store.system.dead_letters("", 10).items == [letter]


def test_what_is_sent_again_brings_a_state_that_its_entry_does_not_tell(here: Site) -> None:
    created = customer(1, location="loc2")
    leaked = updated(created.record, now=NOW + 1, location="loc2", name="Leaked")
    apply_event(event_of(created), here.registry)
    known = replace(event_of(created), record=event_of(leaked).record)
    assert not apply_event(known, here.registry)
    assert apply_event(replace(known, via="loc3-00000001"), here.registry)
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    assert record.value("name") == "Leaked"
    assert not apply_event(replace(known, via="loc3-00000001"), here.registry)


def test_so_it_does_where_it_comes_with_others(here: Site) -> None:
    created = [customer(number, location="loc2") for number in (1, 2)]
    apply_events([event_of(change) for change in created], here.registry)
    leaked = [updated(change.record, location="loc2", name="Leaked") for change in created]
    again = [
        Event(old.entry, event_of(new).record, via="loc3-00000001")
        for old, new in zip(created, leaked, strict=True)
    ]
    assert apply_events(again, here.registry) == [True, True]
    found = here.store.records.get_many(Kind.CUSTOMER, [change.record.id for change in created])
    assert [record.value("name") for record in found] == ["Leaked", "Leaked"]


def test_a_lost_row_comes_back_with_what_is_sent_again(here: Site) -> None:
    created = customer(1, location="loc2")
    apply_event(event_of(created), here.registry)
    lost = here.store.tables.records.pop((Kind.CUSTOMER, customer_id(1)))
    assert not apply_event(event_of(created), here.registry)
    assert apply_event(replace(event_of(created), via="loc3-00000001"), here.registry)
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    # It knows its place in the chain that is there still.
    assert record.heads.items() >= lost.heads.items()


def test_what_was_written_here_and_lost_comes_back_from_another_location(here: Site) -> None:
    event = event_of(customer(1, location="loc1"))
    assert not apply_event(event, here.registry)
    assert apply_event(replace(event, via="loc3-00000001"), here.registry)
    # What this location sends again itself is no news to it.
    again = replace(event_of(customer(2, location="loc1")), via=here.store.origin)
    assert not apply_event(again, here.registry)
