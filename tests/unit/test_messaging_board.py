"""Reading the board from a broker that dies meanwhile."""

from typing import Any

import pytest
from kafka import TopicPartition

from chalicelib.domain.errors import Unavailable
from chalicelib.messaging import board

PARTITION = TopicPartition("sins.digests", 0)


class Silent:
    """A consumer whose broker died: polling brings nothing and raises nothing."""

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return {0}

    def assign(self, _partitions: Any) -> None: ...

    def seek(self, _partition: Any, _offset: int) -> None: ...

    def beginning_offsets(self, partitions: Any) -> dict[Any, int]:
        return dict.fromkeys(partitions, 0)

    def end_offsets(self, partitions: Any) -> dict[Any, int]:
        return dict.fromkeys(partitions, 3)

    def position(self, _partition: Any) -> int:
        return 1

    def poll(self, _milliseconds: int) -> dict[Any, Any]:
        return {}


def test_a_board_that_falls_silent_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "LONGEST_READ", 0.01)
    with pytest.raises(Unavailable):
        list(board._tail(Silent(), PARTITION))
