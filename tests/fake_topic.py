"""A stand-in for a topic and what its broker keeps of a consumer: see `messaging/places.py`.

`FakeTopic` keeps every promise of a broker that `contract/test_places.py` checks, in memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

FIRST, SECOND = PARTITIONS = [TopicPartition("sins.customers", number) for number in range(2)]


@dataclass(slots=True)
class FakeTopic:
    """What a broker holds of the topic, and the places that it keeps."""

    ends: dict[Any, int] = field(default_factory=lambda: dict.fromkeys(PARTITIONS, 0))
    begins: dict[Any, int] = field(default_factory=lambda: dict.fromkeys(PARTITIONS, 0))
    # What compaction took.
    gaps: set[tuple[Any, int]] = field(default_factory=set)
    places: dict[Any, OffsetAndMetadata] = field(default_factory=dict)

    def open(self) -> "FakeConsumer":
        return FakeConsumer(self)

    def send(self, at: Any, count: int) -> None:
        self.ends[at] += count

    def lose(self) -> None:
        """It comes back without anything, and somebody makes the topic anew."""
        self.ends, self.begins = dict.fromkeys(PARTITIONS, 0), dict.fromkeys(PARTITIONS, 0)
        self.places = {}

    def close(self) -> None: ...


class FakeConsumer:
    """What of a KafkaConsumer is used, with every partition assigned."""

    def __init__(self, topic: FakeTopic) -> None:
        self._topic = topic
        self._positions: dict[Any, int] = {}
        self.commits = 0

    def assignment(self) -> set[Any]:
        return set(PARTITIONS)

    def partitions_for_topic(self, _name: str) -> set[int]:
        return {at.partition for at in PARTITIONS}

    def beginning_offsets(self, partitions: Sequence[Any]) -> dict[Any, int]:
        return {at: self._topic.begins[at] for at in partitions}

    def end_offsets(self, partitions: Sequence[Any]) -> dict[Any, int]:
        return {at: self._topic.ends[at] for at in partitions}

    def committed(self, at: Any, metadata: bool = False) -> Any:
        place = self._topic.places.get(at)
        return place if metadata or place is None else place.offset

    def commit(self, places: Mapping[Any, OffsetAndMetadata]) -> None:
        self.commits += 1
        self._topic.places |= places

    def position(self, at: Any) -> int:
        if at not in self._positions:
            if at not in self._topic.places:
                raise NoOffsetForPartitionError(at)
            self._positions[at] = self._topic.places[at].offset
        return self._positions[at]

    def poll(self, _milliseconds: int) -> dict[Any, list[Any]]:
        batches = {at: self._read(at) for at in PARTITIONS}
        return {at: records for at, records in batches.items() if records}

    def _read(self, at: Any) -> list[Any]:
        position, end = self.position(at), self._topic.ends[at]
        if not self._topic.begins[at] <= position <= end:
            raise OffsetOutOfRangeError({at: position})
        self._positions[at] = end
        there = [n for n in range(position, end) if (at, n) not in self._topic.gaps]
        return [_record(at, offset) for offset in there]

    def close(self) -> None: ...


def _record(at: Any, offset: int) -> Any:
    given = {
        "topic": at.topic,
        "partition": at.partition,
        "leader_epoch": -1,
        "offset": offset,
        "timestamp": 0,
        "key": b"",
        "value": b"",
        "headers": [],
    }
    return ConsumerRecord(**{name: given.get(name) for name in ConsumerRecord._fields})
