"""Reading the access log: who saw whom at this location."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain.retention import DAY
from tests.api.client import ACCESS, ITEMS, SEARCH, Api, accepted, assert_refused, item
from tests.api.conftest import ApiOn
from tests.api.test_pages import walk
from tests.conftest import with_clock
from tests.fakes import NOW, FakeClock


def actions(api: Api, query: str = "") -> list[str]:
    return [line["action"] for line in api.items(f"{ACCESS}?{query}")]


def test_a_line_says_who_saw_whom_and_when(api: Api) -> None:
    body = api.create("Meyer")
    reply = api.by("customer", quote("Zoë")).get(item(body["id"]))
    (line,) = api.items(ACCESS)
    at = datetime.fromisoformat(line.pop("at"))
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert line == {
        "actor": "Zoë",
        "role": "customer",
        "action": "read",
        "resource": body["id"],
        "detail": "",
        "outcome": "ok",
        "request_id": reply.headers["x-request-id"],
        "withheld": False,
    }


def test_a_search_says_what_was_typed_and_who_was_found(api: Api) -> None:
    body = api.create("Meyer")
    accepted(api.get(f"{SEARCH}?q=meyer"))
    (line,) = api.items(ACCESS)
    assert (line["action"], line["resource"], line["detail"]) == (
        "search fuzzy",
        "meyer",
        body["id"],
    )


def test_what_was_refused_is_there_with_the_reason(api: Api) -> None:
    assert_refused(api.by("customer", "Zoe").delete(item(api.create()["id"])), 403, "forbidden")
    (line,) = api.items(ACCESS)
    assert (line["actor"], line["action"], line["outcome"]) == ("Zoe", "DELETE", "forbidden")


def test_the_newest_line_comes_first_and_asking_is_a_line_too(api: Api) -> None:
    accepted(api.get(ITEMS))
    accepted(api.get(f"{SEARCH}?q=meyer"))
    assert actions(api) == ["search fuzzy", "list"]
    assert actions(api, "actor=nobody") == []
    asked = api.items(ACCESS)[:2]
    assert [(line["action"], line["resource"]) for line in asked] == [("access", "everybody")] * 2
    assert [line["detail"] for line in asked] == ["seen by nobody", ""]


def test_it_is_told_who_saw_one_customer(api: Api) -> None:
    mine, other = api.create("Meyer")["id"], api.create("Schulze")["id"]
    for path in (item(mine), item(other), f"{item(mine)}/history", f"{SEARCH}?q=Meyer", ITEMS):
        accepted(api.get(path))
    assert actions(api, f"customer={mine}") == ["list", "search fuzzy", "history", "read"]
    assert actions(api, f"customer={mine.upper()}")[0] == "access"
    assert "search fuzzy" not in actions(api, f"customer={other}")


def test_it_is_told_what_one_person_saw(api: Api) -> None:
    body = api.create()
    accepted(api.by("customer", quote("Zoë")).get(item(body["id"])))
    accepted(api.by("customer", "Tim").get(ITEMS))
    assert actions(api, f"actor={quote('Zoë')}") == ["read"]


def test_a_walk_over_the_access_log_meets_each_line_once(api: Api) -> None:
    paths = [item(api.create()["id"]) for _ in range(5)]
    for path in paths:
        accepted(api.get(path))
    met = [line["resource"] for line in walk(api, ACCESS, 2) if line["action"] == "read"]
    assert [item(one) for one in met] == paths[::-1]


def test_without_a_beginning_thirty_days_are_told(parts: Parts, api_on: ApiOn) -> None:
    clock = FakeClock(NOW)
    api = api_on(with_clock(parts, clock))
    accepted(api.get(ITEMS))
    clock.advance(days=30, milliseconds=1)
    assert actions(api) == []
    assert actions(api, f"since={datetime.fromtimestamp(NOW / 1000, UTC).date()}") == [
        "access",
        "list",
    ]
    day = datetime.fromtimestamp(NOW / 1000 + 86_400, UTC).date()
    assert actions(api, f"until={day}") == ["list"]


def test_what_somebody_typed_is_not_told_longer_than_a_customer_is_kept(
    parts: Parts, api_on: ApiOn
) -> None:
    clock = FakeClock(NOW)
    api = api_on(with_clock(parts, clock))
    accepted(api.get(f"{SEARCH}?q=Meyer"))
    clock.advance(milliseconds=1)
    assert_refused(api.by("customer").delete(f"{ITEMS}/Anna%20Meyer"), 403, "forbidden")
    clock.advance(milliseconds=1)
    accepted(api.get(ITEMS))
    clock.now += parts.registry.retention.days * DAY - DAY
    until = f"until={datetime.fromtimestamp(NOW / 1000 + 86_400, UTC).date()}"
    typed = [line["resource"] for line in api.items(f"{ACCESS}?{until}")]
    assert typed == ["customers", "/api/customers/items/Anna%20Meyer", "Meyer"]
    clock.now += DAY
    lines = api.items(f"{ACCESS}?{until}")
    assert [line["resource"] for line in lines] == ["customers", None, None]
    assert [line["withheld"] for line in lines] == [False, True, True]


def test_what_found_somebody_who_is_gone_for_good_is_not_told(parts: Parts, api_on: ApiOn) -> None:
    clock = FakeClock(NOW)
    api = api_on(with_clock(parts, clock))
    body = api.create("Meyer")
    clock.now += parts.registry.retention.days * DAY - DAY
    accepted(api.get(f"{SEARCH}?q=Meyer"))
    clock.advance(milliseconds=1)
    (line,) = api.items(f"{ACCESS}?customer={body['id']}")
    assert (line["resource"], line["withheld"]) == ("Meyer", False)
    clock.now += 2 * DAY
    line = api.items(f"{ACCESS}?customer={body['id']}")[-1]
    assert (line["action"], line["resource"], line["withheld"]) == ("search fuzzy", None, True)
    assert line["detail"] == body["id"]


def test_a_walk_ends_where_it_began_to_end_however_long_it_takes(
    parts: Parts, api_on: ApiOn
) -> None:
    clock = FakeClock(NOW)
    api = api_on(with_clock(parts, clock))
    for _ in range(4):
        accepted(api.get(ITEMS))
        clock.advance(milliseconds=1)
    clock.now = NOW + 30 * DAY

    def time_goes_on() -> None:
        clock.advance(seconds=10)

    met = [line["action"] for line in walk(api, ACCESS, 2, time_goes_on)]
    assert met == ["list"] * 4


def test_whoever_goes_on_asks_for_nothing_new(api: Api) -> None:
    accepted(api.get(f"{ACCESS}?since=2000-01-01&until=2001-01-01"))
    page = accepted(api.get(f"{ACCESS}?since=2000-01-01&until=2001-01-01"))
    assert (page["items"], bool(page["next"])) == ([], True)
    for _ in range(3):
        path = f"{ACCESS}?since=2000-01-01&until=2001-01-01&cursor={page['next']}"
        page = accepted(api.get(path))
    assert actions(api) == ["access", "access"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("customer=Meyer", 422, "customer"),
        ("customer=", 422, "customer"),
        ("since=yesterday", 422, "since"),
        ("until=2026-02-30", 422, "until"),
        ("since=2026-02-02&until=2026-02-01", 422, "since"),
        ("limit=0", 422, "limit"),
    ],
)
def test_a_wrong_question_is_named(common: Api, query: str, status: int, field: str) -> None:
    assert_refused(common.get(f"{ACCESS}?{query}"), status, "invalid_value", field)


@pytest.mark.parametrize(
    ("query", "found"),
    [("until=9999-12-31", ["list"]), ("since=9999-12-31", []), ("until=0001-01-01", [])],
)
def test_any_day_may_be_asked_for(api: Api, query: str, found: list[str]) -> None:
    accepted(api.get(ITEMS))
    assert actions(api, query) == found


def test_a_walk_from_before_1970_ends(api: Api) -> None:
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = accepted(
            api.get(f"{ACCESS}?since=0001-01-01&until=1970-03-01&limit=9&cursor={cursor}")
        )
        assert page["items"] == []
        cursor, pages = page["next"], pages + 1
    assert pages == 2
