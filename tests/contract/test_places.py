"""What a broker keeps of its reader, and what is known when it has lost that."""

import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from chalicelib.messaging.consumer import open_consumer
from chalicelib.messaging.places import Places
from chalicelib.settings import Settings
from infra.topics import ensure_topics
from local.engines.broker import broker
from local.engines.kafka import kafka
from local.engines.network import free_port
from tests.conftest import kafka_is_missing, new_location, start
from tests.fake_topic import FIRST, SECOND, FakeTopic

PATIENCE = 30.0
# More than one of a batch is on its way at once.
COUNT = 3


class Topic(Protocol):
    """A topic that one location reads, whatever broker it is on."""

    def open(self) -> Any:
        """A consumer as a process that starts now opens it."""

    def send(self, at: Any, count: int) -> None:
        """Puts so many records into the partition."""

    def lose(self) -> None:
        """All of it is gone, with the places, and somebody has made it anew."""


class RealTopic:
    """On a broker; `remade` loses what it holds, and makes the topic anew."""

    def __init__(self, settings: Settings, remade: Callable[[Settings], None]) -> None:
        self._settings = settings
        self._remade = remade
        self._consumers: list[Any] = []
        ensure_topics(settings)

    def open(self) -> Any:
        consumer = open_consumer(self._settings, self._settings.location)
        self._consumers.append(consumer)
        return consumer

    def send(self, at: Any, count: int) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap, acks="all", enable_idempotence=False
        )
        for _ in range(count):
            sent = producer.send(
                self._settings.kafka_topic, key=b"k", value=b"{}", partition=at.partition
            )
            sent.get(timeout=10)
        producer.close()

    def lose(self) -> None:
        self._remade(self._settings)

    def close(self) -> None:
        for consumer in self._consumers:
            consumer.close()


@pytest.fixture
def fake() -> Topic:
    return FakeTopic()


@pytest.fixture
def embedded(environment: None, tmp_path: Path) -> Iterator[Topic]:
    """Its broker loses its data, as the rig's does in the fault tests."""
    port = free_port()
    with ExitStack() as running:
        engine = partial(broker, port, tmp_path / "kafka", tmp_path)
        address = start(running, engine).address

        def remake(_settings: Settings) -> None:
            running.close()
            shutil.rmtree(tmp_path / "kafka")
            # At another port: to a reader that asks first it would give a topic of one partition.
            with broker(None, tmp_path / "kafka", tmp_path) as elsewhere:
                ensure_topics(Settings(kafka_bootstrap=elsewhere.address))
            start(running, engine)

        topic = RealTopic(Settings(kafka_bootstrap=address), remake)
        yield topic
        topic.close()


@pytest.fixture(scope="session")
def kafka_address(environment: None) -> Iterator[str]:
    if kafka_is_missing():
        pytest.skip("Apache Kafka cannot run")
    with ExitStack() as running:
        yield start(running, kafka).address


@pytest.fixture
def apache(kafka_address: str) -> Iterator[Topic]:
    """One that is deleted loses its places too, and that is sooner done than with the broker."""
    name = new_location()
    settings = Settings(location=name, kafka_bootstrap=kafka_address, kafka_topic=f"sins.{name}")
    topic = RealTopic(settings, remake_topic)
    yield topic
    topic.close()


def remake_topic(settings: Settings) -> None:
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    admin.delete_topics([settings.kafka_topic])
    admin.close()
    assert ensure_topics(settings)


@pytest.fixture(
    params=[
        "fake",
        "embedded",
        # One process starts it.
        pytest.param("apache", marks=pytest.mark.xdist_group("apache")),
    ]
)
def topic(request: pytest.FixtureRequest) -> Topic:
    made: Topic = request.getfixturevalue(request.param)
    return made


def test_a_new_reader_begins_at_the_start_and_has_lost_nothing(topic: Topic) -> None:
    topic.send(FIRST, COUNT)
    consumer, places = opened(topic)
    assert not places.are_lost(has_read=False)
    assert taken(consumer, places, COUNT) == [(0, offset) for offset in range(COUNT)]


def test_a_reader_goes_on_behind_what_it_kept_and_reads_again_what_it_did_not(
    topic: Topic,
) -> None:
    topic.send(FIRST, COUNT)
    taken(*opened(topic), COUNT)
    topic.send(FIRST, 1)
    assert read(opened(topic)[0], 1)
    consumer, places = opened(topic)
    assert not places.are_lost(has_read=True)
    assert taken(consumer, places, 1) == [(0, COUNT)]


def test_a_reader_whose_place_is_behind_the_end_is_told_so(topic: Topic) -> None:
    consumer = reader_of_a_lost_topic(topic)[0]
    topic.send(FIRST, 1)
    with pytest.raises(KafkaError):
        read(consumer, 1)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({FIRST: COUNT + 1}, id="where it read before"),
        pytest.param({FIRST: COUNT, SECOND: 1}, id="where it had read nothing"),
    ],
)
def test_a_reader_keeps_no_place_on_a_topic_that_has_grown_as_long_as_the_lost_one(
    topic: Topic, sent: dict[Any, int]
) -> None:
    consumer, places = reader_of_a_lost_topic(topic)
    for at, count in sent.items():
        topic.send(at, count)
    batches = read(consumer, 1)
    with pytest.raises(LookupError):
        places.keep(batches)
    assert opened(topic)[1].are_lost(has_read=True)


def test_an_idle_reader_learns_that_its_places_are_forgotten(topic: Topic) -> None:
    _, places = reader_of_a_lost_topic(topic)
    with pytest.raises(LookupError):
        eventually(lambda: places.keep({}))


def test_places_are_lost_once(topic: Topic) -> None:
    reader_of_a_lost_topic(topic)
    topic.send(FIRST, 1)
    consumer, places = opened(topic)
    assert places.are_lost(has_read=True)
    places.begin()
    assert not opened(topic)[1].are_lost(has_read=True)
    assert taken(consumer, places, 1) == [(0, 0)]


def opened(topic: Topic) -> tuple[Any, Places]:
    """A consumer and its places as `TopicFollower` opens them."""
    consumer = topic.open()
    return consumer, Places(consumer)


def reader_of_a_lost_topic(topic: Topic) -> tuple[Any, Places]:
    """One that has read all, before the topic was lost and made anew."""
    topic.send(FIRST, COUNT)
    consumer, places = opened(topic)
    taken(consumer, places, COUNT)
    topic.lose()
    return consumer, places


def taken(consumer: Any, places: Places, count: int) -> list[tuple[int, int]]:
    """Partition and offset of what is read and kept as such."""
    places.begin()
    batches = read(consumer, count)
    places.keep(batches)
    return sorted((at.partition, one.offset) for at, records in batches.items() for one in records)


def read(consumer: Any, count: int) -> dict[Any, list[Any]]:
    """At least so many records."""
    batches = defaultdict[Any, list[Any]](list)

    def is_enough() -> bool:
        for at, records in consumer.poll(100).items():
            batches[at] += records
        return sum(map(len, batches.values())) >= count

    eventually(is_enough)
    return dict(batches)


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
