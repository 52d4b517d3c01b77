"""What may be written of a customer, and how it comes back."""

# ruff: noqa: RUF001 (letters of other scripts are on purpose)

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import ITEMS, SEARCH, Api, accepted, assert_refused, item

TODAY = datetime.now(UTC).date()
NAMES = [
    "Müller-Lüdenscheidt",
    "O'Brien",
    "Łukasiewicz",
    "Παπαδόπουλος",
    "Иванова",
    "אברהם",
    "محمد بن عبد الله",
    "राजेश",
    "สมชาย",
    "山田太郎",
    "김민수",
    "Nguyễn Thị Ánh",
    "ʻŌkina",
    "𠮷野家",
    "Zoë 👩‍👩‍👧",
    "a\u200cb",
]
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("surname", NAMES)
def test_a_name_of_any_script_comes_back_as_it_was_stored(common: Api, surname: str) -> None:
    body = common.create(surname, name=surname)
    assert (body["surname"], body["name"]) == (surname, surname)
    assert common.read(body["id"]) == body
    (entry,) = common.items(f"{item(body['id'])}/history")
    assert entry["after"]["surname"] == surname


@pytest.mark.parametrize("surname", ["Łukasiewicz", "Παπαδόπουλος", "山田太郎", "אברהם", "김민수"])
def test_a_name_of_any_script_is_found(common: Api, surname: str) -> None:
    body = common.create(surname)
    assert body in [plain(hit) for hit in common.items(f"{SEARCH}?q={quote(surname)}")]


# What a hit has beside the customer's own values.
MATCH = {"score", "likely", "explanation"}


def plain(hit: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hit.items() if name not in MATCH}


def test_text_is_stored_in_one_normal_form(common: Api) -> None:
    composed = unicodedata.normalize("NFC", "Ångström é")
    assert common.create(unicodedata.normalize("NFD", composed))["surname"] == composed


@pytest.mark.parametrize("typed", ["  Meyer ", "\tMeyer\n", "\u00a0Meyer\u3000", "\r\nMeyer"])
def test_space_around_text_is_taken_away(common: Api, typed: str) -> None:
    assert common.create(typed)["surname"] == "Meyer"


def test_space_within_text_stays(common: Api) -> None:
    assert common.create("van  der Berg")["surname"] == "van  der Berg"


@pytest.mark.parametrize("name", ["", "   ", "\n", None])
def test_an_empty_name_is_no_name(common: Api, name: str | None) -> None:
    assert common.create(name=name)["name"] is None


@pytest.mark.parametrize("values", [{}, {"surname": None}, {"surname": ""}, {"surname": " \t "}])
def test_a_customer_needs_a_surname(common: Api, values: dict[str, Any]) -> None:
    assert_refused(common.post(ITEMS, values), 422, "invalid_value", "surname")


@pytest.mark.parametrize("surname", [None, "", "  "])
def test_a_patch_cannot_take_the_surname_away(common: Api, surname: str | None) -> None:
    path = item(common.create()["id"])
    assert_refused(common.patch(path, {"surname": surname}), 422, "invalid_value", "surname")


@pytest.mark.parametrize("name", ["surname", "name"])
def test_a_name_has_at_most_200_characters(common: Api, name: str) -> None:
    longest = {"surname": "Meyer", name: "👩" * 200}
    assert common.create(**longest)[name] == "👩" * 200
    too_long = {"surname": "Meyer", name: "x" * 201}
    assert_refused(common.post(ITEMS, too_long), 422, "invalid_value", name)


def test_characters_are_counted_in_the_normal_form(common: Api) -> None:
    assert len(common.create("e\u0301" * 200)["surname"]) == 200


@pytest.mark.parametrize("field", ["surname", "name", "document_number", "dob"])
@pytest.mark.parametrize("control", ["\x00", "\n", "\t", "\x1b", "\x7f", "\x85"])
def test_text_holds_no_control_characters(common: Api, field: str, control: str) -> None:
    values = {"surname": "Meyer", field: f"a{control}b"}
    assert_refused(common.post(ITEMS, values), 422, "invalid_value", field)


@pytest.mark.parametrize("dob", ["1850-01-01", "2024-02-29", "2000-02-29", str(TODAY)])
def test_a_date_of_birth_is_a_real_day_since_1850(common: Api, dob: str) -> None:
    assert common.create(dob=dob)["dob"] == dob


@pytest.mark.parametrize(
    "dob",
    [
        "2023-02-29",
        "1900-02-29",
        "2020-13-01",
        "2020-00-10",
        "2020-04-31",
        "1849-12-31",
        "0000-00-00",
        str(TODAY + timedelta(days=1)),
        "9999-12-31",
        "20200101",
        "2020-1-1",
        "2020-W01-1",
        "2020-001",
        "01.02.2020",
        "2020-01-01T00:00:00",
        "2020-01-01Z",
        "+2020-01-1",
        "٢٠٢٠-٠١-٠١",
        "２０２０-０１-０１",
        "yesterday",
    ],
)
def test_what_is_no_such_day_is_no_date_of_birth(common: Api, dob: str) -> None:
    assert_refused(common.post(ITEMS, {"surname": "Li", "dob": dob}), 422, "invalid_value", "dob")


def test_a_document_number_has_at_most_64_characters(common: Api) -> None:
    assert common.create(document_number="7" * 64)["document_number"] == "7" * 64
    refused = common.post(ITEMS, {"surname": "Li", "document_number": "7" * 65})
    assert_refused(refused, 422, "invalid_value", "document_number")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("surname", 5),
        ("surname", ["Meyer"]),
        ("surname", {"text": "Meyer"}),
        ("surname", True),
        ("name", 1.5),
        ("dob", 19800229),
        ("document_number", 94678),
        ("extra_fields", None),
        ("extra_fields", []),
        ("extra_fields", "city"),
        ("id", "0190aaaa-0001-7000-8000-000000000001"),
        ("version", 7),
        ("origin", "loc9"),
        ("expires_on", "2099-01-01"),
        ("surnam", "Meyer"),
        ("Surname", "Meyer"),
        ("__class__", "x"),
    ],
)
def test_a_value_of_the_wrong_type_or_name_is_refused_by_its_name(
    common: Api, method: str, field: str, value: Any
) -> None:
    path = ITEMS if method == "POST" else item(common.create()["id"])
    refused = common.call(method, path, {"surname": "Meyer", field: value})
    assert_refused(refused, 422, "invalid_value", field)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("key", ["nobody_defined_this", "City", "surname", "city; DROP"])
def test_an_extra_field_that_nobody_defined_is_refused_by_its_name(
    common: Api, method: str, key: str
) -> None:
    path = ITEMS if method == "POST" else item(common.create()["id"])
    refused = common.call(method, path, {"surname": "Meyer", "extra_fields": {key: "x"}})
    assert_refused(refused, 422, "invalid_value", key)


def test_a_refused_customer_leaves_nothing_behind(api: Api, parts: Parts) -> None:
    kept = api.create()
    assert_refused(api.post(ITEMS, {"surname": "Li", "dob": "x"}), 422, "invalid_value")
    assert_refused(api.put(item(kept["id"]), {"surname": ""}), 422, "invalid_value")
    assert_refused(api.patch(item(kept["id"]), {"name": "x" * 201}), 422, "invalid_value")
    assert api.items(ITEMS) == [kept]
    assert len(list(parts.registry.store.trail.all())) == 1
    assert parts.registry.store.outbox.depth() == 1


def test_a_customer_has_at_most_120_kilobytes(api: Api) -> None:
    keys = [f"note_{number}" for number in range(160)]
    for key in keys:
        api.define(key)
    notes = dict.fromkeys(keys, "👩" * 200)
    body = {"surname": "Meyer", "extra_fields": notes}
    # As UTF-8: with \u escapes the body itself would be too large.
    refused = api.post(ITEMS, as_utf8(body))
    assert_refused(refused, 413, "too_large")
    kept = accepted(
        api.post(ITEMS, as_utf8(body | {"extra_fields": dict(list(notes.items())[:100])})), 201
    )
    assert_refused(api.patch(item(kept["id"]), as_utf8(body)), 413, "too_large")
    assert_refused(api.put(item(kept["id"]), as_utf8(body)), 413, "too_large")
    assert api.items(ITEMS) == [kept]


def as_utf8(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def test_markup_in_every_value_comes_back_as_it_was_typed(api: Api) -> None:
    api.define("note", label=MARKUP)
    values: dict[str, Any] = {
        "surname": MARKUP,
        "name": MARKUP,
        "document_number": MARKUP,
        "extra_fields": {"note": MARKUP},
    }
    body = api.create(**values)
    assert {name: body[name] for name in values} == values
    assert api.read(body["id"]) == body
    assert api.items(ITEMS) == [body]
    assert plain(api.items(f"{SEARCH}?q={quote(MARKUP)}&mode=exact")[0]) == body
    (entry,) = api.items(f"{item(body['id'])}/history")
    assert entry["after"]["surname"] == MARKUP
    assert api.get(ITEMS).headers["content-type"] == "application/json"


@pytest.mark.parametrize("surname", ["{{7*7}}", "${x}", "'; --", "null", "NaN", "=1+1", "\\u0000"])
def test_text_that_means_something_elsewhere_means_nothing_here(common: Api, surname: str) -> None:
    assert common.read(common.create(surname)["id"])["surname"] == surname
