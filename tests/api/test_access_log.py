"""The access log: who read, who searched, who was refused."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.storage.client import Tables
from tests.api.client import AUDIT, FIELDS, ITEMS, SEARCH, Api, accepted, assert_refused, item
from tests.api.conftest import ApiOn
from tests.conftest import access_lines, with_clock
from tests.fakes import FakeClock


def lines(parts: Parts) -> list[Any]:
    return access_lines(Tables.of(parts.settings))


def facts(line: Any) -> tuple[str, str, str, str, str]:
    return line.actor, line.role, line.action, line.resource, line.outcome


def test_reading_a_customer_is_logged(api: Api, parts: Parts) -> None:
    body = api.create()
    reply = api.by("customer", "Zoe").get(item(body["id"]))
    (line,) = lines(parts)
    assert facts(line) == ("Zoe", "customer", "read", body["id"], "ok")
    assert line.request_id == reply.headers["x-request-id"]


def test_a_line_stands_under_its_day_by_its_time(parts: Parts, api_on: ApiOn) -> None:
    late = int(datetime(2026, 1, 9, 23, 59, tzinfo=UTC).timestamp() * 1000)
    api_on(with_clock(parts, FakeClock(late))).get(ITEMS)
    (line,) = lines(parts)
    assert line.day.partition("#")[0] == "2026-01-09"
    assert line.at.startswith(f"{late:015d}#")


def test_a_search_is_logged_with_what_was_typed_and_who_was_found(api: Api, parts: Parts) -> None:
    first, second = api.create("Meyer"), api.create("Maier")
    api.create("Schulze")
    api.by("service_agent", "Tim").get(f"{SEARCH}?q=Meyer")
    (line,) = lines(parts)
    assert facts(line) == ("Tim", "service_agent", "search fuzzy", "Meyer", "ok")
    assert set(line.detail.split()) == {first["id"], second["id"]}


def test_a_search_that_finds_nobody_is_logged(api: Api, parts: Parts) -> None:
    api.get(f"{SEARCH}?q=Meyer&mode=exact")
    (line,) = lines(parts)
    assert facts(line)[2:] == ("search exact", "Meyer", "ok")
    assert line.detail is None


def test_all_of_a_long_search_is_logged(api: Api, parts: Parts) -> None:
    asked = {name: f"{name}{'x' * 180}" for name in ("q", "surname", "name", "document_number")}
    api.get(f"{SEARCH}?{urlencode(asked)}")
    [line] = lines(parts)
    assert all(value in line.resource for value in asked.values())


def test_a_list_is_logged_with_who_is_on_it(api: Api, parts: Parts) -> None:
    listed = [api.create()["id"] for _ in range(3)]
    api.get(f"{ITEMS}?limit=2")
    (line,) = lines(parts)
    assert facts(line)[2:] == ("list", "customers", "ok")
    assert line.detail.split() == listed[:2]


def test_reading_a_history_is_logged(api: Api, parts: Parts) -> None:
    body = api.create()
    api.get(f"{item(body['id'])}/history")
    (line,) = lines(parts)
    assert facts(line)[2:] == ("history", body["id"], "ok")


def test_reading_the_audit_trail_is_logged_with_who_is_in_it(api: Api, parts: Parts) -> None:
    body = api.create()
    api.get(AUDIT)
    (line,) = lines(parts)
    assert facts(line) == ("admin", "service_provider", "audit", "customers", "ok")
    assert line.detail == body["id"]


def test_a_refusal_is_logged_with_what_was_asked_for(api: Api, parts: Parts) -> None:
    body = api.create()
    refused = api.by("customer", "Mallory").delete(item(body["id"]))
    assert_refused(refused, 403, "forbidden")
    (line,) = lines(parts)
    assert facts(line) == ("Mallory", "customer", "DELETE", item(body["id"]), "forbidden")
    assert line.request_id == refused.headers["x-request-id"]


@pytest.mark.parametrize("role", ["root", ""])
def test_a_stranger_is_logged(api: Api, parts: Parts, role: str) -> None:
    assert_refused(api.by(role, "Mallory").get(f"{SEARCH}?q=Meyer"), 401, "unauthenticated")
    (line,) = lines(parts)
    assert facts(line) == ("anonymous", "", "GET", SEARCH, "unauthenticated")


def test_a_change_is_in_the_audit_trail_and_not_in_the_access_log(api: Api, parts: Parts) -> None:
    body = api.create()
    api.patch(item(body["id"]), {"name": "Anna"})
    api.delete(item(body["id"]))
    assert lines(parts) == []


def test_a_change_without_effect_is_logged_as_reading(api: Api, parts: Parts) -> None:
    body = api.create()
    (entry,) = api.items(f"{item(body['id'])}/history")
    source = {"origin": entry["origin"], "seq": entry["seq"]}
    before = len(lines(parts))
    agent = api.by("service_agent", "Tim")
    for reply in (
        agent.patch(item(body["id"]), {}),
        agent.put(item(body["id"]), {"surname": body["surname"]}),
        agent.post(f"{item(body['id'])}/restore", source),
    ):
        assert accepted(reply) == body
    readings = [facts(line) for line in lines(parts)[before:]]
    assert readings == [("Tim", "service_agent", "read", body["id"], "ok")] * 3


def test_a_creation_that_comes_again_is_logged_as_reading(api: Api, parts: Parts) -> None:
    made, _ = (api.post(ITEMS, {"surname": "Meyer"}, idempotency_key="k") for _ in range(2))
    (line,) = lines(parts)
    assert facts(line) == ("admin", "service_provider", "read", made.json["id"], "ok")


def test_an_import_is_logged_with_whom_it_left_as_they_were(api: Api, parts: Parts) -> None:
    body = api.create()
    row = f"id,surname\n{body['id']},{body['surname']}\n".encode()
    api.call("POST", "/api/customers/import", row, {"Content-Type": "text/csv"})
    (line,) = lines(parts)
    assert facts(line) == ("admin", "service_provider", "import", "customers", "ok")
    assert line.detail == body["id"]


def test_what_shows_no_customer_is_not_logged(api: Api, parts: Parts) -> None:
    for path in (FIELDS, "/health", "/"):
        assert api.get(path).status == 200
    assert lines(parts) == []


def test_two_lines_of_one_moment_are_both_kept(api: Api, parts: Parts) -> None:
    body = api.create()
    for _ in range(5):
        api.get(item(body["id"]), x_request_id="the-same")
    assert len(lines(parts)) == 5
