"""Replay: the record that an audit trail tells, to hold against the one that is stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from chalicelib.domain.audit import Action, AuditEntry, first_fault
from chalicelib.domain.record import Head, Life, Record, Register, merge


def is_whole(entries: Sequence[AuditEntry], heads: Mapping[str, Head]) -> bool:
    """Whether every chain runs from 1 without a fault, and through where `heads` says it ends.

    A trail that begins later (compaction kept only the last entries) tells no record, nor does one
    whose creation, at another location, has not arrived.
    """
    chains, ends = _chains(entries), ends_of(entries)
    known = {Head(entry.seq, entry.hash) for entry in entries}
    return (
        any(entry.action is Action.CREATE for entry in entries)
        and known.issuperset(heads.values())
        and all(first_fault(chain, ends[origin]) is None for origin, chain in chains.items())
    )


def replay(entries: Sequence[AuditEntry]) -> Record:
    """The record that a whole trail tells, whatever the order of its entries. At version 0."""
    life = _life(entries)
    first = entries[0]
    return Record(
        kind=first.kind,
        id=first.record_id,
        created=min(entry.stamp for entry in entries if entry.action is Action.CREATE),
        life=life,
        values={} if life.value == Life.ERASED else _values(entries),
        heads=ends_of(entries),
    )


def corrected(record: Record, entries: Sequence[AuditEntry]) -> Record:
    """The record with all that the entries say, and what only it says still.

    For a trail that is not whole: it tells no record, and still what some values are.
    """
    life = _life(entries) if any(entry.life for entry in entries) else record.life
    return merge(replace(record, life=life, values=_values(entries)), record)


def ends_of(entries: Sequence[AuditEntry]) -> dict[str, Head]:
    """Where each chain ends, by origin."""
    return {
        origin: Head(chain[-1].seq, chain[-1].hash) for origin, chain in _chains(entries).items()
    }


def _life(entries: Sequence[AuditEntry]) -> Register:
    return max(
        (Register(entry.life, entry.stamp) for entry in entries if entry.life),
        key=lambda life: (life.value == Life.ERASED, life.stamp),
    )


def _values(entries: Sequence[AuditEntry]) -> dict[str, Register]:
    values: dict[str, Register] = {}
    for entry in sorted(entries, key=lambda entry: entry.stamp):
        for name, difference in entry.differences.items():
            values[name] = Register(difference.after, entry.stamp)
    return values


def _chains(entries: Sequence[AuditEntry]) -> dict[str, list[AuditEntry]]:
    chains: dict[str, list[AuditEntry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.seq):
        chains[entry.origin].append(entry)
    return dict(chains)
