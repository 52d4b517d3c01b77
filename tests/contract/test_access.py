"""Adding to the access log, and reading it."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from chalicelib.domain.access import AccessEntry, AccessFilter
from chalicelib.domain.page import Page
from chalicelib.domain.retention import DAY
from chalicelib.services.ports import Store
from chalicelib.storage.access import MOST_DAYS, DynamoAccessLog
from tests.contract.conftest import Backend, DynamoBackend, walk
from tests.fakes import AGENT, NOW, customer_id

LATER = NOW + 100 * DAY
RECENT = AccessFilter(NOW - 5 * DAY, LATER)


def line(
    at: int = NOW, resource: str = "a", actor: str = "agent-7", detail: str = ""
) -> AccessEntry:
    caller = replace(AGENT, actor=actor, trace_id="")
    return AccessEntry(caller, "read", resource, "ok", at, detail)


def add(store: Store, *lines: AccessEntry) -> None:
    for one in lines:
        store.access.add(one)


def moments(lines: Iterable[AccessEntry]) -> list[int]:
    return [one.at - NOW for one in lines]


def test_the_access_log_keeps_every_line(backend: Backend) -> None:
    store = backend.open()
    add(store, *(line(resource=resource, detail="x" * 20_000) for resource in ("a", "a", "b")))
    lines = [("agent-7", "read", "a"), ("agent-7", "read", "a"), ("agent-7", "read", "b")]
    assert sorted(backend.accesses()) == lines


def test_a_line_is_read_as_it_was_written(store: Store) -> None:
    written = [
        line(NOW, resource="Meyer", detail=f"{customer_id(1)} {customer_id(2)}"),
        line(NOW - 1, resource=customer_id(1)),
    ]
    add(store, *written)
    assert walk(store.access, RECENT) == written


def test_the_newest_lines_come_first_over_all_days(store: Store) -> None:
    times = [NOW, NOW - 1, NOW + 1, NOW - DAY, NOW + DAY, NOW + 2 * DAY, NOW - 3 * DAY]
    add(store, *map(line, times))
    assert moments(walk(store.access, RECENT)) == sorted(moments(map(line, times)), reverse=True)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_lines_neither_skip_nor_repeat(store: Store, limit: int) -> None:
    times = [NOW - number % 4 * DAY + number // 4 for number in range(20)]
    add(store, *map(line, times))
    found = walk(store.access, RECENT, limit)
    assert [one.at for one in found] == sorted(times, reverse=True)


def test_lines_of_one_moment_are_all_told(store: Store) -> None:
    add(store, *(line(resource=str(number)) for number in range(9)))
    found = walk(store.access, RECENT, 2)
    assert sorted(one.resource for one in found) == list("012345678")


def test_both_ends_of_a_time_belong_to_the_lines(store: Store) -> None:
    add(store, *map(line, range(NOW, NOW + 5)))
    found = walk(store.access, AccessFilter(NOW + 1, NOW + 3))
    assert moments(found) == [3, 2, 1]
    assert moments(walk(store.access, AccessFilter(NOW + 2, NOW + 2))) == [2]


def test_a_time_without_lines_comes_to_an_end(store: Store) -> None:
    add(store, line())
    assert walk(store.access, AccessFilter(NOW + 1, NOW + 90 * DAY)) == []
    assert walk(store.access, AccessFilter(NOW - 90 * DAY, NOW - 1)) == []


@pytest.mark.parametrize(
    ("since", "until"), [(NOW, NOW - 1), (NOW, NOW - 5), (NOW, NOW - DAY), (0, -1), (0, -DAY)]
)
def test_a_time_that_ends_before_it_begins_has_no_lines(
    store: Store, since: int, until: int
) -> None:
    add(store, line(), line(0))
    assert walk(store.access, AccessFilter(since, until)) == []


def test_lines_are_found_by_who_saw(store: Store) -> None:
    add(store, line(NOW, actor="Zoë"), line(NOW + 1, actor="Tim"), line(NOW + 2, actor="Zoë"))
    assert moments(walk(store.access, replace(RECENT, actor="Zoë"))) == [2, 0]
    assert walk(store.access, replace(RECENT, actor="zo")) == []


def test_lines_are_found_by_whom_they_tell_of(store: Store) -> None:
    mine, other = customer_id(1), customer_id(2)
    add(
        store,
        line(NOW, resource=mine),
        line(NOW + 1, resource=other),
        line(NOW + 2, resource="Meyer", detail=f"{other} {mine}"),
        line(NOW + 3, resource=f"/api/customers/items/{mine}"),
        line(NOW + 4, resource="Meyer", detail=other),
        line(NOW + 5, resource=f"/api/customers/items/{mine.upper()}"),
    )
    assert moments(walk(store.access, replace(RECENT, customer=mine))) == [5, 3, 2, 0]
    both = replace(RECENT, customer=mine, actor="nobody")
    assert walk(store.access, both) == []


def test_a_page_of_lines_looks_through_few_that_do_not_fit(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    add(store, line(NOW, actor="Zoë"), *(line(NOW + number) for number in range(1, 40)))
    log = DynamoAccessLog(dynamodb.tables, most_passed=3)
    wanted = replace(RECENT, actor="Zoë", until=NOW + DAY)
    assert log.newest(wanted, "", 10).items == []
    assert moments(walk(log, wanted)) == [0]


def test_a_page_looks_through_some_days_and_the_next_one_goes_on(dynamodb: DynamoBackend) -> None:
    store = dynamodb.open()
    add(store, line(NOW - (MOST_DAYS + 9) * DAY))
    wanted = AccessFilter(NOW - 2 * MOST_DAYS * DAY, NOW)
    page = store.access.newest(wanted, "", 10)
    assert (page.items, bool(page.next)) == ([], True)
    assert len(walk(store.access, wanted)) == 1


@pytest.mark.parametrize(
    "position", ["!", "0", "#", "0" * 15, "0" * 14 + "!", "0" * 15 + "#zz", f"{NOW:015d}~"]
)
def test_a_position_that_no_page_of_lines_gave_is_no_failure(
    dynamodb: DynamoBackend, position: str
) -> None:
    store = dynamodb.open()
    add(store, line())
    assert store.access.newest(RECENT, position, 10) == Page([], "")


def test_lines_of_years_ago_are_there(store: Store) -> None:
    add(store, line(0), line(NOW))
    assert moments(walk(store.access, AccessFilter(0, DAY))) == [-NOW]
