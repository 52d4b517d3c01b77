"""The ids of customers and of changes."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from chalicelib.ids import Ids, new_id, new_id_at
from chalicelib.storage.outbox import first_id_at

MOMENT = 1_800_000_000_123


def ids_at(moments: Sequence[int]) -> list[str]:
    ids = Ids(iter(moments).__next__)
    return [ids.new() for _ in moments]


def test_an_id_is_a_uuid_of_version_7_that_tells_its_millisecond() -> None:
    for text in (new_id_at(MOMENT), *ids_at([MOMENT])):
        one = UUID(text)
        assert (one.version, one.variant, one.int >> 80) == (7, RFC_4122, MOMENT)
        assert str(one) == text


def test_an_id_is_of_now() -> None:
    before = time.time_ns() // 1_000_000
    assert first_id_at(before) < new_id() < first_id_at(before + 60_000)


def test_ids_of_one_process_ascend_whatever_the_clock_does() -> None:
    made = ids_at([MOMENT] * 100 + [MOMENT - 300_000] * 100 + [MOMENT + 1])
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {UUID(one).version for one in made} == {7}


def test_threads_draw_different_ids() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(4000)))
    assert len(set(made)) == 4000


def test_processes_draw_different_ids_in_the_same_millisecond() -> None:
    drawn = {new_id_at(MOMENT) for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(first_id_at(MOMENT) < one < first_id_at(MOMENT + 1) for one in drawn)
