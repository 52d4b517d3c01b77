"""Conflicts: values that lost against a write which did not know of them.

Merging decides by the stamps alone. What lost stays in the audit trail, where people can see it
and put it back.
"""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from chalicelib.domain.audit import AuditEntry
from chalicelib.domain.record import Kind, Record, Register
from chalicelib.domain.stamp import Stamp

# The transaction that brings them has no room for more.
MOST = 90


class Conflict(Struct, frozen=True):
    """Values of one write that may have lost, and when this location noticed (milliseconds)."""

    kind: Kind
    record_id: str
    stamp: Stamp
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


def may_be_lost(known: Record, told: Record, entry: AuditEntry, now: int) -> tuple[Conflict, ...]:
    """The values that give way when an entry arrives, except the one that it says it replaces.

    `told` is all that is merged with it. Whatever `superseded` finds in the whole trail was named
    here once, but for the oldest where there are more than `MOST`. It may name more, because it
    sees the registers and not the trail: who shows conflicts asks `superseded`.
    """
    names = defaultdict(list)
    for name in {**told.values, **entry.differences}:
        for stamp in _giving_way(name, known, told, entry):
            names[stamp].append(name)
    return tuple(
        Conflict(entry.kind, entry.record_id, stamp, tuple(names[stamp]), now)
        for stamp in sorted(names)[-MOST:]
    )


def _giving_way(name: str, known: Record, told: Record, entry: AuditEntry) -> set[Stamp]:
    here, there = _stamp_of(known.values.get(name)), _stamp_of(told.values.get(name))
    difference = entry.differences.get(name)
    written = entry.stamp if difference else None
    latest = max(stamp for stamp in (here, there, written) if stamp)
    return {
        stamp
        for stamp in (here, written)
        if stamp and stamp != latest and not (difference and stamp == difference.replaces)
    }


def _stamp_of(register: Register | None) -> Stamp | None:
    return register.stamp if register else None
