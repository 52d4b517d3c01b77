"""The safeguards of the product, each with a way to break it on purpose.

A simulation that does not notice a broken safeguard proves nothing about a whole one. A break
replaces one function where the product looks it up; the conditions of a commit are promises of
the tables, so they are broken in the tables that stand in for them.

A lease that everybody gets is not among them: whoever is overtaken has its latest sent again, so
that two relays at once cost messages and nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain import change, digest, record, retention
from chalicelib.domain.audit import FIRST_HASH, Action, AuditEntry, seal
from chalicelib.domain.change import Author, Change, Claim, Event
from chalicelib.domain.digest import Digest
from chalicelib.domain.errors import (
    AlreadyClaimed,
    AlreadyRecorded,
    Unavailable,
    VersionConflict,
)
from chalicelib.domain.outbox import OutboxMessage
from chalicelib.domain.record import Head, Life, Record, Register, Values
from chalicelib.domain.stamp import Stamp
from chalicelib.handlers import functions
from chalicelib.messaging import codec
from chalicelib.messaging.consumer import lambda_event
from chalicelib.services import joining, repair, replication, writing
from chalicelib.services.registry import Registry
from chalicelib.services.writing import IdempotencyKey
from tests import fakes
from tests.simulation import location

Registers = Mapping[str, Register]


@dataclass(frozen=True)
class Mutation:
    """One safeguard broken: `owner.name` is replaced. `fact` is what then no longer holds."""

    fact: str
    owner: Any
    name: str
    broken: Any

    @contextmanager
    def applied(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.owner, self.name, self.broken)
            yield


def mine_always(mine: Record, _theirs: Record) -> Record:
    return mine


def values_without_origins(mine: Registers, theirs: Registers) -> dict[str, Register]:
    merged = dict(mine)
    for name, register in theirs.items():
        if name not in merged or _time(merged[name].stamp) < _time(register.stamp):
            merged[name] = register
    return merged


def _time(stamp: Stamp) -> tuple[int, int]:
    return stamp.wall, stamp.counter


def whatever_came_last(mine: Registers, theirs: Registers) -> dict[str, Register]:
    return {**mine, **theirs}


def life_by_stamp_alone(mine: Register, theirs: Register) -> Register:
    return max(mine, theirs, key=lambda life: life.stamp)


def stamp_of_the_clock(now: int, _latest: Stamp | None, origin: str) -> Stamp:
    return Stamp(now, 0, origin)


def stamp_of_the_same_counter(now: int, latest: Stamp | None, origin: str) -> Stamp:
    return Stamp(max(now, latest.wall if latest else 0), 0, origin)


def update_that_revives(record: Record, values: Values, author: Author) -> Change | None:
    changed = {name: v for name, v in values.items() if not record.holds(name, v)}
    if not changed:
        return None
    stamp = change._stamp(record, author)
    return change._write(record, stamp, Action.UPDATE, Life.LIVE, changed, author)


def merge_that_keeps_values(mine: Record, theirs: Record) -> Record:
    merged = record.merge(mine, theirs)
    return replace(merged, values=record._merged_values(mine.values, theirs.values))


apply = change.apply


def apply_over(record: Record | None, event: Event, now: int) -> Change:
    applied = apply(record, event, now)
    over = replace(event.record, version=applied.record.version, heads=applied.record.heads)
    return replace(applied, record=over)


def told_by_the_entry_alone(_known: Record, event: Event) -> Record:
    entry = event.entry
    written = {name: Register(d.after, entry.stamp) for name, d in entry.differences.items()}
    return replace(event.record, values=written)


def apply_and_announce(record: Record | None, event: Event, now: int) -> Change:
    return replace(apply(record, event, now), pending=True)


def apply_without_heads(record: Record | None, event: Event, now: int) -> Change:
    applied = apply(record, event, now)
    heads = record.heads if record else {}
    return replace(applied, record=replace(applied.record, heads=heads))


def seal_without_the_one_before(entry: AuditEntry) -> AuditEntry:
    return seal(replace(entry, previous_hash=FIRST_HASH))


def heads_of_the_last_to_arrive(record: Record | None, event: Event, now: int) -> Change:
    applied = apply(record, event, now)
    head = {event.entry.origin: Head(event.entry.seq, event.entry.hash)}
    return replace(applied, record=replace(applied.record, heads={**applied.record.heads, **head}))


def refusal(
    versions: bool = True, entries: bool = True, claims: bool = True
) -> Callable[[fakes.FakeTables, Change], None]:
    """The conditions of a commit, without some of them."""

    def refuse(tables: fakes.FakeTables, change: Change) -> None:
        held = tables.claims.get(change.claim.key) if change.claim else None
        if claims and held and held.expires * 1000 > change.entry.stamp.wall:
            raise AlreadyClaimed("the claim was taken")
        present = fakes.entry_key(change.entry) in tables.entries
        if entries and present and not change.pending:
            raise AlreadyRecorded("the audit entry is there")
        record = tables.records.get((change.record.kind, change.record.id))
        if versions and (record.version if record else 0) != change.version:
            raise VersionConflict("the record was changed meanwhile")

    return refuse


def clear_before_sending(outbox: fakes.FakeOutbox, messages: Any) -> dict[OutboxMessage, Event]:
    outbox.mark_sent(messages, 0)
    return events(outbox, messages)


def clear_whatever_came_of_it(
    messages: Sequence[OutboxMessage], reasons: Sequence[Exception | None], registry: Registry
) -> list[Exception]:
    registry.store.outbox.mark_sent(messages, registry.clock())
    return [reason for reason in reasons if reason]


def clear_what_follows(
    messages: Sequence[OutboxMessage], reasons: Sequence[Exception | None], registry: Registry
) -> list[Exception]:
    acknowledged = [m for m, reason in zip(messages, reasons, strict=True) if reason is None]
    registry.store.outbox.mark_sent(acknowledged, registry.clock())
    return [reason for reason in reasons if reason]


def send_the_entry_alone(outbox: fakes.FakeOutbox, messages: Any) -> dict[OutboxMessage, Event]:
    """With the values of this entry only, not with the whole record."""
    told = events(outbox, messages)
    return {message: replace(event, record=_delta(event)) for message, event in told.items()}


def _delta(event: Event) -> Record:
    values = event.record.values
    return replace(
        event.record, values={n: values[n] for n in event.entry.differences if n in values}
    )


events = fakes.FakeOutbox.events


def pending_after_the_last(outbox: fakes.FakeOutbox, limit: int) -> list[OutboxMessage]:
    """From where the relay was last time: as if commits came in the order of keys."""
    tables = outbox._tables
    sent = max(tables.messages.keys() - tables.unsent, default="")
    return [tables.messages[key] for key in sorted(tables.unsent) if key > sent][:limit]


def give_up_a_conflict(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except VersionConflict:
        return False


commit = fakes.FakeStore.commit


def commit_that_hides_conflicts(store: fakes.FakeStore, *changes: Change) -> None:
    with suppress(VersionConflict):
        commit(store, *changes)


def claim_afterwards(
    make: Callable[[], tuple[Change, Any]],
    _read: Callable[[str], Any],
    registry: Registry,
    idempotency: IdempotencyKey,
) -> Any:
    made, view = make()
    registry.store.commit(made)
    expires = registry.clock() // 1000 + writing.CLAIM_SECONDS
    claim = Claim(idempotency.key, idempotency.request, made.record.id, expires)
    registry.store.access.add(None)  # type: ignore[arg-type]
    registry.store.tables.claims[claim.key] = claim  # type: ignore[attr-defined]
    return view


def key_without_origin(event: Event) -> bytes:
    return f"{event.subject}|".encode()


def commit_offsets_first(batches: Any, parts: Any, commit: Callable[[], None]) -> None:
    commit()
    location.consume(lambda_event(batches), parts)


def stop_at_poison(*_: Any) -> None:
    raise Unavailable("this one cannot be read")


def apply_together_or_not_at_all(event: Event, _registry: Registry) -> bool:
    return False


def due_without_grace(
    policy: retention.RetentionPolicy, record: Record, now: int, _location: str
) -> bool:
    return not record.is_erased and record.updated_at < policy.due_before(now)


def due_a_day_early(
    policy: retention.RetentionPolicy, record: Record, now: int, location: str
) -> bool:
    return due(policy, record, now + retention.DAY, location)


def answers_to_the_last_one(
    asked: Digest, others: list[Digest], _registry: Registry
) -> list[Digest]:
    return [theirs for theirs in others if theirs.answers(asked.origin, asked.at)]


def number_of_the_state(one: Record) -> int:
    return number(replace(one, heads={}))


due = retention.RetentionPolicy.is_due
number = digest._number

MUTATIONS = (
    Mutation("merge hears the others", change, "merge", mine_always),
    Mutation("ties break by origin", record, "_merged_values", values_without_origins),
    Mutation("the larger stamp wins", record, "_merged_values", whatever_came_last),
    Mutation("erased is final", record, "_merged_life", life_by_stamp_alone),
    Mutation("a stamp passes the latest", change, "next_stamp", stamp_of_the_clock),
    Mutation("a stamp counts on", change, "next_stamp", stamp_of_the_same_counter),
    Mutation("an edit revives nobody", change, "update", update_that_revives),
    Mutation("an erasure keeps no value", change, "merge", merge_that_keeps_values),
    Mutation("an event is merged", change, "apply", apply_over),
    Mutation("a record stands in for missing entries", change, "_told", told_by_the_entry_alone),
    Mutation("what was applied is not announced", change, "apply", apply_and_announce),
    Mutation("an entry follows the one before", change, "seal", seal_without_the_one_before),
    Mutation("heads advance", change, "apply", apply_without_heads),
    Mutation("heads never go back", change, "apply", heads_of_the_last_to_arrive),
    Mutation("a commit names its version", fakes, "_refuse", refusal(versions=False)),
    Mutation("an entry is written once", fakes, "_refuse", refusal(entries=False)),
    Mutation("a claim is taken once", fakes, "_refuse", refusal(claims=False)),
    Mutation("a claim is part of the commit", writing, "_claim_and_create", claim_afterwards),
    Mutation("a conflict is told", fakes.FakeStore, "commit", commit_that_hides_conflicts),
    Mutation("an event is tried again", replication, "until_committed", give_up_a_conflict),
    Mutation("cleared once acknowledged", fakes.FakeOutbox, "events", clear_before_sending),
    Mutation("every future is checked", replication, "_clear", clear_whatever_came_of_it),
    Mutation("a failed one holds up the rest", replication, "_clear", clear_what_follows),
    Mutation("who was overtaken sends again", fakes.FakeSystem, "holds_lease", lambda *_: True),
    Mutation("the whole record travels", fakes.FakeOutbox, "events", send_the_entry_alone),
    Mutation("pending is read from the start", fakes.FakeOutbox, "pending", pending_after_the_last),
    Mutation("one bad event is alone", replication, "_apply_alone", apply_together_or_not_at_all),
    Mutation("offsets follow the applying", location, "take_batch", commit_offsets_first),
    Mutation("poison stops nobody", functions, "_bury", stop_at_poison),
    Mutation("poison is kept", functions, "_bury", lambda *_: None),
    Mutation("a hash is checked", codec, "_check", lambda _event: None),
    Mutation("keys name the origin", codec, "encode_key", key_without_origin),
    Mutation(
        "wiped tables have another origin",
        fakes.FakeStore,
        "origin",
        property(lambda store: f"{store._location}-00000001"),
    ),
    Mutation("only home erases at once", retention.RetentionPolicy, "is_due", due_without_grace),
    Mutation("who is due is erased", retention.RetentionPolicy, "is_due", lambda *_: False),
    Mutation("nobody is erased early", retention.RetentionPolicy, "is_due", due_a_day_early),
    Mutation("what differs is found", repair, "divergent", lambda *_: set()),
    Mutation("what is damaged is mended", repair, "_mend", lambda *_: False),
    Mutation("what a peer lacks is sent again", repair, "_send_again", lambda *_: False),
    Mutation("a digest tells the ends of chains", digest, "_number", number_of_the_state),
    Mutation("who joins holds what others do", joining, "has_caught_up", lambda *_: False),
    Mutation("an answer may be to any question", joining, "_answers", answers_to_the_last_one),
)
