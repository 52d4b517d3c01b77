"""What every answer has, and what is answered where something fails."""

import re

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import FIELDS, ITEMS, SEARCH, STATUS, Api, assert_refused, item
from tests.fakes import customer_id, unavailable


def test_every_answer_has_an_etag_and_a_request_id(api: Api) -> None:
    api.define("city")
    body = api.create()
    path = item(body["id"])
    for reply in (
        api.get("/"),
        api.get("/health"),
        api.get(STATUS),
        api.get("/api/audit"),
        api.get(FIELDS),
        api.get(f"{FIELDS}/city"),
        api.patch(f"{FIELDS}/city", {"label": "Town"}),
        api.put(f"{FIELDS}/city", {"label": "Town", "type": "text"}),
        api.get(ITEMS),
        api.get(f"{SEARCH}?q=Meyer"),
        api.get(path),
        api.get(f"{path}/history"),
        api.patch(path, {"name": "Anna"}),
        api.put(path, {"surname": "Maier"}),
        api.delete(path),
        api.delete(f"{FIELDS}/city"),
    ):
        assert reply.status in (200, 204)
        assert reply.etag.startswith('"')
        assert reply.headers["x-request-id"]
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_tables_that_do_not_answer_are_told_with_a_time_to_come_again(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = item(api.create()["id"])
    monkeypatch.setattr(parts.registry.store.records, "get", unavailable)
    refused = api.get(path)
    assert_refused(refused, 503, "unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_a_read_that_cannot_be_logged_is_not_answered(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = item(api.create("Meyer")["id"])
    monkeypatch.setattr(parts.registry.store.access, "add", unavailable)
    for reply in (
        api.get(path),
        api.get(ITEMS),
        api.get(f"{SEARCH}?q=Meyer"),
        api.get(f"{path}/history"),
        api.get("/api/audit"),
    ):
        assert_refused(reply, 503, "unavailable")
        assert b"Meyer" not in reply.data


def test_a_refusal_that_cannot_be_logged_is_told_as_that(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.registry.store.access, "add", unavailable)
    for stranger in (api.by("root"), api.by("customer")):
        assert_refused(stranger.delete(item(customer_id(1))), 503, "unavailable")


def test_the_log_tells_who_asked_for_what_and_no_value_of_a_customer(
    api: Api, parts: Parts, heard: pytest.LogCaptureFixture
) -> None:
    body = api.create("Meyer")
    heard.clear()
    reply = api.by("service_agent", "Tim").patch(item(body["id"]), {"name": "Anna"})
    [line] = heard.records
    told = vars(line)
    assert line.getMessage() == f"PATCH {ITEMS}/{{customer_id}} 200"
    assert (told["user.name"], told["user.roles"]) == ("Tim", "service_agent")
    assert told["http.request.id"] == reply.headers["x-request-id"]
    assert told["labels.location"] == parts.settings.location
    assert not re.search(f"Meyer|Anna|{body['id']}", str(told))


def test_a_fault_of_the_product_says_nothing_of_its_insides(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch, heard: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("surname Meyer")

    path = item(api.create()["id"])
    monkeypatch.setattr(parts.registry.store.records, "get", fail)
    heard.clear()
    refused = api.get(path)
    assert_refused(refused, 500, "internal")
    assert b"Meyer" not in refused.data
    assert b"KeyError" not in refused.data
    # Whoever runs the location finds them in the log.
    fault, _request = heard.records
    assert (fault.levelname, fault.exc_info is not None) == ("ERROR", True)
    assert vars(fault)["http.request.id"] == refused.headers["x-request-id"]
