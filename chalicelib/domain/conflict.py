"""Conflicts: values that lost against a write which did not know of them.

Merging decides by the stamps alone. What lost stays in the audit trail, where people can see it
and put it back.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.record import Kind, Record, Register
from chalicelib.domain.stamp import Stamp


class Conflict(Struct, frozen=True):
    """The values of one audit entry that lost, and when this location noticed (milliseconds)."""

    kind: Kind
    record_id: str
    origin: str
    seq: int
    names: tuple[str, ...]
    at: int


def superseded(entries: Sequence[AuditEntry]) -> list[tuple[str, ...]]:
    """For each entry the values that lost, by name. `entries` of one record, in any order.

    A write names the stamp that it replaces. A value that is not the last one, and that no write
    says it replaces, was lost.
    """
    last: dict[str, Stamp] = {}
    replaced: set[tuple[str, Stamp | None]] = set()
    for entry in entries:
        for name, difference in entry.differences.items():
            last[name] = max(last.get(name, entry.stamp), entry.stamp)
            replaced.add((name, difference.replaces))
    return [
        tuple(
            name
            for name in entry.differences
            if entry.stamp != last[name] and (name, entry.stamp) not in replaced
        )
        for entry in entries
    ]


def is_suspect(record: Record, entry: AuditEntry) -> bool:
    """Whether the entry may be in conflict: it replaces another value than the one that is here.

    What the record's chains have gone past is no news.
    """
    head = record.heads.get(entry.origin)
    if head and head.seq >= entry.seq:
        return False
    return any(
        _stamp_of(record.values.get(name)) != change.replaces
        for name, change in entry.differences.items()
    )


def _stamp_of(register: Register | None) -> Stamp | None:
    return register.stamp if register else None


def new_conflicts(
    known: Sequence[AuditEntry], arrived: AuditEntry, now: int
) -> tuple[Conflict, ...]:
    """What is lost with the entry that was not lost before it arrived."""
    before = _lost(known)
    return tuple(
        Conflict(entry.kind, entry.record_id, entry.origin, entry.seq, names, now)
        for (entry, names) in _lost([*known, arrived]).values()
        if names and names != before.get((entry.origin, entry.seq), (entry, ()))[1]
    )


def _lost(
    entries: Sequence[AuditEntry],
) -> Mapping[tuple[str, int], tuple[AuditEntry, tuple[str, ...]]]:
    found = zip(entries, superseded(entries), strict=True)
    return {(entry.origin, entry.seq): (entry, names) for entry, names in found}
