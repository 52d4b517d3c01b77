"""Values of dynamic fields: what each type takes, refuses and gives back."""

from typing import Any

import pytest

from tests.api.client import ITEMS, Api, accepted, assert_refused, field, item

CHOICES = ["gold", "silver", "Grün"]
GOOD: list[tuple[str, Any]] = [
    ("text", "Kiel"),
    ("text", "<b>"),
    ("text", "x" * 200),
    ("number", 0),
    ("number", -1.5),
    ("number", 1e300),
    ("number", 0.1),
    ("number", 2**53 - 1),
    ("integer", 0),
    ("integer", -(2**53) + 1),
    ("integer", 2**53 - 1),
    ("boolean", True),
    ("boolean", False),
    ("date", "1700-01-01"),
    ("date", "2999-12-31"),
    ("date", "2024-02-29"),
    ("choice", "gold"),
    ("choice", "Grün"),
    ("email", "anna.meyer+news@example.co.uk"),
    ("email", "jürgen@müller.example"),
    ("phone", "+49 (431) 123-45/67"),
    ("phone", "110110"),
]
BAD: list[tuple[str, Any]] = [
    ("text", 5),
    ("text", True),
    ("text", ["Kiel"]),
    ("text", {"a": 1}),
    ("text", "x" * 201),
    ("text", "a\x00b"),
    ("number", "5"),
    ("number", True),
    ("number", 2**53),
    ("number", 10**30),
    ("number", [1]),
    ("integer", 1.5),
    ("integer", 5.0),
    ("integer", "5"),
    ("integer", False),
    ("integer", 2**53),
    ("integer", -(2**53)),
    ("integer", 2**64),
    ("boolean", "true"),
    ("boolean", 1),
    ("boolean", 0),
    ("date", "2023-02-29"),
    ("date", "2020-W01-1"),
    ("date", "29.02.2024"),
    ("date", 20240229),
    ("choice", "bronze"),
    ("choice", "Gold"),
    ("choice", ["gold"]),
    ("email", "anna"),
    ("email", "anna@localhost"),
    ("email", "a b@example.com"),
    ("email", "@example.com"),
    ("email", "a@b@example.com"),
    ("email", "a@example..com"),
    ("phone", "call me"),
    ("phone", "+"),
    ("phone", "12"),
    ("phone", "1" * 60),
    ("phone", "٠١٢٣٤٥"),
]


def define(api: Api, kind: str) -> str:
    """The key of a field of that type."""
    key = f"a_{kind}"
    if api.get(field(key)).status == 404:
        api.define(key, kind, choices=CHOICES if kind == "choice" else [])
    return key


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_good_value_comes_back_as_it_was_written(common: Api, kind: str, value: Any) -> None:
    key = define(common, kind)
    body = common.create(extra_fields={key: value})
    read = common.read(body["id"])["extra_fields"]
    assert read == {key: value}
    assert type(read[key]) is type(value)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_bad_value_is_refused_by_the_key_of_its_field(
    common: Api, method: str, kind: str, value: Any
) -> None:
    key = define(common, kind)
    path = ITEMS if method == "POST" else item(common.create()["id"])
    refused = common.call(method, path, {"surname": "Li", "extra_fields": {key: value}})
    assert_refused(refused, 422, "invalid_value", key)


@pytest.mark.parametrize("kind", ["text", "email", "phone", "choice", "date"])
def test_an_empty_text_is_no_value(common: Api, kind: str) -> None:
    key = define(common, kind)
    assert common.create(extra_fields={key: "  "})["extra_fields"] == {}


@pytest.mark.parametrize("kind", ["text", "number", "integer", "boolean", "date", "choice"])
def test_null_is_no_value(common: Api, kind: str) -> None:
    key = define(common, kind)
    assert common.create(extra_fields={key: None})["extra_fields"] == {}


@pytest.mark.parametrize(("kind", "empty"), [("integer", 0), ("number", 0.0), ("boolean", False)])
def test_zero_and_false_are_values(api: Api, kind: str, empty: Any) -> None:
    api.define("needed", kind, required=True)
    assert api.create(extra_fields={"needed": empty})["extra_fields"] == {"needed": empty}


def test_text_is_cleaned_as_names_are(common: Api) -> None:
    key = define(common, "text")
    assert common.create(extra_fields={key: " e\u0301 "})["extra_fields"] == {key: "é"}


@pytest.mark.parametrize("extras", [{}, {"city": None}, {"city": ""}, {"city": "  "}])
def test_a_required_field_needs_a_value(api: Api, extras: dict[str, Any]) -> None:
    api.define("city", required=True)
    there = api.create(extra_fields={"city": "Kiel"})
    body = {"surname": "Li", "extra_fields": extras}
    assert_refused(api.post(ITEMS, body), 422, "invalid_value", "city")
    assert_refused(api.put(item(there["id"]), body), 422, "invalid_value", "city")
    if extras:
        refused = api.patch(item(there["id"]), {"extra_fields": extras})
        assert_refused(refused, 422, "invalid_value", "city")


def test_a_patch_need_not_name_a_required_field(api: Api) -> None:
    body = api.create()
    api.define("city", required=True)
    assert accepted(api.patch(item(body["id"]), {"name": "Anna"}))["name"] == "Anna"


def test_an_inactive_field_requires_nothing(api: Api) -> None:
    api.define("city", required=True, active=False)
    assert api.create()["extra_fields"] == {}


@pytest.mark.parametrize("value", ["D-123", "D-7"])
def test_a_value_that_matches_the_whole_pattern_is_taken(api: Api, value: str) -> None:
    api.define("code", pattern="D-[0-9]+")
    assert api.create(extra_fields={"code": value})["extra_fields"] == {"code": value}


@pytest.mark.parametrize("value", ["D-", "d-1", "xD-1", "D-1x", "D-1 D-2"])
def test_a_value_that_does_not_match_the_whole_pattern_is_refused(api: Api, value: str) -> None:
    api.define("code", pattern="D-[0-9]+")
    refused = api.post(ITEMS, {"surname": "Li", "extra_fields": {"code": value}})
    assert_refused(refused, 422, "invalid_value", "code")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "([a-z]+)*=", "(.*)*x(.*)*y", "(a?){90}"])
def test_no_pattern_stalls_the_registry(api: Api, pattern: str) -> None:
    # Who tries each way to read it takes longer than any test may.
    api.define("code", pattern=pattern)
    refused = api.post(ITEMS, {"surname": "Li", "extra_fields": {"code": "a" * 199 + "!"}})
    assert_refused(refused, 422, "invalid_value", "code")


def test_a_pattern_knows_characters_of_any_script(api: Api) -> None:
    api.define("code", pattern=r"\p{L}{2}")
    assert api.create(extra_fields={"code": "Йэ"})["extra_fields"] == {"code": "Йэ"}


def test_a_value_that_fits_its_field_no_longer_is_in_no_correction_s_way(api: Api) -> None:
    api.define("size", "text")
    there = api.create(extra_fields={"size": "large"})
    accepted(api.patch(field("size"), {"type": "integer"}))
    api.define("city", required=True)
    for send in (api.put, api.patch):
        body = {"surname": f"Li{send.__name__}", "extra_fields": there["extra_fields"]}
        changed = accepted(send(item(there["id"]), body))
        assert (changed["surname"], changed["extra_fields"]) == (body["surname"], {"size": "large"})
        body["extra_fields"] = {"size": "small"}
        assert_refused(send(item(there["id"]), body), 422, "invalid_value", "size")


def test_nobody_finds_out_by_writing_it_what_a_hidden_field_holds(api: Api) -> None:
    api.define("size", "text")
    there = api.create(extra_fields={"size": "large"})
    accepted(api.patch(field("size"), {"active": False}))
    for guess in ("large", "small", None):
        body = {"surname": "Li", "extra_fields": {"size": guess}}
        for send in (api.put, api.patch):
            assert_refused(send(item(there["id"]), body), 422, "invalid_value", "size")


def test_a_value_outlives_a_change_of_its_type(api: Api) -> None:
    api.define("size", "text")
    body = api.create(extra_fields={"size": "large"})
    accepted(api.patch(field("size"), {"type": "integer"}))
    assert api.read(body["id"])["extra_fields"] == {"size": "large"}
    renamed = accepted(api.patch(item(body["id"]), {"name": "Anna"}))
    assert renamed["extra_fields"] == {"size": "large"}
