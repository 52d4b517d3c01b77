"""Between locations: sending what was committed here, applying what was committed elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import change as changes
from chalicelib.domain.audit import OWN_ACTOR, AuditEntry, Caller
from chalicelib.domain.change import Event
from chalicelib.domain.errors import AlreadyRecorded, Damaged, TooLarge, VersionConflict
from chalicelib.domain.notes import DeadLetter, Fact, Note
from chalicelib.domain.outbox import OutboxMessage
from chalicelib.domain.record import Kind, Record, merge, record_to_document
from chalicelib.domain.replay import ends_of
from chalicelib.services.ports import Producer
from chalicelib.services.registry import Registry
from chalicelib.services.writing import until_committed

BATCH = 100
LEASE = "relay"
# Longer than a batch may take: a broker that does not answer is given up after seconds.
LEASE_MILLISECONDS = 30_000
# Two items each and one for all, of the hundred that a transaction may hold; the rest is for
# conflicts.
TOGETHER = 40
# So many are not halved any more to find the one that is in the way.
FEW = 8
# An event this old that is applied only now tells that there are more.
OLD_MILLISECONDS = 10_000

# What became of an event: applied, known, or why it can never be applied.
Outcome = bool | TooLarge


class Published(Struct, frozen=True):
    """What one run of the relay did; `busy` where another one held the lease.

    `unreadable` is how many messages point to an entry that is missing or cannot be read.
    """

    sent: int = 0
    failed: int = 0
    reason: str = ""
    busy: bool = False
    unreadable: int = 0


def publish_pending(
    registry: Registry,
    producer: Producer,
    holder: str,
    keep_going: Callable[[], bool] = lambda: True,
) -> Published:
    """Sends every pending message and clears those that the broker acknowledged.

    Reads from the start each time, because the order of commits is not the order of keys. Stops
    where it may not keep going, and at the first batch that fails; what was not acknowledged stays
    pending, as does what cannot be read: that keeps nothing else. Stops too where another relay
    took over, and has the latest of what it sent itself sent once more.
    """
    if not _hold_lease(registry, holder):
        return Published(busy=True)
    try:
        published = _drain(registry, producer, holder, keep_going)
    finally:
        registry.store.system.release_lease(LEASE, holder)
    _note(published, registry)
    return published


def end_lease(registry: Registry) -> None:
    """Lets the next run of the relay begin at once, where the one at work is known to be dead."""
    registry.store.system.end_lease(LEASE)


def apply_events(events: Sequence[Event], registry: Registry) -> list[Outcome]:
    """Merges the events of other locations into this one, those of one record in their order.

    For each event True, False where it was known already or comes from here, or why it can never
    be applied.
    """
    outcomes: dict[int, Outcome] = {}
    for places in _of_different_records(events):
        together = _apply_together([events[place] for place in places], registry)
        outcomes.update(zip(places, together, strict=True))
    return [outcomes[place] for place in range(len(events))]


def apply_event(event: Event, registry: Registry) -> bool:
    """Merges another location's event into this one; False where it was known already."""
    if not _is_foreign(event, registry):
        return False
    entry = event.entry

    def step() -> bool:
        record, version = registry.stored(entry.kind, entry.record_id)
        registry.store.commit(changes.apply(record, event, registry.clock(), version))
        return True

    try:
        return until_committed(step)
    except AlreadyRecorded:
        return bool(event.via) and until_committed(lambda: _take_state(event, registry))


def bury(letter: DeadLetter, registry: Registry) -> None:
    """Keeps a record of the topic that cannot be applied, so that the partition goes on."""
    registry.store.system.add_dead_letter(letter)


def note_applied(events: Sequence[Event], registry: Registry) -> int:
    """Notes for each origin the last event and how late it was applied, and that any was old.

    The longest that any of them took from its commit, in milliseconds.
    """
    now = registry.clock()
    longest = max(_lag(event, now) for event in events)
    facts: dict[str, Fact] = {
        event.entry.origin: {"at": now, "lag_ms": _lag(event, now), "id": event.id}
        for event in events
    }
    registry.store.system.note(Note.APPLIED, facts)
    if longest > OLD_MILLISECONDS:
        # By itself: the next event of an origin may be a new one, of another partition.
        registry.store.system.note(Note.BEHIND, {"all": {"at": now}})
    return longest


def _lag(event: Event, now: int) -> int:
    return max(0, now - event.entry.stamp.wall)


def _of_different_records(events: Sequence[Event]) -> Iterator[Sequence[int]]:
    """The places of the events, cut so that a transaction can hold each piece.

    First the first event of each record, then the second ones: among different records the order
    does not matter.
    """
    rounds: dict[int, list[int]] = defaultdict(list)
    passed: Counter[str] = Counter()
    for place, event in enumerate(events):
        rounds[passed[event.entry.record_id]].append(place)
        passed[event.entry.record_id] += 1
    for places in rounds.values():
        for start in range(0, len(places), TOGETHER):
            yield places[start : start + TOGETHER]


def _apply_together(events: Sequence[Event], registry: Registry) -> list[Outcome]:
    """What is news in one transaction, and one after the other what needs a closer look."""
    if len(events) == 1:
        return [_apply_alone(events[0], registry)]
    foreign = [event for event in events if _is_foreign(event, registry)]
    taken = _apply_news(foreign, registry)
    known = _known_already([one for one in foreign if one.entry.record_id not in taken], registry)
    return [
        event.entry.record_id in taken
        or (event.entry.record_id not in known and _apply_alone(event, registry))
        for event in events
    ]


def _known_already(events: Sequence[Event], registry: Registry) -> set[str]:
    """The records whose event came before, and tells nothing beyond its entry.

    A topic that is read anew has little else, and to find it out by a transaction costs ten times
    as much.
    """
    told = [event for event in events if not event.via]
    are_there = registry.store.trail.are_there([event.entry for event in told])
    return {one.entry.record_id for one, is_there in zip(told, are_there, strict=True) if is_there}


def _apply_news(events: Sequence[Event], registry: Registry) -> set[str]:
    """The records of those that were applied in one transaction or, where it is refused, in two."""
    known = _known(events, registry)
    news = [one for one in events if _is_news(known.get(one.entry.record_id), one.entry)]
    try:
        if news:
            now = registry.clock()
            merged = [changes.apply(known.get(one.entry.record_id), one, now) for one in news]
            registry.store.commit(*merged)
        return {event.entry.record_id for event in news}
    except (AlreadyRecorded, VersionConflict, TooLarge):
        if len(news) <= FEW:
            return set()
        middle = len(news) // 2
        return _apply_news(news[:middle], registry) | _apply_news(news[middle:], registry)


def _is_news(record: Record | None, entry: AuditEntry) -> bool:
    return record is None or not record.has_taken(entry.origin, entry.seq)


def _apply_alone(event: Event, registry: Registry) -> Outcome:
    try:
        return apply_event(event, registry)
    except TooLarge as error:
        return error


def _take_state(event: Event, registry: Registry) -> bool:
    """What is sent again may tell more than its entry does: whether it was news here.

    Values of entries that nobody has any more may have travelled as state with an earlier one.
    """
    kind, record_id = event.entry.kind, event.entry.record_id
    record, version = registry.stored(kind, record_id)
    if record is None:
        # The row was lost here, or cannot be read, and perhaps a part of its trail to compaction.
        merged = replace(event.record, heads=ends_of(registry.store.trail.of(kind, record_id)))
    else:
        merged = merge(record, event.record)
        if record_to_document(merged) == record_to_document(record):
            return False
    caller = Caller(f"{OWN_ACTOR}repair", "system", registry.new_id())
    try:
        registry.store.commit(changes.repair(version, merged, registry.author(caller)))
        return True
    except Damaged:
        # Its own trail puts it in order first.
        return False


def _known(events: Sequence[Event], registry: Registry) -> dict[str, Record]:
    return {
        record.id: record
        for kind in Kind
        for record in registry.store.records.get_many(
            kind, [event.entry.record_id for event in events if event.entry.kind is kind]
        )
    }


def _is_foreign(event: Event, registry: Registry) -> bool:
    """Also what was written here and another location sends again: it may have been lost here."""
    here = registry.store.origin
    return event.via != here and (event.entry.origin != here or bool(event.via))


def _drain(
    registry: Registry, producer: Producer, holder: str, keep_going: Callable[[], bool]
) -> Published:
    published, unreadable, cleared = Published(), set[OutboxMessage](), set[OutboxMessage]()
    while True:
        # What was cleared a moment ago may still be among what is pending.
        passed = unreadable | cleared
        pending = registry.store.outbox.pending(BATCH + len(passed))
        batch = [message for message in pending if message not in passed][:BATCH]
        events = _events(batch, registry)
        unreadable.update(message for message in batch if message not in events)
        published = replace(published, unreadable=len(unreadable))
        messages, reasons = list(events), producer.send(list(events.values()))
        if not registry.store.system.holds_lease(LEASE, holder):
            _have_latest_sent_again(messages, registry)
            return replace(published, busy=True)
        failures = _clear(messages, reasons, registry)
        published = replace(published, sent=published.sent + len(messages) - len(failures))
        if failures:
            return replace(published, failed=len(failures), reason=repr(failures[0]))
        if len(batch) < BATCH or not keep_going():
            # What was committed since rings for itself; what is left the next tick sends.
            return published
        if not _hold_lease(registry, holder):
            return replace(published, busy=True)
        cleared = set(messages)


def _events(batch: Sequence[OutboxMessage], registry: Registry) -> dict[OutboxMessage, Event]:
    """What the messages point to; in the name of these tables what others than they wrote.

    Tables that were restored may send what went out before they were lost, with a record of then.
    It must not take the place of what was sent since.
    """
    here = registry.store.origin
    return {
        message: event if message.origin == here else replace(event, via=here)
        for message, event in registry.store.outbox.events(batch).items()
    }


def _have_latest_sent_again(messages: Sequence[OutboxMessage], registry: Registry) -> None:
    """Another relay may have sent later events of the same records before these.

    Compaction keeps the last of a key: that has to be the latest.
    """
    # Tables that were restored have yet to send what another origin than theirs wrote.
    latest = {
        (kind, record.id, origin): head.seq
        for kind in Kind
        for record in registry.store.records.get_many(
            kind, [message.record_id for message in messages if message.kind is kind]
        )
        for origin, head in record.heads.items()
    }
    again = {(m.kind, m.record_id, m.origin): m for m in messages}
    registry.store.outbox.add_again(
        # Of a damaged record nobody knows the latest; its repair sends everything again.
        [replace(message, seq=latest[key]) for key, message in again.items() if key in latest],
        registry.clock(),
    )


def _clear(
    messages: Sequence[OutboxMessage], reasons: Sequence[Exception | None], registry: Registry
) -> list[Exception]:
    """Clears the messages that were acknowledged; why the others were not.

    What follows a failed one of the same record stays pending with it: the last event of a key,
    which compaction keeps, has to be of the last sequence.
    """
    acknowledged: list[OutboxMessage] = []
    behind: set[tuple[Kind, str]] = set()
    for message, reason in zip(messages, reasons, strict=True):
        key = (message.kind, message.record_id)
        if reason is not None:
            behind.add(key)
        elif key not in behind:
            acknowledged.append(message)
    registry.store.outbox.mark_sent(acknowledged, registry.clock())
    return [reason for reason in reasons if reason is not None]


def _hold_lease(registry: Registry, holder: str) -> bool:
    now = registry.clock()
    return registry.store.system.acquire_lease(LEASE, holder, now, now + LEASE_MILLISECONDS)


def _note(published: Published, registry: Registry) -> None:
    now, facts = registry.clock(), dict[str, Fact]()
    if published.sent or published.failed:
        part = "failed" if published.failed else "sent"
        facts[part] = {"at": now, "events": published.sent, "reason": published.reason}
    if published.unreadable:
        reason = "their audit entries are missing or cannot be read"
        facts["unreadable"] = {"at": now, "events": published.unreadable, "reason": reason}
    registry.store.system.note(Note.RELAY, facts)
