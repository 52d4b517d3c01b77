"""The broker: a compacted topic in memory, and what each group has read of it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.messaging.producer import partition_of
from infra.topics import COMPACTION_LAG_MILLISECONDS

TOPIC = "sins.customers"
# Fewer than the product's, so that customers share them.
PARTITIONS = range(3)


class TopicPartition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Message:
    """A record of the topic, with the names that a consumer's record has."""

    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None
    topic: str = TOPIC
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(slots=True)
class Broker:
    """What was stored, and what was stored once and is compacted away."""

    logs: list[list[Message]] = field(default_factory=lambda: [[] for _ in PARTITIONS])
    offsets: dict[str, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0 for _ in PARTITIONS])
    )
    ends: list[int] = field(default_factory=lambda: [0 for _ in PARTITIONS])
    # For each partition one past the last record that compaction took.
    removed_below: list[int] = field(default_factory=lambda: [0 for _ in PARTITIONS])
    poison: set[tuple[int, int]] = field(default_factory=set)

    def __iter__(self) -> Iterator[Message]:
        return (message for log in self.logs for message in log)

    def store(self, key: bytes, value: bytes | None, now: int, at: int | None = None) -> Message:
        partition = partition_of(key, PARTITIONS) if at is None else at
        message = Message(partition, self.ends[partition], now, key, value)
        self.logs[partition].append(message)
        self.ends[partition] += 1
        return message

    def store_poison(self, value: bytes | None, now: int, at: int) -> None:
        """Bytes that are no event. Each has a key of its own, so that compaction keeps them all."""
        message = self.store(f"poison{self.ends[at]}".encode(), value, now, at)
        self.poison.add((at, message.offset))

    def fetch(self, group: str, partition: int, limit: int) -> list[Message]:
        log, start = self.logs[partition], self.offsets[group][partition]
        if start == self.ends[partition]:
            return []
        first = bisect_left(log, start, key=lambda message: message.offset)
        return log[first : first + limit]

    def commit(self, group: str, read: Mapping[int, int]) -> None:
        """Notes for each partition the offset to go on from."""
        for partition, offset in read.items():
            self.offsets[group][partition] = offset

    def lag(self, group: str) -> int:
        return sum(self.ends) - sum(self.offsets[group])

    def compact(self, now: int) -> int:
        """Keeps of what is older than the lag the last of each key; how many records it took."""
        return sum(self._compact(at, now - COMPACTION_LAG_MILLISECONDS) for at in PARTITIONS)

    def _compact(self, partition: int, before: int) -> int:
        log = self.logs[partition]
        last = {message.key: message.offset for message in log if message.timestamp < before}
        kept = [m for m in log if m.timestamp >= before or last[m.key] == m.offset]
        gone = {message.offset for message in log} - {message.offset for message in kept}
        if gone:
            self.logs[partition] = kept
            self.removed_below[partition] = max(gone) + 1
        return len(gone)

    def has_lost_for(self, group: str) -> bool:
        """Whether the group has yet to read what compaction took."""
        read = self.offsets[group]
        return any(read[at] < self.removed_below[at] for at in PARTITIONS)
