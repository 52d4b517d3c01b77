"""Health, readiness and status: how the location is doing."""

from pathlib import Path

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.search.indexes import SavedIndexes
from chalicelib.services.digest import take_digest
from chalicelib.services.joining import leave
from chalicelib.services.replication import publish_pending
from chalicelib.services.warm_index import WarmIndex, take_snapshot
from chalicelib.storage.snapshots import FolderSnapshots
from tests.api.client import ITEMS, STATUS, Api, accepted, assert_refused
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
