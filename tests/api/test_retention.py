"""Expired customers: gone for everybody from the first moment of the day."""

from datetime import UTC, datetime

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import AUDIT, ITEMS, SEARCH, Api, accepted, assert_refused, item
from tests.api.conftest import ApiOn
from tests.conftest import with_clock
from tests.fakes import FakeClock

NOON = int(datetime(2026, 1, 9, 12, tzinfo=UTC).timestamp() * 1000)
MIDNIGHT = int(datetime(2027, 1, 9, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def aging(parts: Parts, api_on: ApiOn, clock: FakeClock) -> Api:
    return api_on(with_clock(parts, clock))


def test_a_customer_is_there_until_the_last_moment_of_its_last_day(
    aging: Api, clock: FakeClock
) -> None:
    body = aging.create("Meyer")
    assert aging.items(f"{SEARCH}?q=Meyer")
    clock.now = MIDNIGHT - 1
    assert aging.read(body["id"]) == body
    assert aging.items(ITEMS) == [body]
    assert aging.items(f"{SEARCH}?q=Meyer")[0]["id"] == body["id"]
    assert body["expires_on"] == "2027-01-09"


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
def test_an_expired_customer_is_not_found(aging: Api, clock: FakeClock, mode: str) -> None:
    aging.create("Meyer")
    assert len(aging.items(f"{SEARCH}?q=Meyer&mode={mode}")) == 1
    clock.now = MIDNIGHT
    assert aging.items(f"{SEARCH}?q=Meyer&mode={mode}") == []


def test_an_expired_customer_can_be_neither_read_nor_changed(aging: Api, clock: FakeClock) -> None:
    path = item(aging.create("Meyer")["id"])
    clock.now = MIDNIGHT
    for refused in (
        aging.get(path),
        aging.put(path, {"surname": "Maier"}),
        aging.patch(path, {"name": "Anna"}),
        aging.patch(path, {"name": "Anna"}, if_match="*"),
        aging.delete(path),
    ):
        assert_refused(refused, 404, "not_found")
    assert aging.items(ITEMS) == []


def test_a_change_keeps_a_customer_for_another_period(aging: Api, clock: FakeClock) -> None:
    body = aging.create("Meyer")
    clock.now = MIDNIGHT - 1
    changed = accepted(aging.patch(item(body["id"]), {"name": "Anna"}))
    clock.now = MIDNIGHT
    assert aging.read(body["id"]) == changed
    assert changed["expires_on"] == "2028-01-08"


def test_reading_does_not_keep_a_customer(aging: Api, clock: FakeClock) -> None:
    body = aging.create("Meyer")
    clock.now = MIDNIGHT - 1
    aging.read(body["id"])
    clock.now = MIDNIGHT
    assert_refused(aging.get(item(body["id"])), 404, "not_found")


def test_the_trail_of_an_expired_customer_withholds_its_values(
    aging: Api, clock: FakeClock
) -> None:
    body = aging.create("Meyer")
    clock.now = MIDNIGHT
    for path in (f"{item(body['id'])}/history", AUDIT):
        (entry,) = aging.items(path)
        assert (entry["withheld"], entry["before"], entry["after"]) == (True, {}, {})
        assert b"Meyer" not in aging.get(path).data


def test_the_values_of_a_deleted_customer_are_told_until_they_expire(
    aging: Api, clock: FakeClock
) -> None:
    path = item(aging.create("Meyer")["id"])
    assert aging.delete(path).status == 204
    assert aging.items(f"{path}/history")[1]["after"]["surname"] == "Meyer"
    clock.now = MIDNIGHT
    for history in (f"{path}/history", AUDIT):
        assert [entry["withheld"] for entry in aging.items(history)] == [True, True]
        assert b"Meyer" not in aging.get(history).data


def test_a_walk_goes_on_past_pages_of_expired_customers(aging: Api, clock: FakeClock) -> None:
    for _ in range(4):
        aging.create()
    clock.now = MIDNIGHT
    kept = aging.create("Meyer")
    met, cursor = [], ""
    for _ in range(5):
        page = accepted(aging.get(f"{ITEMS}?limit=2&cursor={cursor}"))
        met += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert met == [kept]


def test_the_key_of_an_expired_customer_gives_the_answer_of_its_time(
    aging: Api, clock: FakeClock
) -> None:
    first = aging.post(ITEMS, {"surname": "Meyer"}, idempotency_key="k")
    clock.now = MIDNIGHT
    again = aging.post(ITEMS, {"surname": "Meyer"}, idempotency_key="k")
    assert accepted(again, 201)["id"] != first.json["id"]
