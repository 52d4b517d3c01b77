"""The history of one customer, and the audit trail of all."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain.audit import first_fault
from chalicelib.domain.record import Kind
from tests.api.client import AUDIT, Api, accepted, assert_refused, item
from tests.api.conftest import ApiOn
from tests.conftest import with_clock
from tests.fakes import FakeClock

NOON = int(datetime(2026, 1, 9, 12, tzinfo=UTC).timestamp() * 1000)
NOBODY = "0190aaaa-0001-7000-8000-000000000001"


def test_a_history_tells_every_change_newest_first(api: Api, parts: Parts) -> None:
    body = api.by("service_agent", "Tim").create("Meyer", name="Anna")
    path = item(body["id"])
    accepted(api.by("service_agent", "Zoe").patch(path, {"surname": "Maier", "name": None}))
    assert api.delete(path).status == 204
    history = api.items(f"{path}/history")
    assert [entry["action"] for entry in history] == ["delete", "update", "create"]
    assert [entry["actor"] for entry in history] == ["admin", "Zoe", "Tim"]
    assert [entry["role"] for entry in history] == [
        "service_provider",
        "service_agent",
        "service_agent",
    ]
    assert [entry["seq"] for entry in history] == [3, 2, 1]
    assert history[1]["before"] == {"surname": "Meyer", "name": "Anna"}
    assert history[1]["after"] == {"surname": "Maier", "name": None}
    assert {entry["location"] for entry in history} == {parts.settings.location}
    assert {entry["record_id"] for entry in history} == {body["id"]}


def test_an_entry_tells_who_did_what_when_where_and_in_which_request(api: Api) -> None:
    reply = api.post(item("")[:-1], {"surname": "Meyer"})
    (entry,) = api.items(f"{item(reply.json['id'])}/history")
    assert set(entry) == {
        "kind",
        "record_id",
        "action",
        "actor",
        "role",
        "location",
        "origin",
        "seq",
        "at",
        "stamp",
        "request_id",
        "trace_id",
        "before",
        "after",
        "superseded",
        "hidden",
        "withheld",
        "hash",
    }
    assert entry["request_id"] == reply.headers["x-request-id"]
    assert entry["at"] == reply.json["created_at"]
    assert (entry["kind"], entry["withheld"], entry["superseded"]) == ("customer", False, [])


def test_the_history_of_a_deleted_customer_can_still_be_read(api: Api) -> None:
    path = item(api.create("Meyer")["id"])
    assert api.delete(path).status == 204
    assert api.items(f"{path}/history")[1]["after"]["surname"] == "Meyer"


def test_a_history_is_a_chain_without_fault(api: Api, parts: Parts) -> None:
    body = api.create()
    for name in ("Anna", "Anne", "Änne"):
        accepted(api.patch(item(body["id"]), {"name": name}))
    store = parts.registry.store
    record = store.records.get(Kind.CUSTOMER, body["id"])
    assert record is not None
    assert (
        first_fault(store.trail.of(Kind.CUSTOMER, body["id"]), record.heads[store.origin]) is None
    )


@pytest.mark.parametrize("customer_id", [NOBODY, "nobody", "%20"])
def test_nobody_has_no_history(common: Api, customer_id: str) -> None:
    assert_refused(common.get(f"{item(customer_id)}/history"), 404, "not_found")


def test_a_history_says_nothing_of_others(api: Api) -> None:
    mine, other = api.create("Meyer"), api.create("Schulze")
    assert {e["record_id"] for e in api.items(f"{item(mine['id'])}/history")} == {mine["id"]}
    assert {e["record_id"] for e in api.items(f"{item(other['id'])}/history")} == {other["id"]}


def actions(api: Api, query: str = "") -> list[str]:
    return [entry["action"] for entry in api.items(f"{AUDIT}?{query}")]


def test_the_audit_trail_tells_every_change_of_all_newest_first(api: Api) -> None:
    api.define("city")
    body = api.create()
    accepted(api.patch(item(body["id"]), {"name": "Anna"}))
    assert api.delete(item(body["id"])).status == 204
    entries = api.items(AUDIT)
    assert [entry["action"] for entry in entries] == ["delete", "update", "create", "create"]
    assert [entry["kind"] for entry in entries] == ["customer", "customer", "customer", "field"]


def test_the_audit_trail_can_be_asked_for_one_actor(api: Api) -> None:
    api.by("service_agent", quote("Zoë")).create("Meyer")
    api.by("service_agent", "Tim").create("Schulze")
    (entry,) = api.items(f"{AUDIT}?actor={quote('Zoë')}")
    assert entry["after"]["surname"] == "Meyer"
    assert api.items(f"{AUDIT}?actor=zo") == []


def test_the_audit_trail_can_be_asked_for_one_action(api: Api) -> None:
    path = item(api.create()["id"])
    accepted(api.patch(path, {"name": "Anna"}))
    assert actions(api, "action=create") == ["create"]
    assert actions(api, "action=update") == ["update"]
    assert actions(api, "action=erase") == []
    assert actions(api, "action=update&actor=admin") == ["update"]
    assert actions(api, "action=update&actor=nobody") == []


@pytest.mark.parametrize("action", ["x", "CREATE", "create,update", "%00"])
def test_an_unknown_action_is_refused(common: Api, action: str) -> None:
    refused = common.get(f"{AUDIT}?action={action}")
    assert_refused(refused, 422, "invalid_value", "action")


def test_the_audit_trail_can_be_asked_for_a_time(parts: Parts, api_on: ApiOn) -> None:
    clock = FakeClock(NOON)
    api = api_on(with_clock(parts, clock))
    surnames = ["Meyer", "Maier", "Mayer"]
    moments = []
    for surname in surnames:
        moments.append(api.create(surname)["created_at"])
        clock.advance(seconds=10)

    def found(query: str) -> list[str]:
        return [entry["after"]["surname"] for entry in api.items(f"{AUDIT}?{query}")][::-1]

    assert found(f"since={moments[1]}") == surnames[1:]
    assert found(f"until={moments[1]}") == surnames[:2]
    assert found(f"since={moments[1]}&until={moments[1]}") == ["Maier"]
    assert found("since=2026-01-09") == surnames
    assert found("until=2026-01-09") == []
    assert found(f"since={quote('2026-01-09T14:00:15+02:00')}") == ["Mayer"]


def test_the_time_of_a_change_finds_it_to_the_millisecond(parts: Parts, api_on: ApiOn) -> None:
    # In 2038; as a float of seconds it is a little less.
    clock = FakeClock(2_150_000_000_002)
    api = api_on(with_clock(parts, clock))
    at = api.create()["created_at"]
    assert len(api.items(f"{AUDIT}?since={at}&until={at}")) == 1


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "moment",
    ["x", "1700000000", "2026-13-01", "2026-01-01T25:00", "now", "%00", "2026-01-01 +02:00"],
)
def test_a_time_is_a_date_or_a_time(common: Api, name: str, moment: str) -> None:
    refused = common.get(f"{AUDIT}?{name}={quote(moment, safe='%')}")
    assert_refused(refused, 422, "invalid_value", name)


@pytest.mark.parametrize(
    "query",
    [
        "until=0001-01-01",
        "until=1969-12-31",
        "since=9999-12-31T23:59:59Z",
        "since=0001-01-01&until=0001-01-02",
        f"actor={'x' * 3000}",
        "actor=%F0%9F%98%80",
        "actor=%00",
    ],
)
def test_a_question_that_nothing_fits_finds_nothing(common: Api, query: str) -> None:
    common.create()
    assert accepted(common.get(f"{AUDIT}?{query}")) == {"items": [], "next": None, "missing": 0}


@pytest.mark.parametrize(
    "query",
    [
        "since=2027-01-01&until=2026-01-01",
        "since=2026-01-01T12:00:00Z&until=2026-01-01T12:00:00%2B01:00",
        "since=1970-01-02&until=1970-01-01",
    ],
)
def test_a_time_that_ends_before_it_begins_is_refused(common: Api, query: str) -> None:
    refused = common.get(f"{AUDIT}?{query}")
    assert_refused(refused, 422, "invalid_value", "since")
    assert "is after until" in refused.json["detail"]


@pytest.mark.parametrize("query", ["since=0001-01-01", "until=9999-12-31", "since=&until=&actor="])
def test_a_question_that_everything_fits_finds_everything(common: Api, query: str) -> None:
    body = common.create()
    assert common.items(f"{AUDIT}?{query}")[0]["record_id"] == body["id"]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda api, path: api.post(path, {}),
        lambda api, path: api.put(path, {}),
        lambda api, path: api.patch(path, {}),
        lambda api, path: api.delete(path),
    ],
)
def test_nobody_can_change_the_audit_trail(common: Api, attempt: Callable[..., Any]) -> None:
    common.create()
    before = common.items(AUDIT)
    assert attempt(common, AUDIT).status == 405
    assert common.items(AUDIT) == before
