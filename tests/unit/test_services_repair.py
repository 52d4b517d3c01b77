"""What one location holds otherwise than the others is found and made equal by itself."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import Action, Caller
from chalicelib.domain.change import Change
from chalicelib.domain.digest import (
    BUCKETS,
    Digest,
    Listing,
    bucket_of,
    key_of,
    list_bucket,
)
from chalicelib.domain.errors import Damaged, SinsError, TooLarge, Unavailable
from chalicelib.domain.notes import Fact, Note
from chalicelib.domain.record import Kind, Record, Register
from chalicelib.messaging.codec import decode, encode
from chalicelib.services import repair
from chalicelib.services.customers import create_customer, patch_customer
from chalicelib.services.digest import (
    PATIENCE,
    divergent_buckets,
    exchange_digests,
    take_digest,
    unreadable_keys,
)
from chalicelib.services.repair import Repaired, repair_differences
from chalicelib.services.replication import apply_event, publish_pending
from chalicelib.services.status import read_status
from tests.fakes import (
    AGENT,
    FakeBoard,
    FakeClock,
    Site,
    customer,
    definition,
    entry_key,
    erased,
    site,
    updated,
)

REPAIRER = Caller("sins/repair", "system", "repair-1", "trace-1")


@dataclass
class World:
    """Three locations, one clock, one board. Everything sent reaches the others by `settle`."""

    sites: Sequence[Site]
    clock: FakeClock
    board: FakeBoard

    def settle(self) -> None:
        """Sends and applies until nothing is left."""
        while any(here.store.outbox.depth() or here.producer.sent for here in self.sites):
            for here in self.sites:
                publish_pending(here.registry, here.producer, here.registry.location)
                events, here.producer.sent = here.producer.sent, []
                for event in events:
                    for other in self.sites:
                        apply_event(decode(encode(event)), other.registry)

    def exchange(self) -> None:
        """Two rounds of digests, long enough apart."""
        for _ in range(2):
            self.clock.advance(milliseconds=PATIENCE)
            for here in self.sites:
                exchange_digests(here.registry, self.board)

    def repair(self, rounds: int = 2) -> list[Repaired]:
        """What the last round did, location by location."""
        done: list[Repaired] = []
        for _ in range(rounds):
            self.exchange()
            done = [
                repair_differences(REPAIRER, here.registry, self.board, here.producer)
                for here in self.sites
            ]
            self.settle()
        return done

    def is_equal(self) -> bool:
        return len({take_digest(here.registry).whole for here in self.sites}) == 1


@pytest.fixture
def world() -> World:
    clock, board = FakeClock(), FakeBoard()
    world = World([site(f"loc{n}", clock) for n in (1, 2, 3)], clock, board)
    for here in world.sites:
        for number in range(20):
            create_customer({"surname": f"Meyer {number}"}, AGENT, here.registry)
    world.settle()
    assert world.is_equal()
    return world


def any_customer(here: Site) -> Record:
    return next(iter(here.store.records.all(Kind.CUSTOMER)))


def put(here: Site, record: Record) -> None:
    """Writes into the table behind the product's back."""
    here.store.tables.records[record.kind, record.id] = record


def tear(here: Site, record: Record) -> None:
    here.store.tables.unreadable.add((record.kind, record.id))


def lose(here: Site, record: Record, *, entries: bool) -> None:
    del here.store.tables.records[record.kind, record.id]
    if entries:
        lose_entries(here, record)


def lose_entries(here: Site, record: Record) -> None:
    kept = here.store.tables.entries.items()
    here.store.tables.entries = {k: e for k, e in kept if e.record_id != record.id}


def value_of(here: Site, record: Record, name: str) -> object:
    found = here.store.records.get(record.kind, record.id)
    return found and found.value(name)


def test_equal_locations_have_nothing_to_repair(world: World) -> None:
    assert world.repair() == [Repaired(), Repaired(), Repaired()]
    assert all(here.store.outbox.depth() == 0 for here in world.sites)


def test_a_damaged_value_is_put_back_from_the_audit_trail(world: World) -> None:
    here, there = world.sites[0], world.sites[1]
    record = any_customer(here)
    wrong = Register("Corrupted", record.values["surname"].stamp)
    put(here, replace(record, values={**record.values, "surname": wrong}))
    assert not world.is_equal()
    world.repair(rounds=3)
    assert world.is_equal()
    assert value_of(here, record, "surname") == value_of(there, record, "surname")
    newest = here.store.trail.of(record.kind, record.id)[-1]
    assert (newest.action, newest.caller.actor) == (Action.REPAIR, "sins/repair")
    assert there.store.trail.of(record.kind, record.id)[-1] == newest


def test_a_row_that_is_lost_comes_back_from_its_own_trail(world: World) -> None:
    here = world.sites[2]
    record = any_customer(here)
    lose(here, record, entries=False)
    world.repair(rounds=3)
    assert world.is_equal()
    found = here.store.records.get(record.kind, record.id)
    assert found is not None
    # Nobody who knows an older version can overwrite what came back.
    assert found.version > record.version


def test_a_row_that_cannot_be_read_is_put_back_from_its_own_trail(world: World) -> None:
    here = world.sites[2]
    record = any_customer(here)
    tear(here, record)
    assert not world.is_equal()
    world.repair(rounds=3)
    assert world.is_equal()
    found = here.store.records.get(record.kind, record.id)
    assert found is not None
    assert found.version > record.version


@pytest.mark.parametrize("kind", Kind)
def test_a_location_alone_puts_back_what_it_cannot_read(kind: Kind) -> None:
    alone = World([site("loc1", clock := FakeClock())], clock, FakeBoard())
    here = alone.sites[0]
    changes = {Kind.CUSTOMER: customer(), Kind.FIELD: definition("city")}
    here.store.commit(changes[kind])
    alone.settle()
    record = changes[kind].record
    tear(here, record)
    assert [done.mended for done in alone.repair()] == [0]
    found = here.store.records.get(kind, record.id)
    assert found is not None
    assert found.values == record.values
    alone.exchange()
    assert unreadable_keys(here.registry) == []


def test_a_row_that_cannot_be_read_comes_back_from_the_others_without_its_trail(
    world: World,
) -> None:
    here = world.sites[1]
    record = any_customer(here)
    tear(here, record)
    lose_entries(here, record)
    world.repair(rounds=3)
    assert world.is_equal()
    assert value_of(here, record, "surname") == record.value("surname")


def test_a_row_that_cannot_be_read_comes_back_from_the_others_where_its_trail_has_a_gap(
    world: World,
) -> None:
    here = world.sites[1]
    record = any_customer(here)
    patch_customer(record.id, {"name": "Anne"}, AGENT, here.registry)
    world.settle()
    first = here.store.trail.of(record.kind, record.id)[0]
    del here.store.tables.entries[entry_key(first)]
    tear(here, record)
    world.repair(rounds=3)
    assert world.is_equal()


def test_a_trail_that_lost_its_end_takes_back_neither_a_value_nor_a_place_in_its_chain(
    world: World,
) -> None:
    # The last to compare, so that it mends before anybody sends anything.
    here = world.sites[2]
    old = any_customer(here)
    patch_customer(old.id, {"name": "Anne"}, AGENT, here.registry)
    world.settle()
    last = here.store.trail.of(old.kind, old.id)[-1]
    del here.store.tables.entries[entry_key(last)]
    record = here.store.tables.records[old.kind, old.id]
    wrong = Register("Corrupted", record.values["surname"].stamp)
    put(here, replace(record, values={**record.values, "surname": wrong}))
    world.repair(rounds=3)
    assert world.is_equal()
    assert value_of(here, old, "name") == "Anne"
    chain = [(entry.seq, entry.action) for entry in here.store.trail.of(old.kind, old.id)]
    assert chain == [(1, Action.CREATE), (3, Action.REPAIR)]


def test_a_change_from_elsewhere_is_applied_over_a_row_that_cannot_be_read(world: World) -> None:
    here, there = world.sites[0], world.sites[1]
    record = any_customer(here)
    tear(here, record)
    patch_customer(record.id, {"name": "Anne"}, AGENT, there.registry)
    world.settle()
    found = here.store.records.get(record.kind, record.id)
    assert found is not None
    assert (found.value("name"), found.version) == ("Anne", record.version + 1)
    world.repair(rounds=3)
    assert world.is_equal()


def test_a_customer_of_whom_nothing_is_left_comes_back_from_the_others(world: World) -> None:
    here = world.sites[1]
    record = any_customer(here)
    lose(here, record, entries=True)
    world.repair(rounds=3)
    assert world.is_equal()
    assert len(here.store.trail.of(record.kind, record.id)) == 1


def test_a_row_that_was_rolled_back_is_brought_forward(world: World) -> None:
    here = world.sites[0]
    old = any_customer(here)
    patch_customer(old.id, {"name": "Anne"}, AGENT, here.registry)
    world.settle()
    put(here, old)
    world.repair(rounds=3)
    assert world.is_equal()
    assert value_of(here, old, "name") == "Anne"


def test_an_event_that_got_lost_on_its_way_is_sent_again(world: World) -> None:
    here = world.sites[0]
    create_customer({"surname": "Lost"}, AGENT, here.registry)
    publish_pending(here.registry, here.producer, "one")
    here.producer.sent.clear()
    assert not world.is_equal()
    world.repair(rounds=3)
    assert world.is_equal()


def test_a_row_that_fell_behind_its_trail_brings_back_neither_the_erased_nor_old_values(
    world: World,
) -> None:
    here = world.sites[0]
    gone, renamed = sorted(here.store.records.all(Kind.CUSTOMER), key=key_of)[:2]
    # Nobody has their whole trails any more, as after compaction.
    for one in world.sites:
        lose_entries(one, gone)
        lose_entries(one, renamed)
    here.store.commit(erased(gone, here.clock()))
    here.store.commit(updated(renamed, here.clock(), name="Petra"))
    put(here, gone)
    put(here, renamed)
    world.settle()
    world.repair(rounds=3)
    assert world.is_equal()
    for one in world.sites:
        assert one.store.tables.records[gone.kind, gone.id].is_erased
        assert value_of(one, renamed, "name") == "Petra"


def test_what_cannot_be_repaired_keeps_nothing_else_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "BUCKETS_A_RUN", 1)
    monkeypatch.setattr(repair, "RECORDS_A_RUN", 1)
    here = world.sites[0]
    in_order = sorted(here.store.records.all(Kind.CUSTOMER), key=lambda one: bucket_of(key_of(one)))
    lost, other = in_order[0], in_order[-1]
    wrong = Register("Corrupted", lost.values["surname"].stamp)
    for record in (lost, other):
        put(here, replace(record, values={**record.values, "surname": wrong}))
    for site_ in world.sites:
        lose_entries(site_, lost)
    world.repair(rounds=5)
    assert value_of(here, other, "surname") == other.value("surname")
    assert value_of(here, lost, "surname") == "Corrupted"


@pytest.mark.parametrize("refusal", [Damaged("its entry is there"), TooLarge("too large")])
def test_a_record_whose_repair_is_refused_keeps_nothing_else_from_it(
    world: World, refusal: SinsError, heard: pytest.LogCaptureFixture
) -> None:
    here = world.sites[0]
    refused, other = sorted(here.store.records.all(Kind.CUSTOMER), key=key_of)[:2]
    for record in (refused, other):
        tear(here, record)

    def refuse(change: Change) -> None:
        if change.record.id == refused.id:
            raise refusal

    here.store.before_commit = refuse
    take_digest(here.registry)
    assert unreadable_keys(here.registry) == [refused.id, other.id]
    done = repair_differences(REPAIRER, here.registry, world.board, here.producer)
    assert done.mended == 1
    assert here.store.records.get(other.kind, other.id) is not None
    assert f"{refused.id} cannot be mended: {refusal}" in heard.text


def damage_all(here: Site) -> None:
    for record in list(here.store.records.all(Kind.CUSTOMER)):
        wrong = Register("Corrupted", record.values["surname"].stamp)
        put(here, replace(record, values={**record.values, "surname": wrong}))


def test_all_is_mended_where_more_differs_than_the_board_tells_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "BUCKETS_A_RUN", 4)
    # What three runs tell, and the digests between them.
    world.board = ForgetfulBoard(3 * 3 * 4 + 6)
    damage_all(world.sites[0])
    for number in range(40):
        if number % 5 == 0:
            world.exchange()
        for here in world.sites:
            repair_differences(REPAIRER, here.registry, world.board, here.producer)
        world.settle()
    assert world.is_equal()


def test_a_bucket_is_listed_once_while_nothing_changes_in_it(world: World) -> None:
    world.board = board = ForgetfulBoard(1000)
    here = world.sites[0]
    damage_all(here)
    for one in world.sites:
        one.store.tables.entries.clear()
    world.repair(rounds=3)
    digests = 2 * len(world.sites)
    told = len(board.log)
    world.repair(rounds=1)
    assert len(board.log) == told + digests
    any_one = any_customer(here)
    put(here, replace(any_one, values={}))
    world.repair(rounds=1)
    assert len(board.log) == told + 2 * digests + 1


def test_what_others_have_listed_is_listed_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = world.sites[0], world.sites[1]
    damage_all(here)
    world.exchange()
    in_order = sorted({bucket_of(key_of(one)) for one in here.store.records.all(Kind.CUSTOMER)})
    listing = list_bucket([], in_order[-1], there.store.origin, there.clock())
    world.board.tell(listing)
    monkeypatch.setattr(repair, "LISTED_A_RUN", 3)
    repair_differences(REPAIRER, here.registry, world.board, here.producer)
    assert listed_by(here, world.board) == {in_order[-1], *in_order[:2]}


def listed_by(here: Site, board: FakeBoard) -> set[int]:
    mine = [one for one in board.told() if one.origin == here.store.origin]
    return {one.bucket for one in mine if isinstance(one, Listing)}


class ForgetfulBoard(FakeBoard):
    """Tells only the last of what it was told."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.log: list[Digest | Listing] = []
        self._length = length

    def tell(self, *notices: Digest | Listing) -> None:
        self.log += notices

    def told(self) -> list[Digest | Listing]:
        end = FakeBoard()
        end.tell(*self.log[-self._length :])
        return end.told()


def test_what_is_on_its_way_is_left_alone(world: World) -> None:
    here = world.sites[0]
    world.exchange()
    create_customer({"surname": "New"}, AGENT, here.registry)
    for one in world.sites:
        exchange_digests(one.registry, world.board)
    repaired = repair_differences(REPAIRER, here.registry, world.board, here.producer)
    assert repaired == Repaired()


def test_a_trail_that_was_tampered_with_overwrites_nothing(world: World) -> None:
    here = world.sites[0]
    record = any_customer(here)
    for key, entry in list(here.store.tables.entries.items()):
        if entry.record_id == record.id:
            here.store.tables.entries[key] = replace(entry, hash="0" * 64)
    wrong = Register("Corrupted", record.values["surname"].stamp)
    put(here, replace(record, values={**record.values, "surname": wrong}))
    world.repair(rounds=3)
    # The damage stays visible, and stays where it is.
    assert read_status(here.registry).peers["loc2"]["divergent"] == 1
    assert value_of(world.sites[1], record, "surname") != "Corrupted"


def test_what_is_sent_again_takes_nobodys_place_on_the_topic(world: World) -> None:
    here, there = world.sites[0], world.sites[1]
    record = any_customer(there)
    lose(here, record, entries=True)
    world.exchange()
    for one in world.sites:
        repair_differences(REPAIRER, one.registry, world.board, one.producer)
    repair_differences(REPAIRER, there.registry, world.board, there.producer)
    assert there.producer.sent
    assert all(event.via == there.store.origin for event in there.producer.sent)


def test_a_broker_that_is_away_is_said_so_before_all_is_tried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "BUCKETS_A_RUN", BUCKETS)
    here = world.sites[0]
    for record in list(here.store.records.all(Kind.CUSTOMER)):
        lose(here, record, entries=True)
    world.exchange()
    for one in world.sites:
        repair_differences(REPAIRER, one.registry, world.board, one.producer)
    other = world.sites[1]
    other.producer.refuses = lambda _event: TimeoutError("no acknowledgement in time")
    before = other.producer.calls
    with pytest.raises(Unavailable):
        repair_differences(REPAIRER, other.registry, world.board, other.producer)
    assert other.producer.calls == before + repair.MOST_UNSENT


def test_a_trail_that_cannot_be_sent_keeps_no_other_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "BUCKETS_A_RUN", BUCKETS)
    here, there = world.sites[0], world.sites[1]
    ids = here.store.records.live_ids("", 100)
    for record in list(here.store.records.all(Kind.CUSTOMER)):
        lose(here, record, entries=True)
    refuse_all_of(ids[: repair.MOST_UNSENT], there)
    for _ in range(2):
        world.exchange()
        for one in (here, there):
            with suppress(Unavailable):
                repair_differences(REPAIRER, one.registry, world.board, one.producer)
        world.settle()
    # Each run goes on behind those, though they are the first of all.
    assert here.store.records.live_ids("", 100) == ids[repair.MOST_UNSENT :]
    noted = read_status(there.registry).repair
    assert noted is not None
    assert noted["unsent"] == repair.MOST_UNSENT


def test_a_long_trail_is_sent_in_batches(world: World) -> None:
    here, there = world.sites[0], world.sites[1]
    record = any_customer(there)
    for number in range(repair.TOGETHER):
        patch_customer(record.id, {"name": f"Anne {number}"}, AGENT, there.registry)
    world.settle()
    lose(here, record, entries=True)
    world.exchange()
    repair_differences(REPAIRER, here.registry, world.board, here.producer)
    before = there.producer.calls
    repair_differences(REPAIRER, there.registry, world.board, there.producer)
    assert [event.entry.seq for event in there.producer.sent] == [*range(1, repair.TOGETHER + 2)]
    assert there.producer.calls == before + 2


def refuse_all_of(ids: Sequence[str], there: Site) -> None:
    too_large = Unavailable("too large")
    there.producer.refuses = lambda event: too_large if event.entry.record_id in ids else None


def test_the_figure_of_the_alarm_is_that_of_whom_most_is_divergent_from() -> None:
    here = site()
    assert divergent_buckets(here.registry) == 0
    facts: dict[str, Fact] = {name: {"divergent": n} for name, n in (("loc2", 3), ("loc3", 1))}
    here.store.system.note(Note.PEERS, facts)
    assert divergent_buckets(here.registry) == 3


def test_the_status_says_which_locations_differ_and_what_was_repaired(world: World) -> None:
    here = world.sites[0]
    lose(here, any_customer(here), entries=True)
    world.exchange()
    world.exchange()
    peers = read_status(here.registry).peers
    assert {name: peer["divergent"] for name, peer in peers.items()} == {"loc2": 1, "loc3": 1}
    world.repair(rounds=3)
    world.exchange()
    peers = read_status(here.registry).peers
    assert {name: peer["differing"] for name, peer in peers.items()} == {"loc2": 0, "loc3": 0}
    repair = read_status(world.sites[1].registry).repair
    assert repair is not None
    assert repair["sent_again"] == 1
