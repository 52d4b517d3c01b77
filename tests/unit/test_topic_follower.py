"""Following a topic that is lost, and that somebody else makes anew."""

from typing import Any

import pytest
from kafka.errors import KafkaError

from chalicelib.domain.notes import Note
from chalicelib.settings import Settings
from local import event_sources
from local.event_sources import TopicFollower
from tests.fake_topic import FIRST, SECOND, FakeTopic
from tests.fakes import Site, site


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> FakeTopic:
    topic = FakeTopic()
    monkeypatch.setattr(event_sources, "ensure_topics", lambda _settings: False)
    monkeypatch.setattr(event_sources, "open_consumer", lambda *_: topic.open())
    return topic


@pytest.fixture
def here() -> Site:
    return site()


class Function:
    """Notes partition and offset of what it is called with."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, int]] = []
        self.fails = False

    def __call__(self, event: Any, _context: Any) -> None:
        if self.fails:
            raise OSError("the tables do not answer")
        for records in event["records"].values():
            self.taken += [(one["partition"], one["offset"]) for one in records]


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def follower(topic: FakeTopic, here: Site, function: Function) -> TopicFollower:
    """One that has read all."""
    follower = TopicFollower(Settings(), here.registry, function)
    topic.send(FIRST, 2)
    go_on(follower)
    here.store.system.note(Note.APPLIED, {"loc2-00000001": {"at": 1}})
    assert (function.taken, has_joined(here)) == ([(0, 0), (0, 1)], True)
    function.taken.clear()
    return follower


@pytest.mark.parametrize("count", [1, 2, 3], ids=["shorter", "as long", "longer"])
def test_a_location_leaves_where_another_one_made_the_topic_anew(
    topic: FakeTopic, here: Site, follower: TopicFollower, function: Function, count: int
) -> None:
    topic.lose()
    topic.send(FIRST, count)
    topic.send(SECOND, 1)
    go_on(follower)
    assert not has_joined(here)
    assert function.taken[-count - 1 :] == [*((0, offset) for offset in range(count)), (1, 0)]
    assert {at: place.offset for at, place in topic.places.items()} == topic.ends


def test_a_location_leaves_where_the_new_topic_is_empty(
    topic: FakeTopic, here: Site, follower: TopicFollower
) -> None:
    topic.lose()
    go_on(follower)
    assert not has_joined(here)


def test_a_location_leaves_where_records_are_lost_and_its_place_is_not(
    topic: FakeTopic, here: Site, follower: TopicFollower, function: Function
) -> None:
    topic.ends[FIRST] = 1
    go_on(follower)
    assert (function.taken, has_joined(here)) == ([(0, 0)], False)
    assert topic.places[FIRST].offset == 1


def test_a_location_without_records_leaves_where_its_place_is_forgotten(
    topic: FakeTopic, here: Site, follower: TopicFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_sources, "SILENCE_SECONDS", -1)
    topic.places = {}
    go_on(follower)
    assert not has_joined(here)


def test_a_location_leaves_once(topic: FakeTopic, here: Site, follower: TopicFollower) -> None:
    topic.lose()
    go_on(follower)
    here.registry.membership.note(True, "it holds what the others do")
    topic.send(FIRST, 1)
    go_on(follower)
    follower.close()
    go_on(follower)
    assert has_joined(here)


def test_a_batch_that_could_not_be_applied_is_delivered_again_and_no_loss(
    topic: FakeTopic, here: Site, follower: TopicFollower, function: Function
) -> None:
    topic.send(FIRST, 1)
    function.fails = True
    go_on(follower)
    function.fails = False
    go_on(follower)
    assert (function.taken, has_joined(here)) == ([(0, 2)], True)


def go_on(follower: TopicFollower) -> None:
    """Some steps; after one that fails the follower is closed, as by `Follower.run`."""
    for _ in range(3):
        try:
            follower.step()
        except (LookupError, KafkaError, OSError):
            follower.close()


def has_joined(here: Site) -> bool:
    return here.registry.moved().membership.has_joined()
