"""Lists in pages: a walk neither skips nor repeats what was there throughout."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.client import ACCESS, AUDIT, FIELDS, ITEMS, Api, accepted, assert_refused, item
from tests.fakes import customer_id


def walk(
    api: Api, path: str, limit: int, between: Callable[[], object] = lambda: None
) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page; `between` happens after each page."""
    cursor = None
    while True:
        page = accepted(api.get(f"{path}?limit={limit}" + (f"&cursor={cursor}" if cursor else "")))
        assert len(page["items"]) <= limit
        yield from page["items"]
        between()
        assert cursor is None or page["next"] != cursor, "the walk stands still"
        cursor = page["next"]
        if cursor is None:
            return


def forged(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 100])
def test_a_walk_over_customers_meets_each_once(api: Api, limit: int) -> None:
    created = [api.create(f"Meyer {number}") for number in range(7)]
    assert list(walk(api, ITEMS, limit)) == created


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_a_walk_over_the_audit_trail_meets_each_entry_once(api: Api, limit: int) -> None:
    created = [api.create()["id"] for _ in range(5)]
    entries = list(walk(api, AUDIT, limit))
    assert [entry["record_id"] for entry in entries] == created[::-1]


def changed(api: Api, times: int) -> str:
    """The path of the history of a customer who was changed so often."""
    path = item(api.create("Meyer")["id"])
    for number in range(times):
        accepted(api.patch(path, {"name": f"name {number}"}))
    return f"{path}/history"


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_a_walk_over_a_history_meets_each_entry_once(api: Api, limit: int) -> None:
    entries = list(walk(api, changed(api, times=4), limit))
    assert [entry["seq"] for entry in entries] == [5, 4, 3, 2, 1]


def test_a_walk_over_a_history_is_not_moved_by_new_changes(api: Api) -> None:
    path = changed(api, times=5)
    numbers = iter(range(100))

    def change() -> None:
        accepted(api.patch(path.removesuffix("/history"), {"name": f"new {next(numbers)}"}))

    assert [entry["seq"] for entry in walk(api, path, 2, change)] == [6, 5, 4, 3, 2, 1]


def test_a_page_of_a_history_holds_100_where_nothing_else_is_asked(api: Api) -> None:
    page = accepted(api.get(changed(api, times=100)))
    assert [entry["seq"] for entry in page["items"]] == [*range(101, 1, -1)]
    assert page["next"]


@pytest.mark.parametrize(
    "position", ["x", "1.0", "-1.0.loc1-x", "1.-1.loc1-x", "1.x.loc1-x", f"{10**14}.0.loc1-x"]
)
def test_a_cursor_of_a_history_is_a_stamp(api: Api, position: str) -> None:
    path = changed(api, times=0)
    refused = api.get(f"{path}?cursor={forged('history', position)}")
    assert_refused(refused, 400, "malformed_request", "cursor")
    assert len(api.items(f"{path}?cursor={forged('history', '99999999999999.0.loc1-x')}")) == 1


def test_a_walk_meets_all_that_were_there_while_others_write(api: Api) -> None:
    there = [api.create(f"there {number}")["id"] for number in range(30)]
    doomed = [api.create(f"doomed {number}")["id"] for number in range(10)]
    unborn = iter(range(100))

    def others_write() -> None:
        api.create(f"new {next(unborn)}")
        accepted(api.patch(item(there[next(unborn) % 30]), {"name": "changed"}))
        if doomed:
            assert api.delete(item(doomed.pop(0))).status == 204

    met = [body["id"] for body in walk(api, ITEMS, 4, others_write)]
    assert len(met) == len(set(met))
    assert [one for one in met if one in set(there)] == there


def test_a_walk_over_the_audit_trail_is_not_moved_by_new_entries(api: Api) -> None:
    there = [api.create()["id"] for _ in range(12)]
    met = [entry["record_id"] for entry in walk(api, AUDIT, 5, api.create)]
    assert met == there[::-1]


def test_a_cursor_outlives_the_customer_it_stands_on(api: Api) -> None:
    created = [api.create() for _ in range(4)]
    page = accepted(api.get(f"{ITEMS}?limit=2"))
    assert api.delete(item(created[1]["id"])).status == 204
    assert api.items(f"{ITEMS}?limit=2&cursor={page['next']}") == created[2:]


def test_an_empty_list_is_one_page(api: Api) -> None:
    for path in (ITEMS, FIELDS, AUDIT):
        page = accepted(api.get(path))
        assert (page["items"], page["next"]) == ([], None)


def test_a_page_holds_50_where_nothing_else_is_asked(api: Api) -> None:
    for number in range(51):
        api.create(f"Meyer {number}")
    for path in (ITEMS, AUDIT):
        page = accepted(api.get(path))
        assert len(page["items"]) == 50
        assert page["next"]


@pytest.mark.parametrize("path", [ITEMS, AUDIT])
@pytest.mark.parametrize(
    "limit", ["0", "-1", "101", "1.5", "1e1", "", "x", "+5", "0x10", "9" * 30, "%00", "٣", "null"]
)
def test_a_limit_is_1_to_100(common: Api, path: str, limit: str) -> None:
    refused = common.get(f"{path}?limit={limit}")
    assert_refused(refused, 422, "invalid_value", "limit")


GARBAGE = [
    "x",
    "%00",
    "é",
    "%C3%A9",
    "=",
    "====",
    "a" * 5_000,
    "null",
    forged(),
    forged("customers"),
    forged("customers", ""),
    forged("customers", 5),
    forged("customers", None),
    forged("customers", ["x"]),
    forged("customers", "x", "x"),
    forged("customers", "x" * 1_001),
    forged("customers", "€" * 400),
    forged("customers", "\ud800"),
    forged("fields", customer_id(1)),
    forged(["customers"], customer_id(1)),
    base64.urlsafe_b64encode(b'{"customers":1,"x":2}').decode(),
    base64.urlsafe_b64encode(b'"customers"').decode(),
    base64.urlsafe_b64encode(b"[" * 30_000).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]


@pytest.mark.parametrize("cursor", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("path", [ITEMS, AUDIT, ACCESS])
def test_a_cursor_that_no_list_gave_is_refused(common: Api, path: str, cursor: str) -> None:
    mine = cursor.replace(forged("customers")[:10], forged("audit")[:10])
    for one in (cursor, mine):
        refused = common.get(f"{path}?cursor={one}")
        assert_refused(refused, 400, "malformed_request", "cursor")


def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    for _ in range(2):
        api.create()
    pages = {path: accepted(api.get(f"{path}?limit=1"))["next"] for path in (ITEMS, AUDIT)}
    assert_refused(api.get(f"{ITEMS}?cursor={pages[AUDIT]}"), 400, "malformed_request", "cursor")
    assert_refused(api.get(f"{AUDIT}?cursor={pages[ITEMS]}"), 400, "malformed_request", "cursor")


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        (ITEMS, forged("customers", customer_id(1))),
        (ITEMS, forged("customers", " ")),
        (ITEMS, forged("customers", "~" * 1_000)),
        (ITEMS, forged("customers", "€" * 300)),
        (ITEMS, forged("customers", "\x00")),
        (AUDIT, forged("audit", "!")),
        (AUDIT, forged("audit", "0")),
        (AUDIT, forged("audit", "~" * 1_000)),
        (AUDIT, forged("audit", "#")),
        (ACCESS, forged("access", "0:!")),
        (ACCESS, forged("access", "0:" + "0" * 15)),
        (ACCESS, forged("access", "9" * 15 + ":" + "9" * 15 + "#" + "f" * 12)),
    ],
)
def test_a_made_up_position_is_a_place_to_go_on_from(common: Api, path: str, cursor: str) -> None:
    accepted(common.get(f"{path}?cursor={cursor}"))


def test_an_empty_cursor_is_the_first_page(api: Api) -> None:
    body = api.create()
    assert api.items(f"{ITEMS}?cursor=") == [body]
