"""The sweep: erasing customers that nobody may keep any longer."""

from collections.abc import Sequence

import pytest

from chalicelib.domain.audit import Action, Caller
from chalicelib.domain.change import Change, Event
from chalicelib.domain.digest import Digest
from chalicelib.domain.errors import (
    Damaged,
    TooLarge,
    Unavailable,
)
from chalicelib.domain.notes import Note
from chalicelib.domain.record import Kind, Life, Record
from chalicelib.services import digest
from chalicelib.services.digest import (
    AWAY_MILLISECONDS,
    BATCH_MILLISECONDS,
    OLD_DIGEST_MILLISECONDS,
    PATIENCE,
    exchange_digests,
)
from chalicelib.services.ports import Board
from chalicelib.services.replication import apply_event, note_applied
from chalicelib.services.retention import (
    PAGE,
    TOGETHER,
    Swept,
    due_customers,
    sweep_expired,
)
from tests.fakes import (
    NOW,
    FakeBoard,
    Site,
    customer,
    customer_id,
    definition,
    deleted,
    event_of,
    site,
    unavailable,
    updated,
)

SWEEPER = Caller("sins/retention", "system", "request")


def sweep(here: Site, board: Board | None = None) -> Swept:
    return sweep_expired(SWEEPER, here.registry, board)


def life(here: Site, number: int) -> Life:
    record = here.store.records.get(Kind.CUSTOMER, customer_id(number))
    assert record is not None
    return Life(str(record.life.value))


def with_customers(*numbers: int, days: int = 30) -> Site:
    here = site(days=days)
    for number in numbers:
        here.store.commit(customer(number))
    return here


def test_only_expired_customers_are_erased() -> None:
    here = with_customers(1, 2)
    here.clock.advance(days=20)
    here.store.commit(customer(3, here.clock()))
    assert sweep(here) == Swept(0, finished=True)
    here.clock.advance(days=10)
    assert sweep(here) == Swept(2, finished=True)
    assert [life(here, number) for number in (1, 2, 3)] == [Life.ERASED, Life.ERASED, Life.LIVE]


def test_an_erasure_is_audited_and_sent() -> None:
    here = with_customers(1)
    here.clock.advance(days=30)
    sweep(here)
    entry = here.store.trail.of(Kind.CUSTOMER, customer_id(1))[-1]
    assert (entry.action, entry.caller) == (Action.ERASE, SWEEPER)
    assert here.store.outbox.depth() == 2


def test_nobody_is_erased_twice() -> None:
    here = with_customers(1)
    here.clock.advance(days=30)
    sweep(here)
    here.clock.advance(days=300)
    assert sweep(here) == Swept(0, finished=True)


def test_deleted_customers_are_erased_in_time() -> None:
    here = with_customers(1)
    record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
    assert record is not None
    here.store.commit(deleted(record))
    here.clock.advance(days=30)
    assert sweep(here).erased == 1


def test_fields_are_never_erased() -> None:
    here = with_customers()
    here.store.commit(definition("city"))
    here.clock.advance(days=3000)
    assert sweep(here).erased == 0


def test_customers_of_another_home_are_left_to_it_for_a_day() -> None:
    here = site("loc1", days=30)
    apply_event(event_of(customer(1, location="loc2")), here.registry)
    here.clock.advance(days=30)
    assert sweep(here).erased == 0
    here.clock.advance(days=1)
    assert sweep(here).erased == 1


def test_more_are_erased_than_one_page_holds() -> None:
    here = with_customers(*range(PAGE + 3))
    here.clock.advance(days=30)
    assert len(list(due_customers(here.registry))) == PAGE + 3
    assert sweep(here) == Swept(PAGE + 3, finished=True)


def test_pages_full_of_customers_of_another_home_do_not_end_the_sweep() -> None:
    here = site("loc1", days=30)
    for number in range(PAGE + 1):
        apply_event(event_of(customer(number, NOW, "loc2")), here.registry)
    here.store.commit(customer(PAGE + 7, NOW + 5))
    here.clock.advance(days=30)
    assert sweep(here) == Swept(1, finished=True)


def test_a_sweep_that_is_stopped_says_so_and_the_next_goes_on() -> None:
    here = with_customers(*range(2 * TOGETHER + 3))
    here.clock.advance(days=30)
    left = iter([True, True, False])
    stopped = sweep_expired(SWEEPER, here.registry, None, lambda: next(left))
    assert stopped == Swept(2 * TOGETHER, finished=False)
    assert sweep(here) == Swept(3, finished=True)


def test_customers_are_erased_in_few_transactions() -> None:
    here = with_customers(*range(2 * TOGETHER + 3))
    here.clock.advance(days=30)
    sizes: list[int] = []
    here.store.before_transaction = lambda changes: sizes.append(len(changes))
    sweep(here)
    assert sizes == [TOGETHER, TOGETHER, 3]


@pytest.mark.parametrize("refusal", [Damaged, TooLarge])
def test_one_that_cannot_be_erased_is_left_and_keeps_no_other(refusal: type[Exception]) -> None:
    here = with_customers(*range(TOGETHER + 3))
    here.clock.advance(days=30)
    in_the_way(here, customer_id(7), refusal("of seven"))
    swept = sweep(here)
    assert swept == Swept(TOGETHER + 2, refused={customer_id(7): "of seven"}, finished=True)
    assert swept.left == 1


def test_one_that_cannot_be_read_is_left_and_keeps_no_other() -> None:
    here = with_customers(*range(PAGE + 3))
    here.clock.advance(days=30)
    here.store.tables.unreadable.add((Kind.CUSTOMER, customer_id(7)))
    swept = sweep(here)
    assert (swept.erased, swept.left, swept.finished) == (PAGE + 2, 1, True)
    assert "row cannot be read" in swept.refused[customer_id(7)]
    assert list(due_customers(here.registry)) == []


def test_where_the_tables_do_not_answer_the_sweep_ends_in_order() -> None:
    here = with_customers(*range(TOGETHER + 3))
    here.clock.advance(days=30)
    in_the_way(here, customer_id(TOGETHER), Unavailable("no answer"))
    assert sweep(here) == Swept(TOGETHER, finished=False, reason="no answer")


def in_the_way(here: Site, record_id: str, error: Exception) -> None:
    """No commit that holds a change of this record succeeds."""

    def refuse(changes: Sequence[Change]) -> None:
        if any(change.record.id == record_id for change in changes):
            raise error

    here.store.before_transaction = refuse


def test_a_customer_that_is_changed_at_that_moment_is_kept() -> None:
    here = with_customers(1, 2)
    here.clock.advance(days=30)

    def other(_: Change) -> None:
        here.store.before_commit = lambda _change: None
        record = here.store.records.get(Kind.CUSTOMER, customer_id(1))
        assert record is not None
        here.store.commit(updated(record, here.clock(), name="Anne"))

    here.store.before_commit = other
    assert sweep(here) == Swept(1, finished=True)
    assert [life(here, number) for number in (1, 2)] == [Life.LIVE, Life.ERASED]


# Home is loc1, and customer 1 is due there; loc2 changed it a day before, and tells so.


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def others(board: FakeBoard) -> tuple[Site, Site]:
    """Home, which has not heard of the change, and loc2; both have told what they hold."""
    home = with_customers(1, 2)
    there = site("loc2", home.clock, days=30)
    for number in (1, 2):
        apply_event(event_of(customer(number)), there.registry)
    tell(board, home, there)
    home.clock.advance(days=29)
    there.store.commit(updated(stored(there, 1), home.clock(), "loc2", name="Anne"))
    for _ in range(2):
        tell(board, there, home)
        home.clock.advance(days=0.5)
    tell(board, there, home)
    return home, there


Others = tuple[Site, Site]


def tell(board: FakeBoard, *sites: Site) -> None:
    for one in sites:
        exchange_digests(one.registry, board)


def stored(here: Site, number: int) -> Record:
    record = here.store.records.get(Kind.CUSTOMER, customer_id(number))
    assert record is not None
    return record


def told_by(board: FakeBoard, location: str) -> Digest:
    told = board.notices[location, None]
    assert isinstance(told, Digest)
    return told


def test_who_was_changed_elsewhere_unheard_is_kept_and_only_who_was(
    others: Others, board: FakeBoard
) -> None:
    home, _ = others
    assert sweep(home, board) == Swept(1, waiting=1)
    assert [life(home, number) for number in (1, 2)] == [Life.LIVE, Life.ERASED]


def test_who_was_kept_goes_in_time_once_the_change_is_heard(
    others: Others, board: FakeBoard
) -> None:
    home, there = others
    sweep(home, board)
    change = there.store.trail.of(Kind.CUSTOMER, customer_id(1))[-1]
    apply_event(Event(change, stored(there, 1)), home.registry)
    tell(board, *others)
    assert sweep(home, board) == Swept(0)
    home.clock.advance(days=29)
    tell(board, *others)
    assert sweep(home, board) == Swept(1)


def test_a_change_on_its_way_stops_no_sweep(others: Others, board: FakeBoard) -> None:
    home, there = others
    there.store.commit(updated(stored(there, 2), home.clock(), "loc2", name="Ida"))
    home.clock.advance(milliseconds=PATIENCE - 1)
    tell(board, *others)
    assert sweep(home, board) == Swept(1, waiting=1)
    assert life(home, 2) is Life.ERASED


def behind(others: Others) -> Site:
    """The location that sweeps: it lacks a change of the other one, and old ones come in."""
    home, there = others
    there.store.commit(updated(stored(there, 2), home.clock() - 20_000, "loc2", name="Ida"))
    note_applied([event_of(customer(3, home.clock() - 20_000, "loc3"))], home.registry)
    return home


def test_while_old_changes_come_in_every_difference_counts(
    others: Others, board: FakeBoard
) -> None:
    home = behind(others)
    tell(board, *others)
    assert sweep(home, board) == Swept(0, waiting=2)


def test_so_it_is_where_old_changes_come_in_slowly(others: Others, board: FakeBoard) -> None:
    home = behind(others)
    home.clock.advance(seconds=30)
    tell(board, *others)
    assert sweep(home, board) == Swept(0, waiting=2)


def test_so_it_is_where_they_came_in_when_it_told_what_it_held(
    others: Others, board: FakeBoard
) -> None:
    home = behind(others)
    tell(board, *others)
    home.clock.advance(milliseconds=BATCH_MILLISECONDS)
    assert sweep(home, board) == Swept(0, waiting=2)


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two pollers"])
def test_new_changes_of_one_partition_do_not_hide_that_old_ones_come_in_by_another(
    others: Others, board: FakeBoard, together: bool
) -> None:
    home, there = others
    there.store.commit(updated(stored(there, 2), home.clock() - 20_000, "loc2", name="Ida"))
    old, new = (
        event_of(customer(number, home.clock() - late, "loc2"))
        for number, late in ((3, 20_000), (4, 0))
    )
    for batch in [[old, new]] if together else [[old], [new]]:
        note_applied(batch, home.registry)
    tell(board, *others)
    assert sweep(home, board) == Swept(0, waiting=2)


def test_who_fell_due_since_another_location_told_something_waits_for_it(board: FakeBoard) -> None:
    home = with_customers(1)
    there, third = (site(name, home.clock, days=30) for name in ("loc2", "loc3"))
    for one in (there, third):
        apply_event(event_of(customer(1)), one.registry)
    home.clock.advance(days=29.4)
    tell(board, home, there, home)
    there.store.commit(updated(stored(there, 1), home.clock() + 1, "loc2", name="Anne"))
    home.clock.advance(days=0.5)
    # What one tells does not stand for another.
    tell(board, third, home)
    assert sweep(home, board) == Swept(0, waiting=1)
    home.clock.advance(days=0.5)
    tell(board, third, home)
    assert sweep(home, board) == Swept(1)


def test_who_was_due_already_when_the_others_told_the_same_goes_though_they_are_silent_since(
    board: FakeBoard,
) -> None:
    home = with_customers(1)
    there = site("loc2", home.clock, days=30)
    apply_event(event_of(customer(1)), there.registry)
    home.clock.advance(days=30)
    tell(board, home, there)
    home.clock.advance(days=0.9)
    assert sweep(home, board) == Swept(1)


def test_a_location_that_fell_silent_a_day_ago_keeps_nobody(
    others: Others, board: FakeBoard
) -> None:
    home, _ = others
    home.clock.advance(milliseconds=AWAY_MILLISECONDS - 1)
    tell(board, home)
    assert sweep(home, board) == Swept(1, waiting=1)
    home.clock.advance(milliseconds=1)
    assert sweep(home, board) == Swept(1)


def test_a_location_that_has_yet_to_join_keeps_nobody(others: Others, board: FakeBoard) -> None:
    home, there = others
    del there.store.tables.facts[Note.MEMBERSHIP]
    home.clock.advance(days=1)
    tell(board, there, home)
    assert sweep(home, board) == Swept(2)


def test_a_board_that_does_not_answer_stops_the_sweep(
    others: Others, board: FakeBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = others
    monkeypatch.setattr(board, "told", unavailable)
    with pytest.raises(Unavailable):
        sweep(home, board)
    assert life(home, 2) is Life.LIVE


def test_a_board_that_has_lost_what_another_one_told_stops_the_sweep(
    others: Others, board: FakeBoard
) -> None:
    home, _ = others
    del board.notices["loc2", None]
    with pytest.raises(Unavailable, match="loc2"):
        sweep(home, board)
    home.clock.advance(milliseconds=AWAY_MILLISECONDS)
    assert sweep(home, board) == Swept(2)


def test_a_recent_digest_is_not_taken_again(others: Others, board: FakeBoard) -> None:
    home, _ = others
    told_at = told_by(board, "loc1").at
    home.clock.advance(milliseconds=OLD_DIGEST_MILLISECONDS - 1)
    sweep(home, board)
    assert told_by(board, "loc1").at == told_at
    home.clock.advance(milliseconds=1)
    sweep(home, board)
    assert told_by(board, "loc1").at == home.clock()


def test_who_has_told_nothing_takes_a_digest_first(others: Others, board: FakeBoard) -> None:
    home, _ = others
    del board.notices["loc1", None]
    sweep(home, board)
    assert told_by(board, "loc1").at == home.clock()


def test_who_is_alone_takes_no_digest(board: FakeBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    here = with_customers(1)
    here.clock.advance(days=30)
    monkeypatch.setattr(digest, "take_digest", unavailable)
    assert sweep(here, board) == Swept(1)
