"""Field definitions: creating, reading, changing, hiding and deleting them."""

# ruff: noqa: RUF001 (letters of other scripts are on purpose)

from typing import Any

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain.record import Kind
from tests.api.client import (
    AUDIT,
    FIELDS,
    ITEMS,
    Api,
    accepted,
    assert_refused,
    at_once,
    field,
    item,
)
from tests.api.conftest import ApiOn, another_process

CITY: dict[str, Any] = {"key": "city", "label": "City", "type": "text"}
DEFAULTS: dict[str, Any] = {
    "choices": [],
    "required": False,
    "pattern": None,
    "active": True,
    "searchable": False,
}


def test_a_new_field_is_answered_as_it_is_now(api: Api, parts: Parts) -> None:
    reply = api.post(FIELDS, CITY)
    body = accepted(reply, 201)
    assert {name: body[name] for name in CITY | DEFAULTS} == CITY | DEFAULTS
    assert set(body) - set(CITY | DEFAULTS) == {
        "id",
        "version",
        "created_at",
        "updated_at",
        "origin",
    }
    assert (body["id"], body["version"], body["origin"]) == ("city", 1, parts.settings.location)
    assert reply.headers["location"] == field("city")
    assert reply.etag == '"1"'
    read = api.get(field("city"))
    assert (read.json, read.etag) == (body, '"1"')


def test_fields_are_listed_by_key_whether_active_or_not(api: Api) -> None:
    api.define("street")
    api.define("city", active=False)
    body = accepted(api.get(FIELDS))
    assert [one["key"] for one in body["items"]] == ["city", "street"]
    assert body["next"] is None


@pytest.mark.parametrize("key", ["a", "z9_", "a" * 63, "search"])
def test_a_key_is_small_letters_digits_and_underscores(api: Api, key: str) -> None:
    assert api.define(key)["key"] == key
    assert api.create(extra_fields={key: "x"})["extra_fields"] == {key: "x"}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a" * 64,
        "City",
        "1st",
        "_x",
        "é",
        "a-b",
        "a b",
        "a.b",
        "a\n",
        "ａ",
        "../x",
        "a%00",
        "dob",
    ],
)
def test_any_other_key_is_refused(common: Api, key: str) -> None:
    assert_refused(common.post(FIELDS, CITY | {"key": key}), 422, "invalid_value", "key")


@pytest.mark.parametrize("key", [None, 5, ["city"]])
def test_a_key_is_text(common: Api, key: Any) -> None:
    assert_refused(common.post(FIELDS, CITY | {"key": key}), 422, "invalid_value", "key")


def test_a_key_is_taken_once(api: Api) -> None:
    before = api.define("city")
    assert_refused(api.post(FIELDS, CITY | {"label": "Town"}), 409, "already_exists", "key")
    assert accepted(api.get(field("city"))) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_key_never_changes(api: Api, method: str) -> None:
    api.define("city")
    refused = api.call(method, field("city"), CITY | {"key": "town"})
    assert_refused(refused, 422, "invalid_value", "key")


@pytest.mark.parametrize(
    ("properties", "at_fault"),
    [
        ({"label": ""}, "label"),
        ({"label": "  "}, "label"),
        ({"label": None}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"label": "a\x00b"}, "label"),
        ({"type": "blob"}, "type"),
        ({"type": "Text"}, "type"),
        ({"type": None}, "type"),
        ({"required": "yes"}, "required"),
        ({"required": 1}, "required"),
        ({"active": None}, "active"),
        ({"choices": ["a"]}, "choices"),
        ({"choices": None}, "choices"),
        ({"choices": "ab"}, "choices"),
        ({"type": "choice"}, "choices"),
        ({"type": "choice", "choices": []}, "choices"),
        ({"type": "choice", "choices": ["a", "a"]}, "choices"),
        ({"type": "choice", "choices": ["a", " a "]}, "choices"),
        ({"type": "choice", "choices": ["a", ""]}, "choices"),
        ({"type": "choice", "choices": ["x" * 201]}, "choices"),
        ({"type": "choice", "choices": ["a\x00"]}, "choices"),
        ({"type": "choice", "choices": [str(number) for number in range(201)]}, "choices"),
        ({"type": "choice", "choices": [1]}, "choices"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": "\\"}, "pattern"),
        ({"pattern": "(?=a)"}, "pattern"),
        ({"pattern": "(a)\\1"}, "pattern"),
        ({"pattern": "a{1000}{1000}"}, "pattern"),
        ({"pattern": "x" * 201}, "pattern"),
        ({"pattern": 5}, "pattern"),
        ({"type": "number", "pattern": "5"}, "pattern"),
        ({"type": "choice", "choices": ["a"], "pattern": "a"}, "pattern"),
        ({"id": "town"}, "id"),
        ({"version": 1}, "version"),
        ({"colour": "red"}, "colour"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_bad_property_is_refused_by_its_name(
    common: Api, method: str, properties: dict[str, Any], at_fault: str
) -> None:
    if method == "POST":
        path, whole = FIELDS, CITY | {"key": "never_there"}
    else:
        path, whole = field("steady"), {"label": "Steady", "type": "text"}
        common.post(FIELDS, whole | {"key": "steady"})
    refused = common.call(method, path, whole | properties)
    assert_refused(refused, 422, "invalid_value", at_fault)


@pytest.mark.parametrize("missing", ["key", "label", "type"])
def test_a_new_field_needs_key_label_and_type(common: Api, missing: str) -> None:
    rest = {name: value for name, value in CITY.items() if name != missing}
    assert_refused(common.post(FIELDS, rest), 422, "invalid_value", missing)


def test_a_fault_in_a_pattern_is_told_in_plain_words(common: Api) -> None:
    refused = common.post(FIELDS, CITY | {"pattern": "(a"})
    assert refused.json["detail"] == "pattern is no regular expression: missing ): (a"


def test_replacing_brings_back_the_defaults(api: Api) -> None:
    api.define("city", required=True, pattern="[A-Z].*", active=False)
    reply = api.put(field("city"), {"label": "Town", "type": "text"})
    body = accepted(reply)
    assert {name: body[name] for name in DEFAULTS} == DEFAULTS
    assert (body["label"], body["version"], reply.etag) == ("Town", 2, '"2"')


def test_patching_changes_only_the_properties_that_are_given(api: Api) -> None:
    before = api.define("city", pattern="[A-Z].*")
    after = accepted(api.patch(field("city"), {"required": True}))
    expected = {"required": True, "version": 2, "updated_at": after["updated_at"]}
    assert after == before | expected


@pytest.mark.parametrize("pattern", [None, ""])
def test_a_pattern_can_be_taken_away(api: Api, pattern: str | None) -> None:
    api.define("code", pattern="[0-9]+")
    assert accepted(api.patch(field("code"), {"pattern": pattern}))["pattern"] is None
    api.create(extra_fields={"code": "any text"})


def test_a_patch_that_changes_no_property_writes_nothing(api: Api, parts: Parts) -> None:
    before = api.define("city")
    assert accepted(api.patch(field("city"), {"label": "City"})) == before
    assert len(parts.registry.store.trail.of(Kind.FIELD, "city")) == 1


def test_an_inactive_field_hides_its_values_and_keeps_them(api: Api) -> None:
    api.define("city")
    body = api.create(extra_fields={"city": "Kiel"})
    accepted(api.patch(field("city"), {"active": False}))
    assert api.read(body["id"])["extra_fields"] == {}
    assert api.items(ITEMS)[0]["extra_fields"] == {}
    accepted(api.patch(field("city"), {"active": True}))
    assert api.read(body["id"]) == body


def test_a_history_names_the_values_of_an_inactive_field_and_does_not_tell_them(api: Api) -> None:
    api.define("city")
    path = item(api.create(extra_fields={"city": "Kiel"})["id"])
    accepted(api.patch(field("city"), {"active": False}))
    for entries in (f"{path}/history", AUDIT):
        (entry,) = [one for one in api.items(entries) if one["kind"] == "customer"]
        assert "Kiel" not in str(entry)
        assert entry["hidden"] == ["extra.city"]


def test_an_inactive_field_takes_no_value(api: Api) -> None:
    api.define("city", active=False)
    refused = api.post(ITEMS, {"surname": "Li", "extra_fields": {"city": "Kiel"}})
    assert_refused(refused, 422, "invalid_value", "city")


def test_replacing_a_customer_keeps_the_values_of_inactive_fields(api: Api) -> None:
    api.define("city")
    body = api.create(extra_fields={"city": "Kiel"})
    accepted(api.patch(field("city"), {"active": False}))
    accepted(api.put(item(body["id"]), {"surname": "Maier"}))
    accepted(api.patch(field("city"), {"active": True}))
    assert api.read(body["id"])["extra_fields"] == {"city": "Kiel"}


def test_a_change_of_the_definitions_counts_at_once(api: Api) -> None:
    api.create()
    api.define("city")
    api.create(extra_fields={"city": "Kiel"})
    accepted(api.patch(field("city"), {"type": "integer"}))
    refused = api.post(ITEMS, {"surname": "Li", "extra_fields": {"city": "Kiel"}})
    assert_refused(refused, 422, "invalid_value", "city")


def test_a_field_that_is_required_now_counts_for_the_next_customer(api: Api) -> None:
    api.create()
    api.define("city", required=True)
    assert_refused(api.post(ITEMS, {"surname": "Li"}), 422, "invalid_value", "city")


def test_nothing_is_refused_by_definitions_that_another_process_has_replaced(
    parts: Parts, api_on: ApiOn
) -> None:
    other = another_process(parts)
    path = item(api_on(parts).create()["id"])
    api_on(other).define("city", "integer")
    accepted(api_on(parts).patch(path, {"extra_fields": {"city": 5}}))
    accepted(api_on(other).patch(field("city"), {"type": "text"}))
    accepted(api_on(parts).patch(path, {"extra_fields": {"city": "Kiel"}}))


def test_of_creations_of_one_key_at_once_one_is_made(served: Api) -> None:
    replies = at_once(12, lambda number: served.post(FIELDS, CITY | {"label": f"City {number}"}))
    (made,) = [reply.json for reply in replies if reply.status == 201]
    for reply in replies:
        if reply.status != 201:
            assert_refused(reply, 409, "already_exists", "key")
    assert served.items(FIELDS) == [made]


def test_a_field_that_nobody_uses_can_be_deleted(api: Api) -> None:
    api.define("city")
    reply = api.delete(field("city"))
    assert (reply.status, reply.data, reply.etag) == (204, b"", '"2"')
    assert api.items(FIELDS) == []
    for refused in (
        api.get(field("city")),
        api.put(field("city"), {"label": "City", "type": "text"}),
        api.patch(field("city"), {"label": "Town"}),
        api.delete(field("city")),
    ):
        assert_refused(refused, 404, "not_found")


def test_a_field_in_use_is_deleted_only_by_force(api: Api) -> None:
    api.define("city")
    first, second = (api.create(extra_fields={"city": "Kiel"}) for _ in range(2))
    api.create()
    refused = api.delete(field("city"))
    assert_refused(refused, 409, "still_in_use", "key")
    assert refused.json["detail"].startswith("customers with a value for city: 2;")
    assert api.read(first["id"]) == first
    assert api.delete(f"{field('city')}?force=true").status == 204
    assert api.read(second["id"])["extra_fields"] == {}


def test_a_deleted_or_emptied_customer_uses_no_field(api: Api) -> None:
    api.define("city")
    gone, emptied = (api.create(extra_fields={"city": "Kiel"}) for _ in range(2))
    assert api.delete(item(gone["id"])).status == 204
    accepted(api.patch(item(emptied["id"]), {"extra_fields": {"city": None}}))
    assert api.delete(field("city")).status == 204


@pytest.mark.parametrize("force", ["maybe", "2", ""])
def test_force_is_true_or_false(common: Api, force: str) -> None:
    refused = common.delete(f"{field('city')}?force={force}")
    assert_refused(refused, 422, "invalid_value", "force")


def test_a_deleted_key_may_come_again(api: Api) -> None:
    api.define("city", label="City")
    assert api.delete(field("city")).status == 204
    body = api.define("city", "integer", label="City number")
    assert (body["label"], body["type"], body["version"]) == ("City number", "integer", 3)
    assert api.items(FIELDS) == [body]
    assert api.create(extra_fields={"city": 5})["extra_fields"] == {"city": 5}


def test_changes_of_a_field_are_in_the_audit_trail(api: Api) -> None:
    api.define("city")
    accepted(api.patch(field("city"), {"label": "Town"}))
    assert api.delete(field("city")).status == 204
    api.define("city")
    entries = api.items("/api/audit")
    assert [entry["action"] for entry in entries] == ["restore", "delete", "update", "create"]
    assert {(entry["kind"], entry["record_id"]) for entry in entries} == {("field", "city")}
    assert (entries[2]["before"], entries[2]["after"]) == ({"label": "City"}, {"label": "Town"})
