"""What holds at every location once nothing waits any more, whatever it stands on.

The fault tests ask it of real engines, the simulation of its own. Nothing here knows how a
location was brought to rest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.audit import Action, AuditEntry, first_fault, trail_key
from chalicelib.domain.record import Kind, Life, Record, Register
from chalicelib.services.ports import Store

Key = tuple[Kind, str]

# Only these change a record's life: an edit never brings back what somebody deleted.
LIFE_AFTER: Mapping[Action, Life] = {
    Action.CREATE: Life.LIVE,
    Action.RESTORE: Life.LIVE,
    Action.DELETE: Life.DELETED,
    Action.ERASE: Life.ERASED,
}


@dataclass(frozen=True)
class Tables:
    """One location's tables, read once."""

    name: str
    records: Mapping[Key, Record]
    trails: Mapping[Key, list[AuditEntry]]


def read_tables(name: str, store: Store) -> Tables:
    trails = defaultdict(list)
    for entry in store.trail.all():
        trails[entry.kind, entry.record_id].append(entry)
    records = {(kind, record.id): record for kind in Kind for record in store.records.all(kind)}
    return Tables(name, records, trails)


def hashes_of(tables: Tables) -> frozenset[str]:
    return frozenset(entry.hash for trail in tables.trails.values() for entry in trail)


def chains_are_whole(tables: Tables) -> None:
    assert tables.records.keys() == tables.trails.keys()
    for key, trail in tables.trails.items():
        heads = tables.records[key].heads
        assert {entry.origin for entry in trail} == heads.keys(), key
        for origin, head in heads.items():
            assert first_fault(chain_of(trail, origin), head) is None, (tables.name, key, origin)


def chain_of(trail: Iterable[AuditEntry], origin: str) -> list[AuditEntry]:
    return sorted((e for e in trail if e.origin == origin), key=lambda e: e.seq)


def states_follow_from_trails(tables: Tables) -> None:
    for key, trail in tables.trails.items():
        record = tables.records[key]
        life = life_after(trail)
        values = {} if life.value == Life.ERASED else values_after(trail)
        assert (record.life, dict(record.values)) == (life, values), (tables.name, key)


def life_after(trail: Iterable[AuditEntry]) -> Register:
    """Erased for good, or else what the largest stamp says."""
    lives = [Register(LIFE_AFTER[e.action], e.stamp) for e in trail if e.action in LIFE_AFTER]
    return max(lives, key=lambda life: (life.value == Life.ERASED, life.stamp))


def values_after(trail: Iterable[AuditEntry]) -> dict[str, Register]:
    """Each value as its largest-stamped entry left it."""
    values: dict[str, Register] = {}
    for entry in sorted(trail, key=lambda entry: entry.stamp):
        for name, difference in entry.differences.items():
            values[name] = Register(difference.after, entry.stamp)
    return values


def nothing_is_recorded_twice(tables: Tables) -> None:
    """A request changes its record once; only the product's own ticks write in their own name."""
    for (kind, record_id), trail in tables.trails.items():
        written = [entry.caller.request_id for entry in trail if entry.action is not Action.ERASE]
        assert len(written) == len(set(written)), (tables.name, trail_key(kind, record_id))
