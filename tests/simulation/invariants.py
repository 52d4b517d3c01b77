"""What must hold after a history, once everything has healed.

Three facts of the world are allowed for, and nothing else: tables that were lost took with them
what they had not yet sent; whoever read a compacted topic has the state without every entry; and
of some records, named in `Shared.doubtful`, a compacted topic may keep another state.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from chalicelib.domain.audit import Action, AuditEntry, first_fault, hash_of
from chalicelib.domain.change import Event
from chalicelib.domain.record import Kind, Record, Register
from chalicelib.domain.retention import DAY
from chalicelib.messaging import codec
from chalicelib.services.digest import take_digest
from chalicelib.services.replication import apply_events
from tests.fakes import site
from tests.invariants import (
    LIFE_AFTER,
    Key,
    Tables,
    chain_of,
    hashes_of,
    life_after,
    nothing_is_recorded_twice,
    read_tables,
    values_after,
)
from tests.simulation.broker import Broker
from tests.simulation.location import RETENTION_DAYS, Location
from tests.simulation.world import MAX_SKEW, World


class Told(NamedTuple):
    """An event on the topic, under its key."""

    key: bytes
    event: Event


def check(world: World, lots: Random) -> None:
    """Raises AssertionError where something does not hold."""
    read = {here.name: read_tables(here.name, here.registry.store) for here in world}
    whole = [read[here.name] for here in world if not here.is_partial]
    nothing_waits(world)
    digests_are_equal([here for here in world if not here.is_partial])
    states_are_equal(read.values())
    trails_are_equal(whole)
    for tables in whole[:1]:
        nobody_knows_another_entry(tables, read.values())
        everything_promised_is_on_record(world, tables)
        chains_are_whole_but_for(world.lost, tables)
        states_follow_from_trails_and(world.lost, tables)
        nothing_is_recorded_twice(tables)
        a_key_makes_one_record(world, tables)
        lives_change_by_their_actions_only(tables)
    nothing_was_erased_too_early(world)
    nothing_is_kept_too_long(world)
    dead_letters_are_the_poison(world)
    told = _told(world.shared.broker)
    a_replay_makes_the_same_state(world, told, lots)
    the_last_of_each_key_makes_the_same_state(world, told)
    the_last_of_each_key_has_its_last_sequence(world, told)
    a_replay_changes_nothing(world, told, lots)


def nothing_waits(world: World) -> None:
    for here in world:
        assert here.registry.store.outbox.depth() == 0, f"{here.name} has not sent everything"
        assert world.shared.broker.lag(here.origin) == 0, f"{here.name} has not read everything"


def digests_are_equal(locations: Iterable[Location]) -> None:
    digests = {here.name: take_digest(here.registry).whole for here in locations}
    assert len(set(digests.values())) <= 1, f"states differ: {digests}"


def states_are_equal(read: Iterable[Tables]) -> None:
    for one, other in pairwise(read):
        assert _all_states(one.records) == _all_states(other.records), (
            f"the states of {one.name} and {other.name} differ"
        )


def _all_states(records: Mapping[Key, Record]) -> dict[Key, object]:
    return {key: (one.created, one.life, one.values) for key, one in records.items()}


def _states(world: World, records: Mapping[Key, Record]) -> dict[Key, object]:
    """What is shared of every record that is not in doubt.

    Where a clock was set back, an earlier event that is sent again may come behind a later one, and
    who missed the later one for so long that it is compacted away knows the earlier one already.
    """
    disturbed = world.shared.sent_again if world.shared.counts["clocks set"] else set()
    in_doubt = world.shared.doubtful | disturbed
    return {key: state for key, state in _all_states(records).items() if key not in in_doubt}


def trails_are_equal(whole: list[Tables]) -> None:
    for one, other in pairwise(whole):
        assert one.trails == other.trails, f"the trails of {one.name} and {other.name} differ"
        assert _heads(one) == _heads(other), f"the heads of {one.name} and {other.name} differ"


def nobody_knows_another_entry(whole: Tables, read: Iterable[Tables]) -> None:
    """Whoever read a compacted topic has some of the entries, and none of its own making."""
    for tables in read:
        unknown = hashes_of(tables) - hashes_of(whole)
        assert not unknown, f"{tables.name} has entries that {whole.name} lacks"


def _heads(tables: Tables) -> dict[Key, object]:
    return {key: record.heads for key, record in tables.records.items()}


def everything_promised_is_on_record(world: World, tables: Tables) -> None:
    requests = {
        (*key, entry.caller.request_id) for key, trail in tables.trails.items() for entry in trail
    }
    missing = [
        promise
        for promise in world.promises
        if (promise.kind, promise.record_id, promise.request_id) not in requests
        and (promise.request_id or (promise.kind, promise.record_id) not in tables.trails)
    ]
    assert not missing, f"{tables.name} lacks {missing}"


def chains_are_whole_but_for(lost: Iterable[AuditEntry], tables: Tables) -> None:
    gone = defaultdict(set)
    for entry in lost:
        gone[entry.kind, entry.record_id, entry.origin].add(entry.seq)
    assert tables.records.keys() == tables.trails.keys(), "a record has no trail"
    for key, trail in tables.trails.items():
        heads = tables.records[key].heads
        assert {entry.origin for entry in trail} == heads.keys(), f"{key} lacks a head"
        for origin, head in heads.items():
            chain = chain_of(trail, origin)
            missing = gone.get((*key, origin))
            if missing:
                _has_gaps_only_at(missing, chain, head.seq)
            else:
                fault = first_fault(chain, head)
                assert fault is None, f"{tables.name}: {key} {origin}: {fault}"


def _has_gaps_only_at(missing: set[int], chain: list[AuditEntry], last: int) -> None:
    present = {entry.seq for entry in chain}
    assert not present & missing, "an entry that was lost is there"
    assert set(range(1, last + 1)) <= present | missing, "a chain has a gap"
    assert all(entry.hash == hash_of(entry) for entry in chain)


def states_follow_from_trails_and(lost: Iterable[AuditEntry], tables: Tables) -> None:
    gone = defaultdict(list)
    for entry in lost:
        gone[entry.kind, entry.record_id].append(entry)
    for key, trail in tables.trails.items():
        record = tables.records[key]
        assert _follows(record, trail, gone.get(key, [])), f"{tables.name}: {record} of {trail}"


def _follows(record: Record, trail: list[AuditEntry], lost: list[AuditEntry]) -> bool:
    """Every register as its entry left it, or as one that was lost with its tables did.

    A later event may have carried the value of an entry that was never sent itself.
    """
    lives = {_life_of(entry) for entry in lost if entry.action in LIFE_AFTER}
    if any(entry.action in LIFE_AFTER for entry in trail):
        lives.add(life_after(trail))
    values = {} if record.is_erased else values_after(trail)
    elsewhere = [
        (name, Register(difference.after, entry.stamp))
        for entry in lost
        for name, difference in entry.differences.items()
    ]
    return (
        record.life in lives
        and values.keys() <= record.values.keys()
        and all(
            values.get(name) == register or (name, register) in elsewhere
            for name, register in record.values.items()
        )
    )


def _life_of(entry: AuditEntry) -> Register:
    return Register(LIFE_AFTER[entry.action], entry.stamp)


def a_key_makes_one_record(world: World, tables: Tables) -> None:
    """One within a day: then the key is forgotten."""
    made = defaultdict(list)
    for trail in tables.trails.values():
        for entry in trail:
            key = world.keys.get(entry.caller.request_id)
            if key and entry.action is Action.CREATE:
                made[entry.origin, key].append(entry.stamp.wall)
    for (origin, key), moments in made.items():
        in_order = sorted(moments)
        for one, next_one in pairwise(in_order):
            assert next_one - one > DAY - 2 * MAX_SKEW - 1000, f"{key} made two at {origin}"


def lives_change_by_their_actions_only(tables: Tables) -> None:
    for trail in tables.trails.values():
        for entry in trail:
            assert entry.life == LIFE_AFTER.get(entry.action), entry


def nothing_was_erased_too_early(world: World) -> None:
    """By more than clocks are apart; one that is days ahead erases what is due by it."""
    if world.shared.counts["clocks set far off"]:
        return
    for erasure in world.shared.erasures:
        days = _days_without(erasure.record, erasure.at + MAX_SKEW)
        assert days >= _days_kept(erasure.record, erasure.location), f"too early: {erasure}"


def nothing_is_kept_too_long(world: World) -> None:
    for here in world:
        for record in here.tables.records.values():
            if record.kind is Kind.CUSTOMER and not record.is_erased:
                days = _days_without(record, here.clock())
                assert days < _days_kept(record, here.name), f"{here.name} keeps {record.id}"


def _days_without(record: Record, now: int) -> int:
    """Whole days since the day of the last change."""
    return now // DAY - record.updated_at // DAY


def _days_kept(record: Record, location: str) -> int:
    return RETENTION_DAYS if record.home == location else RETENTION_DAYS + 1


def dead_letters_are_the_poison(world: World) -> None:
    for here in world:
        letters = {(one.partition, one.offset) for one in here.tables.letters.values()}
        assert letters == world.shared.broker.poison, f"dead letters of {here.name}: {letters}"


def a_replay_makes_the_same_state(world: World, told: Sequence[Told], lots: Random) -> None:
    """In any order, and some of it twice, at a location that knew nothing."""
    events = [one.event for one in told]
    lots.shuffle(events)
    states = _states_after(world, [*events, *events[::3]])
    assert states == _states_of_the_first(world), "a replay makes another state"


def the_last_of_each_key_makes_the_same_state(world: World, told: Iterable[Told]) -> None:
    """What compaction leaves in the end is enough for a location that knew nothing."""
    last = {one.key: one.event for one in told}
    states = _states_after(world, list(last.values()))
    assert states == _states_of_the_first(world), "a compacted topic makes another state"


def the_last_of_each_key_has_its_last_sequence(world: World, told: Sequence[Told]) -> None:
    """Or whoever knows an earlier entry, and missed the later one, would never hear of it.

    A clock that is set back may disturb that, because the keys of the outbox tell time, and so may
    the loss of tables in the middle of sending again. An overtaken relay may be overtaken again
    before it says what is the latest; its state is still the latest then.
    """
    if world.shared.counts["clocks set"]:
        return
    origins = {here.origin for here in world}
    disturbed = world.shared.doubtful | world.shared.sent_again
    last = {one.key: one.event.entry.seq for one in told}
    largest: Counter[bytes] = Counter()
    for key, event in told:
        record = event.entry.kind, event.entry.record_id
        if event.entry.origin in origins and record not in disturbed:
            largest[key] = max(largest[key], event.entry.seq)
    behind = {key for key, seq in largest.items() if last[key] != seq}
    assert not behind, f"an earlier event comes last: {behind}"


def _states_after(world: World, events: Sequence[Event]) -> dict[Key, object]:
    """The states of a location that knew nothing before these events."""
    newcomer = site("loc9")
    apply_events(events, newcomer.registry)
    return _states(world, newcomer.store.tables.records)


def _states_of_the_first(world: World) -> dict[Key, object]:
    return _states(world, next(iter(world)).tables.records)


def a_replay_changes_nothing(world: World, told: Iterable[Told], lots: Random) -> None:
    """From the first offset, at a location that has read everything: not even a version."""
    (here,) = lots.sample(list(world), 1)
    before = dict(here.tables.records)
    apply_events([one.event for one in told], here.registry)
    assert here.tables.records == before, f"a replay changes {here.name}"


def _told(broker: Broker) -> list[Told]:
    """Every event on the topic, partition by partition."""
    return [
        Told(message.key, codec.decode(message.value))
        for message in broker
        if (message.partition, message.offset) not in broker.poison
    ]
