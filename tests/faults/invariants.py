"""What holds at every location once nothing waits any more, read from the tables themselves."""

from collections.abc import Iterable

from chalicelib.services.digest import take_digest
from tests.faults.rig import Location, Rig
from tests.invariants import (
    Tables,
    chains_are_whole,
    hashes_of,
    nothing_is_recorded_twice,
    read_tables,
    states_follow_from_trails,
)


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
    return read_tables(here.name, here.registry.store)


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


def dead_letters_are_the_poison(rig: Rig) -> None:
    for here in rig:
        letters = here.registry.store.system.dead_letters("", 1000).items
        assert {(letter.partition, letter.offset) for letter in letters} == rig.poison, here.name
