"""Customers: creating, reading, listing, replacing, patching and deleting."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from app import app
from chalicelib.bootstrap import Parts
from chalicelib.domain.record import Kind
from tests.api.client import ITEMS, Api, accepted, assert_refused, item
from tests.packaging.events import http

WHOLE: dict[str, Any] = {
    "surname": "Meyer",
    "name": "Anna",
    "dob": "1980-02-29",
    "document_number": "X94678",
    "extra_fields": {"city": "Kiel"},
}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_new_customer_is_answered_as_it_is_now(api: Api, parts: Parts) -> None:
    api.define("city")
    body = api.create(**WHOLE)
    assert {name: body[name] for name in WHOLE} == WHOLE
    assert set(body) - set(WHOLE) == {
        "id",
        "version",
        "created_at",
        "updated_at",
        "expires_on",
        "origin",
        "duplicate_of",
    }
    assert UUID7.fullmatch(body["id"])
    assert body["version"] == 1
    assert body["origin"] == parts.settings.location
    assert MOMENT.fullmatch(body["created_at"])
    assert body["created_at"] == body["updated_at"]


def test_a_customer_expires_as_many_days_after_its_last_change_as_the_setting_says(
    api: Api, parts: Parts
) -> None:
    body = api.create()
    changed = date.fromisoformat(body["updated_at"][:10])
    assert body["expires_on"] == str(changed + timedelta(days=parts.settings.retention_days))


def test_the_answer_to_a_creation_says_where_the_customer_is(api: Api) -> None:
    reply = api.post(ITEMS, WHOLE | {"extra_fields": {}})
    assert reply.status == 201
    assert reply.headers["location"] == item(reply.json["id"])
    assert reply.etag == '"1"'
    read = api.get(reply.headers["location"])
    assert (read.status, read.json, read.etag) == (200, reply.json, '"1"')


def test_only_the_surname_is_needed(api: Api) -> None:
    body = api.create("Li")
    assert body["surname"] == "Li"
    assert (body["name"], body["dob"], body["document_number"]) == (None, None, None)
    assert body["extra_fields"] == {}


def test_customers_are_listed_in_the_order_in_which_they_were_created(api: Api) -> None:
    created = [api.create(f"Meyer {number}") for number in range(5)]
    assert accepted(api.get(ITEMS)) == {"items": created, "next": None}


def test_replacing_empties_what_is_left_out(api: Api) -> None:
    api.define("city")
    before = api.create(**WHOLE)
    reply = api.put(item(before["id"]), {"surname": "Maier"})
    after = accepted(reply)
    assert after["surname"] == "Maier"
    assert (after["name"], after["dob"], after["document_number"]) == (None, None, None)
    assert after["extra_fields"] == {}
    assert (after["version"], reply.etag) == (2, '"2"')
    assert after["created_at"] == before["created_at"]
    assert api.read(before["id"]) == after


def test_patching_changes_only_what_is_given(api: Api) -> None:
    api.define("city")
    before = api.create(**WHOLE)
    after = accepted(api.patch(item(before["id"]), {"name": "Anne"}))
    assert after == before | {
        "name": "Anne",
        "version": 2,
        "updated_at": after["updated_at"],
        "expires_on": after["expires_on"],
    }


def test_null_in_a_patch_empties_a_value(api: Api) -> None:
    api.define("city")
    before = api.create(**WHOLE)
    emptied = {"name": None, "dob": None, "document_number": None}
    after = accepted(api.patch(item(before["id"]), emptied | {"extra_fields": {"city": None}}))
    assert {name: after[name] for name in emptied} == emptied
    assert after["extra_fields"] == {}
    assert after["surname"] == "Meyer"


def test_a_patch_touches_only_the_extra_fields_it_names(api: Api) -> None:
    api.define("city")
    api.define("street")
    before = api.create(extra_fields={"city": "Kiel", "street": "Markt 1"})
    after = accepted(api.patch(item(before["id"]), {"extra_fields": {"street": "Markt 2"}}))
    assert after["extra_fields"] == {"city": "Kiel", "street": "Markt 2"}


@pytest.mark.parametrize("patch", [{}, {"name": "Anna"}, {"extra_fields": {}}])
def test_a_patch_that_changes_nothing_writes_nothing(
    api: Api, parts: Parts, patch: dict[str, Any]
) -> None:
    before = api.create(name="Anna")
    assert accepted(api.patch(item(before["id"]), patch)) == before
    assert len(parts.registry.store.trail.of(Kind.CUSTOMER, before["id"])) == 1


def test_a_deleted_customer_is_gone(api: Api) -> None:
    kept, gone = api.create("Meyer"), api.create("Meyer")
    reply = api.delete(item(gone["id"]))
    assert (reply.status, reply.data, reply.etag) == (204, b"", '"2"')
    assert api.items(ITEMS) == [kept]
    assert api.items(f"{ITEMS}/search?q=Meyer")[0]["id"] == kept["id"]
    for refused in (
        api.get(item(gone["id"])),
        api.put(item(gone["id"]), {"surname": "Meyer"}),
        api.patch(item(gone["id"]), {"name": "Anna"}),
        api.delete(item(gone["id"])),
    ):
        assert_refused(refused, 404, "not_found")


def test_an_id_in_capitals_is_the_same_id(api: Api) -> None:
    body = api.create()
    assert api.read(body["id"].upper()) == body


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "application/json ;charset=utf-8",
        "APPLICATION/JSON",
        "application/merge-patch+json",
    ],
)
def test_json_is_read_under_each_of_its_names(common: Api, content_type: str) -> None:
    accepted(common.post(ITEMS, {"surname": "Li"}, content_type=content_type), 201)


def test_a_collection_has_another_etag_once_it_has_changed(api: Api) -> None:
    body = api.create()
    first, again = api.get(ITEMS), api.get(ITEMS)
    assert first.etag == again.etag
    accepted(api.patch(item(body["id"]), {"name": "Anna"}))
    assert api.get(ITEMS).etag != first.etag


def test_no_answer_may_be_kept_by_a_cache(api: Api) -> None:
    body = api.create()
    for reply in (api.get(item(body["id"])), api.get(ITEMS), api.get(item("nobody"))):
        assert reply.headers["cache-control"] == "no-store"


def test_a_request_id_of_the_callers_is_answered_and_recorded(api: Api, parts: Parts) -> None:
    reply = api.post(ITEMS, {"surname": "Li"}, x_request_id="desk-3/request-17")
    assert reply.headers["x-request-id"] == "desk-3/request-17"
    (entry,) = parts.registry.store.trail.of(Kind.CUSTOMER, reply.json["id"])
    assert entry.caller.request_id == "desk-3/request-17"


@pytest.mark.usefixtures("common")
def test_a_request_without_an_id_has_the_gateways() -> None:
    answer = app(http("GET", "/health"), None)
    assert answer["headers"]["X-Request-Id"] == "from the gateway"


@pytest.mark.parametrize("given", ["with space", "x" * 129, "<b>", "", "ü"])
def test_a_request_id_that_could_do_harm_is_replaced(common: Api, given: str) -> None:
    reply = common.get("/health", x_request_id=given)
    assert re.fullmatch(r"[0-9a-f-]{32,36}", reply.headers["x-request-id"])


def test_the_callers_trace_is_recorded(api: Api, parts: Parts) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    reply = api.post(ITEMS, {"surname": "Li"}, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    (entry,) = parts.registry.store.trail.of(Kind.CUSTOMER, reply.json["id"])
    assert entry.caller.trace_id == trace


@pytest.mark.parametrize("given", [f"00-{'0' * 32}-00f067aa0ba902b7-01", "no trace", ""])
def test_a_request_without_a_trace_begins_one(api: Api, parts: Parts, given: str) -> None:
    reply = api.post(ITEMS, {"surname": "Li"}, traceparent=given)
    (entry,) = parts.registry.store.trail.of(Kind.CUSTOMER, reply.json["id"])
    assert re.fullmatch(r"(?!0{32})[0-9a-f]{32}", entry.caller.trace_id)
