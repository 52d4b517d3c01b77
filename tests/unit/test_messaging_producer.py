"""What is sent goes in pieces, each of which has its own time."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from chalicelib.messaging import producer
from chalicelib.messaging.producer import PIECE_BYTES, KafkaSender
from chalicelib.settings import Settings

LARGE = b"x" * (PIECE_BYTES // 2)


@dataclass
class Future:
    is_done: bool = True
    exception: Exception | None = None


@dataclass
class Broker:
    """A producer of kafka-python: what it was given between two flushes, and what it refuses."""

    waiting: list[bytes] = field(default_factory=list)
    flushed: list[list[bytes]] = field(default_factory=list)
    refuses: dict[bytes, Exception] = field(default_factory=dict)
    unanswered: set[bytes] = field(default_factory=set)
    closed: int = 0

    def partitions_for(self, _topic: str) -> set[int]:
        return {0}

    def send(self, _topic: str, *, key: bytes, **_others: Any) -> Future:
        self.waiting.append(key)
        return Future(key not in self.unanswered, self.refuses.get(key))

    def flush(self, **_others: Any) -> None:
        self.flushed.append(self.waiting)
        self.waiting = []

    def close(self, **_others: Any) -> None:
        self.closed += 1


class Sender(KafkaSender):
    def __init__(self, broker: Broker) -> None:
        super().__init__(Settings())
        self._broker = broker

    def _connect(self) -> Broker:
        return self._broker


def test_what_is_small_goes_in_one_piece() -> None:
    broker = Broker()
    assert Sender(broker).send("topic", [(b"a", b"1"), (b"b", b"2")]) == [None, None]
    assert broker.flushed == [[b"a", b"b"]]


def test_nothing_is_sent_without_a_connection() -> None:
    broker = Broker()
    assert Sender(broker).send("topic", []) == []
    assert broker.flushed == []


def test_what_is_large_goes_in_pieces_in_its_order() -> None:
    broker = Broker()
    huge = 3 * LARGE
    records = [(b"a", LARGE), (b"b", LARGE), (b"c", huge), (b"d", LARGE)]
    assert Sender(broker).send("topic", records) == [None] * 4
    assert broker.flushed == [[b"a", b"b"], [b"c"], [b"d"]]


def test_nobody_waits_again_for_a_broker_that_did_not_answer() -> None:
    away = KafkaTimeoutError()
    broker = Broker(refuses={b"b": away})
    records = [(b"a", LARGE), (b"b", LARGE), (b"c", LARGE), (b"d", LARGE), (b"e", LARGE)]
    assert Sender(broker).send("topic", records) == [None, away, away, away, away]
    assert broker.flushed == [[b"a", b"b"]]


def test_what_nobody_answered_counts_as_lost_and_is_not_sent_later() -> None:
    broker = Broker(unanswered={b"b"})
    sender = Sender(broker)
    first, second = sender.send("topic", [(b"a", b"1"), (b"b", b"2")])
    assert (first, type(second)) == (None, TimeoutError)
    # A producer that is closed at once sends nothing behind anybody's back.
    assert broker.closed == 1
    broker.unanswered.clear()
    assert sender.send("topic", [(b"b", b"2")]) == [None]
    assert broker.closed == 1


def test_no_piece_is_begun_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer, "SEND_SECONDS", -1)
    broker = Broker()
    first, *others = Sender(broker).send("topic", [(b"a", 3 * LARGE), (b"b", LARGE), (b"c", LARGE)])
    assert first is None
    assert [type(other) for other in others] == [TimeoutError, TimeoutError]
    assert broker.flushed == [[b"a"]]


def test_a_record_that_the_broker_refuses_keeps_no_other_from_it() -> None:
    too_large = MessageSizeTooLargeError()
    broker = Broker(refuses={b"a": too_large})
    records = [(b"a", 3 * LARGE), (b"b", LARGE), (b"c", LARGE)]
    assert Sender(broker).send("topic", records) == [too_large, None, None]
    assert broker.flushed == [[b"a"], [b"b", b"c"]]
