"""The stand-ins for processes and for the broker do what the real ones do."""

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.messaging import codec
from infra.topics import COMPACTION_LAG_MILLISECONDS
from tests.simulation.broker import Broker
from tests.simulation.poison import TAMPERED
from tests.simulation.process import TO_THE_END, Crashed, Process
from tests.simulation.remembering import once_each, remembering


class Steps:
    """Work of three steps that notes how far it came, and cleans up behind itself."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.process = Process(self._attempt)

    def _attempt(self) -> None:
        with suppress(Crashed):
            self._work()

    def _work(self) -> None:
        try:
            for name in ("one", "two", "three"):
                self.process.pause()
                self.done.append(name)
        finally:
            self.process.pause()
            self.done.append("cleaned up")


def test_a_stopped_process_goes_on_where_it_stopped() -> None:
    steps = Steps()
    steps.process.resume(2)
    assert steps.done == ["one", "two"]
    assert not steps.process.is_over
    steps.process.resume(TO_THE_END)
    assert steps.done == ["one", "two", "three", "cleaned up"]
    assert steps.process.is_over


def test_a_process_that_nobody_stops_runs_through() -> None:
    steps = Steps()
    steps.process.resume(TO_THE_END)
    assert steps.done == ["one", "two", "three", "cleaned up"]
    assert steps.process.is_over


def test_a_killed_process_does_nothing_more() -> None:
    steps = Steps()
    steps.process.resume(1)
    steps.process.kill()
    assert steps.done == ["one"]
    assert steps.process.is_over


def test_a_process_that_never_ran_can_be_killed() -> None:
    steps = Steps()
    steps.process.resume(0)
    steps.process.kill()
    assert steps.done == []


def test_compaction_keeps_the_last_of_each_key_and_what_is_young() -> None:
    broker, old, young = Broker(), 0, COMPACTION_LAG_MILLISECONDS + 1
    for key, at in ((b"a|1", old), (b"a|2", old), (b"a|1", old), (b"a|2", young), (b"a|2", young)):
        broker.store(key, b"{}", at, 0)
    assert broker.compact(young) == 1
    assert [message.offset for message in broker] == [1, 2, 3, 4]
    assert broker.has_lost_for("whoever has read nothing")
    assert [message.offset for message in broker.fetch("reader", 0, 2)] == [1, 2]


def test_a_group_goes_on_from_what_it_committed() -> None:
    broker = Broker()
    for _ in range(3):
        broker.store(b"a|1", b"{}", 0, 1)
    broker.commit("reader", {1: 2})
    assert [message.offset for message in broker.fetch("reader", 1, 100)] == [2]
    assert broker.lag("reader") == 1
    assert broker.lag("another") == 3


def test_an_event_that_all_locations_share_cannot_be_changed() -> None:
    with remembering():
        event = codec.decode(TAMPERED)
        assert codec.decode(bytes(bytearray(TAMPERED))) is event
    with pytest.raises(TypeError, match="item assignment"):
        event.record.values["surname"] = None  # type: ignore[index]
    assert event == codec.decode(TAMPERED)


def test_what_is_remembered_is_of_one_value_and_no_equal_one() -> None:
    asked: list[Any] = []

    def counted(value: Any) -> int:
        asked.append(value)
        return len(value)

    length = once_each(counted)
    one, equal = [1], [1]
    assert [length(one), length(one), length(equal)] == [1, 1, 1]
    assert len(asked) == 2
