"""What holds at every location once nothing waits any more, read from the tables themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.audit import Action, AuditEntry, first_fault, trail_key
from chalicelib.domain.record import Kind, Life, Record, Register
from chalicelib.services.digest import take_digest
from tests.faults.rig import Location, Rig

Key = tuple[Kind, str]


@dataclass(frozen=True)
class Tables:
    """One location's tables, read once."""

    name: str
    records: Mapping[Key, Record]
    trails: Mapping[Key, list[AuditEntry]]


def check(rig: Rig) -> None:
    """Waits until the rig is quiet, then holds every location against the rules."""
    rig.settle()
    read = [tables_of(here) for here in rig]
    everything_acknowledged_is_on_record(rig, read)
    locations_are_equal(rig, read)
    for tables in read:
        chains_are_whole(tables)
        states_follow_from_trails(tables)
        nothing_is_recorded_twice(tables)
    dead_letters_are_the_poison(rig)


def tables_of(here: Location) -> Tables:
    store = here.registry.store
    trails = defaultdict(list)
    for entry in store.trail.all():
        trails[entry.kind, entry.record_id].append(entry)
    records = {(kind, record.id): record for kind in Kind for record in store.records.all(kind)}
    return Tables(here.name, records, trails)


def everything_acknowledged_is_on_record(rig: Rig, read: Iterable[Tables]) -> None:
    acknowledged = {(write.record_id, write.request_id) for write in rig.ledger}
    for tables in read:
        on_record = {
            (entry.record_id, entry.caller.request_id)
            for trail in tables.trails.values()
            for entry in trail
        }
        assert acknowledged <= on_record, f"{tables.name} lacks {acknowledged - on_record}"


def locations_are_equal(rig: Rig, read: Iterable[Tables]) -> None:
    hashes = {tables.name: hashes_of(tables) for tables in read}
    assert len(set(hashes.values())) == 1, {name: len(seen) for name, seen in hashes.items()}
    digests = {here.name: take_digest(here.registry).whole for here in rig}
    assert len(set(digests.values())) == 1, digests


def hashes_of(tables: Tables) -> frozenset[str]:
    return frozenset(entry.hash for trail in tables.trails.values() for entry in trail)


def chains_are_whole(tables: Tables) -> None:
    assert tables.records.keys() == tables.trails.keys()
    for key, trail in tables.trails.items():
        heads = tables.records[key].heads
        assert {entry.origin for entry in trail} == heads.keys(), key
        for origin, head in heads.items():
            chain = sorted((e for e in trail if e.origin == origin), key=lambda e: e.seq)
            assert first_fault(chain, head) is None, (tables.name, key, origin)


def states_follow_from_trails(tables: Tables) -> None:
    for key, trail in tables.trails.items():
        record = tables.records[key]
        life = life_after(trail)
        values = {} if life.value == Life.ERASED else values_after(trail)
        assert (record.life, dict(record.values)) == (life, values), (tables.name, key)


def life_after(trail: Iterable[AuditEntry]) -> Register:
    """Erased for good, or else what the largest stamp says."""
    lives = [Register(entry.life, entry.stamp) for entry in trail if entry.life]
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
    for trail in tables.trails.values():
        written = [entry.caller.request_id for entry in trail if entry.action is not Action.ERASE]
        assert len(written) == len(set(written)), (tables.name, trail_key(*_names(trail)))


def _names(trail: list[AuditEntry]) -> Key:
    return trail[0].kind, trail[0].record_id


def dead_letters_are_the_poison(rig: Rig) -> None:
    for here in rig:
        letters = here.registry.store.system.dead_letters("", 1000).items
        assert {(letter.partition, letter.offset) for letter in letters} == rig.poison, here.name
