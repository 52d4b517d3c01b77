"""Health, status and the page."""

from pathlib import Path

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.digest import take_digest
from chalicelib.services.joining import leave
from chalicelib.services.replication import publish_pending
from chalicelib.services.warm_index import WarmIndex, take_snapshot
from chalicelib.storage.snapshots import FolderSnapshots
from tests.api.client import FIELDS, ITEMS, SEARCH, STATUS, Api, accepted, assert_refused, item
from tests.fakes import FakeProducer, unavailable


def test_health_answers_everybody(parts: Parts, api: Api) -> None:
    reply = Api(api.send, {}).get("/health")
    assert accepted(reply) == {"status": "ok", "location": parts.settings.location}


def test_status_tells_what_waits_for_the_other_locations(api: Api, parts: Parts) -> None:
    api.create()
    api.define("city")
    body = accepted(api.get(STATUS))
    assert (body["location"], body["outbox_depth"]) == (parts.settings.location, 2)
    assert (body["dead_letters"], body["applied"], body["digest"]) == (0, {}, None)
    assert body["origin"].startswith(f"{parts.settings.location}-")


def test_status_tells_what_was_sent_and_the_last_digest(api: Api, parts: Parts) -> None:
    api.create()
    publish_pending(parts.registry, FakeProducer(), "relay-1")
    digest = take_digest(parts.registry)
    body = accepted(api.get(STATUS))
    assert body["outbox_depth"] == 0
    assert body["relay"]["sent"]["events"] == 1
    expected = {"digest": digest.whole, "records": 1, "at": digest.at}
    assert body["digest"] == expected


def test_the_page_is_html_that_runs_nothing_from_elsewhere(api: Api) -> None:
    reply = Api(api.send, {}).get("/")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "..%2f..%2fapp.py",
        "%2e%2e%2fsettings.py",
        "..%2f..%2f..%2fetc%2fpasswd",
        "index.html%00.js",
        "%ff",
        "%C3%A9.js",
        "x" * 3000,
    ],
)
def test_only_the_pages_own_files_are_served(common: Api, name: str) -> None:
    assert_refused(common.get(f"/web/1/{name}"), 404, "not_found")


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


def test_tables_that_do_not_answer_are_told_with_a_time_to_come_again(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = item(api.create()["id"])
    monkeypatch.setattr(parts.registry.store.records, "get", unavailable)
    refused = api.get(path)
    assert_refused(refused, 503, "unavailable")
    assert int(refused.headers["retry-after"]) >= 1


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


def test_ready_tells_when_the_search_index_was_saved(
    api: Api, parts: Parts, tmp_path: Path
) -> None:
    assert accepted(api.get("/ready"))["snapshot_at"] is None
    indexes = SavedIndexes(FolderSnapshots(tmp_path))
    take_snapshot(WarmIndex(indexes), parts.registry)
    assert accepted(api.get("/ready"))["snapshot_at"] > 0


def test_a_location_whose_tables_do_not_answer_is_not_ready(
    api: Api, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api.get("/ready").status == 200
    monkeypatch.setattr(parts.registry.store.system, "noted", unavailable)
    assert_refused(api.get("/ready"), 503, "unavailable")
    assert api.get("/health").status == 200


def test_a_location_that_joins_is_alive_and_not_ready(api: Api, parts: Parts) -> None:
    assert accepted(api.get("/ready"))["status"] == "ready"
    leave(parts.registry, "its place on the topic is gone")
    assert api.get("/health").status == 200
    assert_refused(api.get("/ready"), 503, "joining")
    refused = api.post(ITEMS, {"surname": "Meyer"})
    assert_refused(refused, 503, "joining")
    assert refused.headers["retry-after"] == "1"
    assert accepted(api.get(STATUS))["membership"]["reason"] == "its place on the topic is gone"
