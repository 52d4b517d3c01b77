"""Changes: what `store.commit` writes, decided here before anything is touched.

A change is the record as it will be, the audit entry that says so, and whether the other
locations have to hear of it. Writing here makes one with `write`; an event from another
location makes one with `apply`.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.audit import (
    FIRST_HASH,
    Action,
    AuditEntry,
    Caller,
    Difference,
    seal,
    trail_key,
)
from chalicelib.domain.conflict import Conflict, may_be_lost
from chalicelib.domain.record import Head, Kind, Life, Record, Register, Values, merge
from chalicelib.domain.stamp import Stamp, next_stamp


class Claim(Struct, frozen=True):
    """An idempotency key under which one commit may happen, and the id of what it created.

    `key` names caller and key, `request` is a digest of the body, `expires` is in seconds.
    """

    key: str
    request: str
    record_id: str
    expires: int


class Change(Struct, frozen=True):
    """One commit: it replaces `version` of the record (0: there was none).

    `conflicts` are what may be lost with it.
    """

    version: int
    record: Record
    entry: AuditEntry
    pending: bool
    claim: Claim | None = None
    conflicts: tuple[Conflict, ...] = ()


class Event(Struct, frozen=True):
    """What one location tells the others: the entry, and the whole record as it knew it.

    `via` is the origin that sends it again for the one that wrote it, or ''.
    """

    entry: AuditEntry
    record: Record
    via: str = ""

    @property
    def subject(self) -> str:
        """The name of its record among customers and fields alike."""
        return trail_key(self.entry.kind, self.entry.record_id)

    @property
    def id(self) -> str:
        """`customer/origin/seq`: unique, and the same however often it is sent."""
        return f"{self.subject}/{self.entry.origin}/{self.entry.seq}"


class Author(Struct, frozen=True):
    """Who writes, where and when (`now` in milliseconds since 1970)."""

    caller: Caller
    origin: str
    now: int


def create(kind: Kind, record_id: str, values: Values, author: Author) -> Change:
    """A record that was not there."""
    stamp = next_stamp(author.now, None, author.origin)
    empty = Record(kind, record_id, created=stamp, life=Register(Life.LIVE, stamp), values={})
    return _write(empty, stamp, Action.CREATE, Life.LIVE, values, author)


def update(record: Record, values: Values, author: Author) -> Change | None:
    """New values for some fields, or None where every one is what it was."""
    changed = news_to(record, values)
    if not changed:
        return None
    return _write(record, _stamp(record, author), Action.UPDATE, None, changed, author)


def news_to(record: Record, values: Values) -> Values:
    """Those of the values that the record does not hold already."""
    return {name: value for name, value in values.items() if not record.holds(name, value)}


def restore(record: Record, values: Values, author: Author) -> Change:
    """A deleted record, live again with these values."""
    return _write(record, _stamp(record, author), Action.RESTORE, Life.LIVE, values, author)


def delete(record: Record, author: Author) -> Change:
    """Hides the record and keeps its values, so that it can be restored."""
    return _write(record, _stamp(record, author), Action.DELETE, Life.DELETED, {}, author)


def erase(record: Record, author: Author) -> Change:
    """Drops every value for good. Nothing that happens later brings the record back."""
    return _write(record, _stamp(record, author), Action.ERASE, Life.ERASED, {}, author)


def repair(version: int, told: Record, author: Author) -> Change:
    """The record as a trail or another location tells it, in place of the row of that version.

    The entry holds no values: it says only that, where and when this was done.
    """
    # A lost record starts again above every version that anybody can have seen.
    highest = max(version, sum(head.seq for head in told.heads.values()))
    mended = replace(told, version=highest)
    change = _write(mended, _stamp(told, author), Action.REPAIR, None, {}, author)
    return replace(change, version=version)


def apply(record: Record | None, event: Event, now: int, version: int = 0) -> Change:
    """Another location's event, merged into what is known here (None: nothing yet).

    `now` in milliseconds, for the conflicts that come to light; `version` is that of a row in which
    nothing can be read.
    """
    known = record or replace(event.record, values={}, version=version, heads={})
    told = _told(known, event)
    entry = event.entry
    heads = dict(known.heads)
    if not known.has_taken(entry.origin, entry.seq):
        heads[entry.origin] = Head(entry.seq, entry.hash)
    return Change(
        version=known.version,
        record=replace(merge(known, told), version=known.version + 1, heads=heads),
        entry=entry,
        pending=False,
        conflicts=may_be_lost(known, told, entry, now),
    )


def _told(known: Record, event: Event) -> Record:
    """What an event adds: where the chain goes on from what is here, only what its entry wrote.

    The whole record would bring later values before their entries, and what those replace could
    no longer be told from what is lost. It is needed where a chain is new here or entries of it
    are missing, because compaction may have taken them, and where it says more than its entry.
    """
    entry = event.entry
    written = {
        name: Register(difference.after, entry.stamp)
        for name, difference in entry.differences.items()
    }
    life = Register(entry.life, entry.stamp) if entry.life else event.record.life
    # A row that was damaged may be behind its own trail, and is sent as it is.
    told = merge(event.record, replace(event.record, life=life, values=written))
    head = known.heads.get(entry.origin)
    goes_on = head is not None and entry.seq == head.seq + 1
    if not goes_on or event.via or entry.action is Action.REPAIR:
        return told
    return replace(told, values=written)


def _stamp(record: Record, author: Author) -> Stamp:
    return next_stamp(author.now, record.latest, author.origin)


def _write(
    record: Record, stamp: Stamp, action: Action, life: Life | None, values: Values, author: Author
) -> Change:
    entry = _entry(record, stamp, action, life, values, author)
    registers = {
        **record.values,
        **{name: Register(value, stamp) for name, value in values.items()},
    }
    written = replace(
        record,
        life=Register(life, stamp) if life else record.life,
        values={} if life is Life.ERASED else registers,
        version=record.version + 1,
        heads={**record.heads, author.origin: Head(entry.seq, entry.hash)},
    )
    return Change(version=record.version, record=written, entry=entry, pending=True)


def _entry(
    record: Record, stamp: Stamp, action: Action, life: Life | None, values: Values, author: Author
) -> AuditEntry:
    head = record.heads.get(author.origin, Head(0, FIRST_HASH))
    return seal(
        AuditEntry(
            kind=record.kind,
            record_id=record.id,
            origin=author.origin,
            seq=head.seq + 1,
            action=action,
            caller=author.caller,
            stamp=stamp,
            differences=_differences(record, values),
            life=life,
            previous_hash=head.hash,
        )
    )


def _differences(record: Record, values: Values) -> Mapping[str, Difference]:
    differences = {}
    for name, value in values.items():
        old = record.values.get(name)
        differences[name] = Difference(
            old.value if old else None, value, old.stamp if old else None
        )
    return differences
