"""/api/customers/conflicts and duplicates, and putting values back, as callers see them."""

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain import change as changes
from chalicelib.domain.change import Author
from chalicelib.domain.record import Kind
from chalicelib.services.digest import take_digest
from chalicelib.services.replication import apply_event
from tests.api.client import ITEMS, Api, accepted, assert_refused, item
from tests.fakes import AGENT, event_of

CONFLICTS = "/api/customers/conflicts"
DUPLICATES = "/api/customers/duplicates"


@pytest.fixture
def customer_id(api: Api, parts: Parts) -> str:
    """A customer whose name was changed here, and a moment later at another location."""
    return named_twice(api, parts, "Anja")


def named_twice(api: Api, parts: Parts, last: str | None) -> str:
    created = api.create("Meyer", name="Anna")
    record = parts.registry.store.records.get(Kind.CUSTOMER, created["id"])
    assert record is not None
    accepted(api.patch(item(record.id), {"name": "Anne"}))
    there = changes.update(record, {"name": last}, elsewhere(parts))
    assert there is not None
    apply_event(event_of(there), parts.registry)
    return record.id


def elsewhere(parts: Parts) -> Author:
    return Author(AGENT, "loc9-abcd", parts.registry.clock() + 1000)


def test_a_value_that_lost_is_listed_and_restored_by_one_call(api: Api, customer_id: str) -> None:
    (conflict,) = api.items(CONFLICTS)
    assert conflict["customer_id"] == customer_id
    assert (conflict["surname"], conflict["name"]) == ("Meyer", "Anja")
    assert (conflict["lost"], conflict["kept"]) == ({"name": "Anne"}, {"name": "Anja"})
    assert conflict["actor"] == "admin"
    body = {"origin": conflict["origin"], "seq": conflict["seq"], "fields": ["name"]}
    restored = api.post(f"{item(customer_id)}/restore", body)
    assert accepted(restored)["name"] == "Anne"
    assert restored.etag == f'"{restored.json["version"]}"'
    assert api.items(CONFLICTS) == []
    newest, *_ = api.items(f"{item(customer_id)}/history")
    assert (newest["action"], newest["after"]) == ("update", {"name": "Anne"})


def test_a_name_that_lost_against_none_is_of_a_customer_without_one(api: Api, parts: Parts) -> None:
    named_twice(api, parts, None)
    (conflict,) = api.items(CONFLICTS)
    assert (conflict["lost"], conflict["name"]) == ({"name": "Anne"}, None)


def test_the_history_says_what_lost(api: Api, customer_id: str) -> None:
    entries = api.items(f"{item(customer_id)}/history")
    assert [entry["superseded"] for entry in entries] == [[], ["name"], []]


def test_a_deleted_customer_is_restored(api: Api) -> None:
    created = api.create("Meyer")
    api.delete(item(created["id"]))
    assert_refused(api.get(item(created["id"])), 404, "not_found")
    assert accepted(api.post(f"{item(created['id'])}/restore", {}))["surname"] == "Meyer"
    assert api.read(created["id"])["surname"] == "Meyer"


@pytest.mark.parametrize("half", [{"origin": "loc9-abcd"}, {"seq": 1}, {"fields": ["name"]}])
def test_half_of_what_names_an_entry_brings_nobody_back(api: Api, half: dict[str, object]) -> None:
    path = item(api.create("Meyer")["id"])
    api.delete(path)
    assert_refused(api.post(f"{path}/restore", half), 422, "invalid_value", "origin")
    assert_refused(api.get(path), 404, "not_found")


def test_a_live_customer_needs_an_entry_to_be_restored_from(api: Api) -> None:
    path = f"{item(api.create('Meyer')['id'])}/restore"
    assert_refused(api.post(path, {}), 422, "invalid_value", "origin")
    assert_refused(api.post(path, {"origin": "loc1-ab"}), 422, "invalid_value", "origin")
    assert_refused(api.post(path, {"origin": "x", "seq": 1}), 422, "invalid_value", "seq")
    assert_refused(api.post(path, {"seq": "1"}), 422, "invalid_value", "seq")
    assert_refused(api.post(path, {"nonsense": 1}), 422, "invalid_value", "nonsense")


def test_a_stale_restore_is_refused(api: Api, customer_id: str) -> None:
    body = {"origin": "loc9-abcd", "seq": 1}
    refused = api.post(f"{item(customer_id)}/restore", body, **{"If-Match": '"1"'})
    assert_refused(refused, 412, "stale_version")


def test_nobody_restores_whom_there_is_not(api: Api) -> None:
    for nobody in ("nobody", "0190aaaa-0001-7000-8000-000000000000"):
        assert_refused(api.post(f"{ITEMS}/{nobody}/restore", {}), 404, "not_found")


def test_conflicts_come_page_by_page(api: Api, customer_id: str) -> None:
    first = accepted(api.get(f"{CONFLICTS}?limit=1"))
    assert len(first["items"]) == 1
    rest = accepted(api.get(f"{CONFLICTS}?limit=1&cursor={first['next']}"))
    assert rest == {"items": [], "next": None}


def test_a_number_that_several_claim_is_listed_with_whose_it_is(api: Api, parts: Parts) -> None:
    (holder, other), _ = (claimed_twice(number, api, parts) for number in ("A1", "B2"))
    take_digest(parts.registry)
    first = accepted(api.get(f"{DUPLICATES}?limit=1"))
    assert first["items"] == [{"document_number": "A1", "holder": holder, "others": [other]}]
    rest = accepted(api.get(f"{DUPLICATES}?limit=1&cursor={first['next']}"))
    assert [one["document_number"] for one in rest["items"]] == ["B2"]


def claimed_twice(number: str, api: Api, parts: Parts) -> tuple[str, str]:
    """Two customers with that number: one from here, and a moment later one from elsewhere."""
    holder = str(api.create("Meyer", document_number=number)["id"])
    values = {"surname": "Maier", "document_number": number.lower()}
    other = changes.create(Kind.CUSTOMER, parts.registry.new_id(), values, elsewhere(parts))
    apply_event(event_of(other), parts.registry)
    return holder, other.record.id
