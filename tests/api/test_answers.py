"""What every answer has, and what is answered where something fails."""

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import FIELDS, ITEMS, SEARCH, STATUS, Api, assert_refused, item
from tests.fakes import unavailable


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


def test_a_fault_of_the_product_says_nothing_of_its_insides(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("surname Meyer")

    path = item(api.create()["id"])
    monkeypatch.setattr(parts.registry.store.records, "get", fail)
    refused = api.get(path)
    assert_refused(refused, 500, "internal")
    assert b"Meyer" not in refused.data
    assert b"KeyError" not in refused.data
