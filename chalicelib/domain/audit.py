"""The audit trail: who changed what, chained so that nobody can rewrite it unseen.

Each record has one chain for each origin, numbered 1..n. An entry carries the hash of the one
before it; other locations keep it word for word.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.errors import UnreadableEvent
from chalicelib.domain.record import Head, Kind, Life, Value
from chalicelib.domain.stamp import Stamp, location_of

FIRST_HASH = ""
# Of a chain that no record knows.
NO_RECORD = "entry 1 belongs to no record"
# How the actor begins where no person acts but the product itself.
OWN_ACTOR = "sins/"
# Made once: `json.dumps` would make an encoder for each entry.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Action(StrEnum):
    """What a change did to its record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ERASE = "erase"
    RESTORE = "restore"
    REPAIR = "repair"


class Caller(Struct, frozen=True):
    """Who asks, and in which request: written beside everything that is done."""

    actor: str
    role: str
    request_id: str
    trace_id: str = ""


class Difference(Struct, frozen=True):
    """One value before and after, and the stamp of the write that was replaced, if any."""

    before: Value
    after: Value
    replaces: Stamp | None


class AuditEntry(Struct, frozen=True):
    """One change, for good. `life` is set where the change was to the record's life."""

    kind: Kind
    record_id: str
    origin: str
    seq: int
    action: Action
    caller: Caller
    stamp: Stamp
    differences: Mapping[str, Difference]
    life: Life | None = None
    previous_hash: str = FIRST_HASH
    hash: str = ""

    @property
    def location(self) -> str:
        return location_of(self.origin)


class AuditFilter(Struct, frozen=True):
    """Which audit entries are asked for; None means any. Times in milliseconds."""

    actor: str | None = None
    action: str | None = None
    since: int | None = None
    until: int | None = None


def trail_key(kind: Kind, record_id: str) -> str:
    """The key of a record's trail and of its events: customers and fields never share one."""
    return record_id if kind is Kind.CUSTOMER else f"{kind}:{record_id}"


def parse_trail_key(key: str) -> tuple[Kind, str]:
    """The kind and id in what `trail_key` made; what else it may be counts as a customer's."""
    of_field = trail_key(Kind.FIELD, "")
    if key.startswith(of_field):
        return Kind.FIELD, key.removeprefix(of_field)
    return Kind.CUSTOMER, key


def seal(entry: AuditEntry) -> AuditEntry:
    """The same entry with its hash filled in."""
    return replace(entry, hash=hash_of(entry))


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over the entry's canonical JSON, its own hash left out."""
    document = entry_to_document(entry)
    del document["hash"]
    return hashlib.sha256(_canonical(document).encode()).hexdigest()


def first_fault(entries: Iterable[AuditEntry], head: Head | None) -> str | None:
    """What is wrong with the first bad entry of one chain, or None where all is well.

    `entries` in the order of `seq`, all of one record and origin; `head` is where the record
    says that the chain ends, so that a missing end is seen too.
    """
    previous, expected = FIRST_HASH, 1
    for entry in entries:
        if entry.seq != expected:
            return f"entry {expected} is missing"
        if entry.previous_hash != previous:
            return f"entry {entry.seq} does not follow the entry before it"
        if hash_of(entry) != entry.hash:
            return f"entry {entry.seq} was changed"
        previous, expected = entry.hash, expected + 1
    return _fault_at_end(expected - 1, previous, head)


def _fault_at_end(last: int, last_hash: str, head: Head | None) -> str | None:
    if head is None:
        return NO_RECORD if last else None
    if last < head.seq:
        return f"entry {last + 1} is missing"
    return None if last_hash == head.hash else f"entry {last} is not the one that was written"


def entry_to_document(entry: AuditEntry) -> dict[str, object]:
    """The plain form in which entries are stored, sent and hashed."""
    return {
        "kind": entry.kind.value,
        "record_id": entry.record_id,
        "origin": entry.origin,
        "seq": entry.seq,
        "action": entry.action.value,
        "actor": entry.caller.actor,
        "role": entry.caller.role,
        "request_id": entry.caller.request_id,
        "trace_id": entry.caller.trace_id,
        "stamp": str(entry.stamp),
        "life": entry.life.value if entry.life else None,
        "differences": {
            name: [change.before, change.after, str(change.replaces) if change.replaces else None]
            for name, change in entry.differences.items()
        },
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def entry_from_document(document: Mapping[str, Any]) -> AuditEntry:
    """The entry that `entry_to_document` wrote. Raises UnreadableEvent for anything else."""
    try:
        return AuditEntry(
            kind=Kind(document["kind"]),
            record_id=document["record_id"],
            origin=document["origin"],
            seq=document["seq"],
            action=Action(document["action"]),
            caller=Caller(
                actor=document["actor"],
                role=document["role"],
                request_id=document["request_id"],
                trace_id=document["trace_id"],
            ),
            stamp=Stamp.parse(document["stamp"]),
            differences={
                name: Difference(before, after, Stamp.parse(replaces) if replaces else None)
                for name, (before, after, replaces) in document["differences"].items()
            },
            life=Life(document["life"]) if document["life"] else None,
            previous_hash=document["previous_hash"],
            hash=document["hash"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableEvent(f"no audit entry: {error!r}") from error
