"""A location takes no writes before it holds what the others do."""

import pytest

from chalicelib.domain.digest import Digest, Listing
from chalicelib.domain.errors import Joining
from chalicelib.domain.notes import Note
from chalicelib.services.customers import create_customer, patch_customer
from chalicelib.services.digest import JUST_NOW_MILLISECONDS, exchange_digests
from chalicelib.services.joining import (
    PAUSE_MILLISECONDS,
    SILENCE_MILLISECONDS,
    SLACK_MILLISECONDS,
    join,
    leave,
)
from chalicelib.services.replication import apply_event, note_applied, publish_pending
from chalicelib.services.retention import sweep_expired
from chalicelib.services.status import read_status
from tests.fakes import AGENT, FakeBoard, FakeClock, Site, site


def newcomer(location: str, clock: FakeClock) -> Site:
    here = site(location, clock)
    del here.store.tables.facts[Note.MEMBERSHIP]
    return here


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def home(clock: FakeClock, board: FakeBoard) -> Site:
    """A location with a customer, which the others have heard of."""
    home = site("loc1", clock)
    create_customer({"surname": "Meyer"}, AGENT, home.registry)
    exchange_digests(home.registry, board)
    return home


def read_everything(home: Site, here: Site) -> None:
    publish_pending(home.registry, home.producer, "one")
    for event in home.producer.sent:
        apply_event(event, here.registry)
    note_applied(home.producer.sent, here.registry)


def newcomer_with_an_answer(home: Site, clock: FakeClock, board: FakeBoard) -> Site:
    """It holds everything, has asked, and has not yet read what home answers."""
    here = newcomer("loc2", clock)
    read_everything(home, here)
    join(here.registry, board)
    join(home.registry, board)
    return here


def told_at(board: FakeBoard, location: str) -> int:
    return next(notice.at for notice in board.told() if notice.location == location)


def three_that_left(clock: FakeClock) -> list[Site]:
    """They hold the same."""
    first, *others = sites = [site(name, clock) for name in ("loc1", "loc2", "loc3")]
    create_customer({"surname": "Meyer"}, AGENT, first.registry)
    for here in others:
        read_everything(first, here)
    note_applied(first.producer.sent, first.registry)
    clock.advance(seconds=20)
    for here in sites:
        leave(here.registry, "its place on the topic is gone")
    return sites


def minutes(number: int, clock: FakeClock, board: FakeBoard, *sites: Site) -> None:
    """All of them look once a minute, as in AWS, and hear of it a minute later."""
    for _ in range(number):
        clock.advance(seconds=60)
        board.begin_round()
        for here in sites:
            join(here.registry, board)


def test_a_location_that_joins_refuses_every_write(home: Site, clock: FakeClock) -> None:
    here = newcomer("loc2", clock)
    read_everything(home, here)
    (record,) = here.store.tables.records.values()
    with pytest.raises(Joining):
        create_customer({"surname": "New"}, AGENT, here.registry)
    with pytest.raises(Joining):
        patch_customer(record.id, {"name": "Anna"}, AGENT, here.registry)
    with pytest.raises(Joining):
        sweep_expired(AGENT, here.registry, None)
    assert read_status(here.registry).membership == {"joined": 0}


def test_it_joins_once_it_holds_what_another_one_answers(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer("loc2", clock)
    assert not join(here.registry, board)
    read_everything(home, here)
    assert join(home.registry, board)
    assert join(here.registry, board)
    create_customer({"surname": "New"}, AGENT, here.registry)
    assert read_status(here.registry).membership["reason"] == "it holds what the others do"


def test_what_another_one_told_before_it_was_asked_is_no_answer(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer("loc2", clock)
    read_everything(home, here)
    create_customer({"surname": "Schmidt"}, AGENT, home.registry)
    clock.advance(seconds=20)
    assert not join(here.registry, board)
    assert not join(here.registry, board)
    join(home.registry, board)
    assert not join(here.registry, board)
    read_everything(home, here)
    clock.advance(milliseconds=JUST_NOW_MILLISECONDS)
    join(home.registry, board)
    assert join(here.registry, board)


def test_an_answer_to_an_earlier_question_does_not_count(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer_with_an_answer(home, clock, board)
    create_customer({"surname": "Schmidt"}, AGENT, home.registry)
    clock.advance(seconds=20)
    exchange_digests(here.registry, board)
    assert not join(here.registry, board)


def test_while_old_events_come_in_it_does_not_compare(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer("loc2", clock)
    join(here.registry, board)
    asked_at = clock()
    clock.advance(seconds=20)
    read_everything(home, here)
    join(home.registry, board)
    assert not join(here.registry, board)
    assert told_at(board, "loc2") == asked_at
    clock.advance(milliseconds=JUST_NOW_MILLISECONDS)
    assert join(here.registry, board)


def test_what_came_in_while_its_clock_ran_ahead_is_not_of_now(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = site("loc2", clock)
    clock.advance(days=365)
    read_everything(home, here)
    assert exchange_digests(here.registry, board)[0].behind
    clock.advance(days=-365)
    assert not exchange_digests(here.registry, board)[0].behind


def test_while_new_events_come_in_it_does(home: Site, clock: FakeClock, board: FakeBoard) -> None:
    here = newcomer("loc2", clock)
    join(here.registry, board)
    read_everything(home, here)
    join(home.registry, board)
    assert join(here.registry, board)


def test_it_asks_again_only_after_an_answer_or_a_silence(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer("loc2", clock)
    clock.advance(seconds=20)
    join(here.registry, board)
    asked_at = clock()
    clock.advance(milliseconds=SILENCE_MILLISECONDS - 1)
    join(here.registry, board)
    assert told_at(board, "loc2") == asked_at
    clock.advance(milliseconds=1)
    join(here.registry, board)
    assert told_at(board, "loc2") == clock()


def test_who_has_joined_answers_each_question_and_only_once(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    for name in ("loc2", "loc3"):
        join(newcomer(name, clock).registry, board)
        clock.advance(seconds=1)
        join(home.registry, board)
        assert told_at(board, "loc1") == clock()
    clock.advance(seconds=1)
    join(home.registry, board)
    assert told_at(board, "loc1") < clock()
    # A board that has lost its answer is told again.
    del board.notices["loc1", None]
    join(home.registry, board)
    assert told_at(board, "loc1") == clock()


def test_a_change_that_was_made_just_before_the_answer_may_still_be_on_its_way(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer("loc2", clock)
    read_everything(home, here)
    clock.advance(seconds=60)
    join(here.registry, board)
    create_customer({"surname": "New"}, AGENT, home.registry)
    clock.advance(milliseconds=SLACK_MILLISECONDS - 1)
    join(home.registry, board)
    clock.advance(seconds=60)
    assert join(here.registry, board)


def test_two_that_join_hold_what_the_other_one_does(clock: FakeClock, board: FakeBoard) -> None:
    one, other = site("loc1", clock), site("loc2", clock)
    create_customer({"surname": "Meyer"}, AGENT, one.registry)
    read_everything(one, other)
    for here in (one, other):
        leave(here.registry, "its place on the topic is gone")
    note_applied(one.producer.sent, one.registry)
    clock.advance(seconds=20)
    for here in (one, other, one):
        assert not join(here.registry, board)
    clock.advance(milliseconds=PAUSE_MILLISECONDS)
    assert join(one.registry, board)
    assert join(other.registry, board)


def test_those_that_always_ask_at_the_same_moment_hear_each_other_all_the_same(
    clock: FakeClock,
) -> None:
    board = FakeBoard()
    sites = three_that_left(clock)
    for _ in range(SILENCE_MILLISECONDS // 1000):
        clock.advance(seconds=1)
        board.begin_round()
        for here in sites:
            join(here.registry, board)
    assert all(here.registry.membership.has_joined() for here in sites)


def test_those_that_always_ask_again_at_the_same_moment_hear_each_other_too(
    clock: FakeClock,
) -> None:
    board = FakeBoard()
    sites = three_that_left(clock)
    minutes(4, clock, board, *sites)
    assert all(here.registry.membership.has_joined() for here in sites)


def test_it_joins_though_each_answer_takes_longer_than_it_waits(
    home: Site, clock: FakeClock
) -> None:
    board = FakeBoard()
    exchange_digests(home.registry, board)
    here = newcomer("loc2", clock)
    read_everything(home, here)
    clock.advance(seconds=20)
    minutes(4, clock, board, home, here)
    assert here.registry.membership.has_joined()


def test_two_that_have_read_nothing_do_not_join_by_each_other_beside_one_that_has_joined(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here, there = newcomer("loc2", clock), newcomer("loc3", clock)
    for _ in range(3):
        clock.advance(milliseconds=PAUSE_MILLISECONDS)
        assert not join(here.registry, board)
        assert not join(there.registry, board)
    read_everything(home, here)
    clock.advance(milliseconds=JUST_NOW_MILLISECONDS)
    join(home.registry, board)
    assert join(here.registry, board)
    assert not join(there.registry, board)


def test_who_has_joined_and_fell_silent_a_day_ago_keeps_nobody_from_joining(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here, there = newcomer("loc2", clock), newcomer("loc3", clock)
    for one in (here, there):
        read_everything(home, one)
    clock.advance(days=1)
    for one in (here, there, here):
        assert not join(one.registry, board)
    clock.advance(milliseconds=PAUSE_MILLISECONDS)
    assert join(here.registry, board)


def test_the_first_location_of_all_joins_at_once(clock: FakeClock, board: FakeBoard) -> None:
    here = newcomer("loc1", clock)
    assert join(here.registry, board)
    create_customer({"surname": "First"}, AGENT, here.registry)


def test_who_knows_of_others_waits_for_them(home: Site, clock: FakeClock, board: FakeBoard) -> None:
    here = newcomer("loc2", clock)
    read_everything(home, here)
    assert not join(here.registry, FakeBoard())


def test_who_has_lost_its_place_on_the_topic_joins_again(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = site("loc2", clock)
    assert join(here.registry, board)
    leave(here.registry, "its place on the topic is gone")
    with pytest.raises(Joining):
        create_customer({"surname": "New"}, AGENT, here.registry)
    read_everything(home, here)
    clock.advance(seconds=1)
    assert not join(here.registry, board)
    join(home.registry, board)
    assert join(here.registry, board)


def test_who_is_made_to_leave_while_it_compares_has_not_joined(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = newcomer_with_an_answer(home, clock, board)
    tell = board.tell

    def tell_and_leave(*notices: Digest | Listing) -> None:
        tell(*notices)
        clock.advance(seconds=1)
        leave(here.registry, "its place on the topic is gone")

    board.tell = tell_and_leave  # type: ignore[method-assign]
    clock.advance(seconds=20)
    assert not join(here.registry, board)


def test_who_left_while_its_clock_ran_ahead_joins_once_it_is_put_right(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = site("loc2", clock)
    read_everything(home, here)
    clock.advance(days=365)
    leave(here.registry, "its place on the topic is gone")
    clock.advance(days=-365)
    for _ in range(2):
        clock.advance(milliseconds=SILENCE_MILLISECONDS)
        assert not join(here.registry, board)
    join(home.registry, board)
    assert join(here.registry, board)


def test_another_process_hears_within_seconds(clock: FakeClock) -> None:
    here = site("loc2", clock)
    assert here.registry.membership.has_joined()
    here.store.system.note(Note.MEMBERSHIP, {"this": {"joined": 0, "reason": "", "at": clock()}})
    clock.advance(seconds=11)
    assert not here.registry.membership.has_joined()


def test_what_it_told_before_it_left_asks_nothing(
    home: Site, clock: FakeClock, board: FakeBoard
) -> None:
    here = site("loc2", clock)
    read_everything(home, here)
    exchange_digests(here.registry, board)
    exchange_digests(home.registry, board)
    clock.advance(seconds=1)
    leave(here.registry, "its place on the topic is gone")
    assert not join(here.registry, board)
    clock.advance(seconds=1)
    assert not join(here.registry, board)
    join(home.registry, board)
    assert join(here.registry, board)
