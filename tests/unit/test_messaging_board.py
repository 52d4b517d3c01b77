"""How much of the board is read, and reading it from a broker that dies meanwhile."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from chalicelib.domain.digest import list_bucket, make_digest
from chalicelib.domain.errors import Unavailable
from chalicelib.messaging import board
from tests.fakes import NOW

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

    def offsets_for_times(self, times: dict[Any, int]) -> dict[Any, Any]:
        return dict.fromkeys(times)

    def position(self, _partition: Any) -> int:
        return 1

    def poll(self, _milliseconds: int) -> dict[Any, Any]:
        return {}


def test_a_board_that_falls_silent_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "LONGEST_READ", 0.01)
    with pytest.raises(Unavailable):
        list(board._tail(Silent(), PARTITION))


class Recorded(Silent):
    """A topic of `count` records, of which the last `recent` were told within the hour."""

    def __init__(self, count: int, recent: int) -> None:
        self._end = count
        self._recent = count - recent if recent else None
        self._at = 0

    def seek(self, _partition: Any, offset: int) -> None:
        self._at = offset

    def end_offsets(self, partitions: Any) -> dict[Any, int]:
        return dict.fromkeys(partitions, self._end)

    def offsets_for_times(self, times: dict[Any, int]) -> dict[Any, Any]:
        found = None if self._recent is None else SimpleNamespace(offset=self._recent)
        return dict.fromkeys(times, found)

    def position(self, _partition: Any) -> int:
        return self._at

    def poll(self, _milliseconds: int) -> dict[Any, Any]:
        told = [SimpleNamespace(key=b"%d" % n, value=b"") for n in range(self._at, self._end)]
        self._at = self._end
        return {PARTITION: told}


@pytest.mark.parametrize(
    ("count", "recent", "read"),
    [
        (3 * board.RECENT, 2 * board.RECENT, 2 * board.RECENT),
        (3 * board.RECENT, 1, board.RECENT),
        (3 * board.RECENT, 0, board.RECENT),
        (7, 3, 7),
        (0, 0, 0),
    ],
    ids=["a busy hour", "a quiet hour", "a silent hour", "few", "none"],
)
def test_what_was_told_within_the_hour_is_read_however_much_it_is(
    count: int, recent: int, read: int
) -> None:
    found = [int(key) for key, _ in board._tail(Recorded(count, recent), PARTITION)]
    assert found == list(range(count - read, count))


DIGEST = {
    "type": board.DIGEST,
    "data": {
        "origin": "loc2-ab",
        "at": 1,
        "records": 1,
        "outbox_depth": 0,
        "dead_letters": 0,
        "joined": True,
        "buckets": {"1": ["0f", 0, 0]},
    },
}
LISTING = {
    "type": board.LISTING,
    "data": {"origin": "loc2-ab", "at": 1, "bucket": 1, "hashes": {"field:city": "0f"}},
}


def changed(told: dict[str, Any], **values: Any) -> bytes:
    return json.dumps({**told, "data": {**told["data"], **values}}).encode()


def test_what_a_location_told_is_read() -> None:
    assert board.decode(changed(DIGEST)) is not None
    assert board.decode(changed(LISTING)) is not None


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b'{"type": "sins.digest.taken"}',
        b"[" * 100_000,
        b'{"type": ["a list"], "data": {}}',
        changed({**DIGEST, "type": "something else"}),
        changed(DIGEST, at=float("inf")),
        changed(DIGEST, origin="nobody"),
        changed(DIGEST, origin=f"{'a' * 65}-ab"),
        changed(DIGEST, buckets={"1": ["no hash", 0, 0]}),
        changed(LISTING, bucket=float("inf")),
        changed(LISTING, hashes={"nothing:city": "0f"}),
        changed(LISTING, hashes={"": "0f"}),
    ],
    ids=[
        "nothing",
        "empty",
        "no text",
        "no object",
        "no data",
        "nested too deeply",
        "a type that is none",
        "another type",
        "a moment that is none",
        "an origin that is none",
        "a location's name too long",
        "a hash that is none",
        "a bucket that is none",
        "a kind that is none",
        "a key that is none",
    ],
)
def test_whatever_else_lies_on_the_board_is_passed_over(value: bytes | None) -> None:
    assert board.decode(value) is None


def test_listings_take_no_place_of_digests() -> None:
    digest = make_digest([], "loc1-00000001", NOW)
    listings = [list_bucket([], bucket, digest.origin, NOW) for bucket in (1, 2)]
    assert [board.decode(board.encode(one)) for one in listings] == listings
    keys = {board.encode_key(digest), *map(board.encode_key, listings)}
    assert len(keys) == 3
