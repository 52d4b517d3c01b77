"""Idempotency-Key: a POST that comes again is not done again."""

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain.record import Kind
from chalicelib.services.writing import CLAIM_SECONDS
from tests.api.client import (
    FIELDS,
    ITEMS,
    Api,
    Reply,
    accepted,
    assert_refused,
    at_once,
    field,
    item,
)
from tests.api.conftest import ApiOn
from tests.conftest import with_clock
from tests.fakes import FakeClock

BODY = {"surname": "Meyer", "name": "Anna"}


def test_the_same_request_gets_the_same_answer(api: Api) -> None:
    first = api.post(ITEMS, BODY, idempotency_key="k")
    again = api.post(ITEMS, BODY, idempotency_key="k")
    assert (again.status, again.data, again.etag) == (first.status, first.data, first.etag)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert api.items(ITEMS) == [first.json]


def test_who_has_changed_since_is_answered_as_read(api: Api) -> None:
    first = api.post(ITEMS, BODY, idempotency_key="k")
    changed = accepted(api.patch(item(first.json["id"]), {"name": "Anne"}))
    again = api.post(ITEMS, BODY, idempotency_key="k")
    assert accepted(again, 201) == changed
    assert (again.etag, again.headers["location"]) == ('"2"', first.headers["location"])


def test_what_is_gone_since_is_not_found(api: Api) -> None:
    definition = {"key": "city", "label": "City", "type": "text"}
    for path, body in ((ITEMS, BODY), (FIELDS, definition)):
        created = api.post(path, body, idempotency_key="k")
        assert api.delete(created.headers["location"]).status == 204
        assert_refused(api.post(path, body, idempotency_key="k"), 404, "not_found")


def test_a_value_of_a_field_that_is_hidden_since_is_not_answered(api: Api) -> None:
    api.define("city")
    body = {**BODY, "extra_fields": {"city": "Bonn"}}
    first = accepted(api.post(ITEMS, body, idempotency_key="k"), 201)
    accepted(api.patch(field("city"), {"active": False}))
    again = accepted(api.post(ITEMS, body, idempotency_key="k"), 201)
    assert again == {**first, "extra_fields": {}}


def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    first = api.post(ITEMS, BODY, idempotency_key="k")
    refused = api.post(ITEMS, BODY | {"name": "Anne"}, idempotency_key="k")
    assert_refused(refused, 422, "idempotency_mismatch")
    assert api.items(ITEMS) == [first.json]


def test_each_caller_has_keys_of_its_own(api: Api) -> None:
    callers = [
        api.by("service_agent", "Tim"),
        api.by("service_agent", "Zoe"),
        api.by("service_provider", "Tim"),
    ]
    replies = [caller.post(ITEMS, BODY, idempotency_key="k") for caller in callers]
    assert len({accepted(reply, 201)["id"] for reply in replies}) == 3


def test_without_a_key_every_request_counts(api: Api) -> None:
    assert api.create()["id"] != api.create()["id"]


def test_another_key_is_another_request(api: Api) -> None:
    ids = [api.post(ITEMS, BODY, idempotency_key=key).json["id"] for key in ("k", "K", '"k"')]
    assert len(set(ids)) == 3


def test_a_refused_request_leaves_its_key_free(api: Api) -> None:
    refused = api.post(ITEMS, {"surname": ""}, idempotency_key="k")
    assert_refused(refused, 422, "invalid_value", "surname")
    accepted(api.post(ITEMS, BODY, idempotency_key="k"), 201)


def test_fields_are_created_once_too(api: Api) -> None:
    body = {"key": "city", "label": "City", "type": "text"}
    first = api.post(FIELDS, body, idempotency_key="k")
    again = api.post(FIELDS, body, idempotency_key="k")
    assert accepted(first, 201) == accepted(again, 201)
    assert accepted(api.get(field("city")))["version"] == 1


def test_a_key_counts_for_one_collection(api: Api) -> None:
    accepted(api.post(ITEMS, BODY, idempotency_key="k"), 201)
    body = {"key": "city", "label": "City", "type": "text"}
    accepted(api.post(FIELDS, body, idempotency_key="k"), 201)


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_1_to_200_characters(common: Api, key: str) -> None:
    refused = common.post(ITEMS, BODY, idempotency_key=key)
    assert_refused(refused, 400, "malformed_request", "Idempotency-Key")
    accepted(common.post(ITEMS, BODY, idempotency_key="x" * 200), 201)


def test_a_key_is_kept_for_a_day(parts: Parts, api_on: ApiOn) -> None:
    clock = FakeClock()
    api = api_on(with_clock(parts, clock))
    first = api.post(ITEMS, BODY, idempotency_key="k").json["id"]
    clock.advance(seconds=CLAIM_SECONDS - 1)
    assert api.post(ITEMS, BODY, idempotency_key="k").json["id"] == first
    clock.advance(seconds=2)
    assert api.post(ITEMS, BODY, idempotency_key="k").json["id"] != first


def test_fifty_requests_at_once_under_one_key_are_one(served: Api, parts: Parts) -> None:
    replies = at_once(50, lambda _: served.post(ITEMS, BODY, idempotency_key="k"))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.data for reply in replies}) == 1
    customer_id = replies[0].json["id"]
    assert [body["id"] for body in served.items(ITEMS)] == [customer_id]
    store = parts.registry.store
    assert [entry.record_id for entry in store.trail.all()] == [customer_id]
    assert [message.record_id for message in store.outbox.pending(100)] == [customer_id]
    assert store.outbox.depth() == 1
    assert len(list(store.records.all(Kind.CUSTOMER))) == 1


def test_fifty_creations_of_a_field_at_once_under_one_key_are_one(served: Api) -> None:
    body = {"key": "city", "label": "City", "type": "text"}
    replies = at_once(50, lambda _: served.post(FIELDS, body, idempotency_key="k"))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.data for reply in replies}) == 1
    assert accepted(served.get(field("city")))["version"] == 1


def test_two_bodies_at_once_under_one_key_are_one_customer(served: Api) -> None:
    def ask(number: int) -> Reply:
        return served.post(ITEMS, {"surname": f"Meyer {number % 2}"}, idempotency_key="k")

    replies = at_once(20, ask)
    created = [reply.json for reply in replies if reply.status == 201]
    for reply in replies:
        if reply.status != 201:
            assert_refused(reply, 422, "idempotency_mismatch")
    assert 0 < len(created) < 20
    assert served.items(ITEMS) == [created[0]]
