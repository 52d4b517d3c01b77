"""Places on a topic: what is legitimate, and what has to be told the broker again."""

import pytest

from chalicelib.messaging import places as places_module
from chalicelib.messaging.places import Places
from tests.fake_topic import FIRST, SECOND, FakeConsumer, FakeTopic


@pytest.fixture
def topic() -> FakeTopic:
    return FakeTopic()


def reader(topic: FakeTopic) -> tuple[FakeConsumer, Places]:
    consumer = topic.open()
    places = Places(consumer)
    places.begin()
    return consumer, places


def test_records_that_compaction_took_are_no_loss(topic: FakeTopic) -> None:
    consumer, places = reader(topic)
    topic.send(FIRST, 5)
    topic.gaps = {(FIRST, 0), (FIRST, 1), (FIRST, 3)}
    places.keep(consumer.poll(0))
    assert topic.places[FIRST].offset == 5
    assert not Places(topic.open()).are_lost(has_read=True)


@pytest.mark.parametrize("begin", [4, 5])
def test_a_partition_that_begins_later_than_its_place_may_hide_changes(
    topic: FakeTopic, begin: int
) -> None:
    consumer, places = reader(topic)
    topic.send(FIRST, 4)
    places.keep(consumer.poll(0))
    topic.send(FIRST, 4)
    topic.begins[FIRST] = begin
    places = Places(topic.open())
    assert places.are_lost(has_read=True) == (begin > 4)
    places.begin()
    assert topic.places[FIRST].offset == begin


def test_a_partition_whose_place_alone_is_forgotten_is_read_again_and_no_loss(
    topic: FakeTopic,
) -> None:
    consumer, places = reader(topic)
    topic.send(FIRST, 1)
    topic.send(SECOND, 1)
    places.keep(consumer.poll(0))
    del topic.places[FIRST]
    places = Places(topic.open())
    assert not places.are_lost(has_read=True)
    places.begin()
    assert {at: place.offset for at, place in topic.places.items()} == {FIRST: 0, SECOND: 1}


def test_a_place_that_the_broker_has_set_back_is_not_overwritten(topic: FakeTopic) -> None:
    consumer, places = reader(topic)
    before = dict(topic.places)
    topic.send(FIRST, 2)
    places.keep(consumer.poll(0))
    topic.places = before
    topic.send(FIRST, 1)
    with pytest.raises(LookupError):
        places.keep(consumer.poll(0))
    assert topic.places == before


def test_places_are_told_again_before_a_broker_forgets_them(
    topic: FakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer, places = reader(topic)
    told = consumer.commits
    places.keep({})
    assert consumer.commits == told
    monkeypatch.setattr(places_module, "LONGEST_UNTOLD", -1)
    places.keep({})
    assert consumer.commits == told + 1


def test_with_each_batch_all_places_are_told_again(topic: FakeTopic) -> None:
    consumer, places = reader(topic)
    told = topic.places[SECOND]
    topic.send(FIRST, 1)
    batches = consumer.poll(0)
    del topic.places[SECOND]
    places.keep(batches)
    assert topic.places[SECOND] == told
