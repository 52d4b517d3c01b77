"""Searching customers through the API: what is found, when, and how it is told."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import (
    FIELDS,
    ITEMS,
    SEARCH,
    Api,
    accepted,
    assert_clear,
    assert_refused,
    field,
    item,
)
from tests.api.conftest import ApiOn, another_process, with_settings


def ids(api: Api, query: str) -> list[str]:
    return [hit["id"] for hit in api.items(f"{SEARCH}?q={query}")]


def test_a_hit_is_the_customer_with_a_score_and_its_reasons(api: Api) -> None:
    body = api.create("Meyer", name="Anna", dob="1980-02-29")
    reply = api.get(f"{SEARCH}?q={quote('Anna Meier 29.02.1980')}")
    (hit,) = accepted(reply)["items"]
    score, explanation = hit.pop("score"), hit.pop("explanation")
    assert hit.pop("likely") is True
    assert hit == body
    assert 0.77 <= score <= 1
    assert [part["feature"] for part in explanation] == ["names", "dob"]
    assert sum(part["points"] for part in explanation) == pytest.approx(score, abs=1e-5)
    assert accepted(reply)["next"] is None


def test_the_best_hit_comes_first(api: Api) -> None:
    for surname in ("Mayr", "Meyer", "Maier"):
        api.create(surname, name="Anna")
    hits = api.items(f"{SEARCH}?q={quote('Anna Meyer')}")
    assert hits[0]["surname"] == "Meyer"
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("typed", ["Mueler", "MÜLLER", "muller", "Mullre", "Anna Müllr", "Müller,"])
def test_a_misspelled_name_is_found(api: Api, typed: str) -> None:
    body = api.create("Müller", name="Anna")
    api.create("Schmidt", name="Otto")
    assert ids(api, quote(typed))[0] == body["id"]


@pytest.mark.parametrize("typed", ["x94678", "X94-678", "X94 678", "X94687"])
def test_a_document_number_is_found(api: Api, typed: str) -> None:
    body = api.create("Müller", document_number="X94678")
    api.create("Schmidt", document_number="Q11111")
    assert ids(api, quote(typed))[0] == body["id"]


@pytest.mark.parametrize("typed", ["1980-02-29", "29.2.1980", "29/02/1980", "29.02.1980"])
def test_a_date_of_birth_is_found(api: Api, typed: str) -> None:
    body = api.create("Müller", dob="1980-02-29")
    api.create("Schmidt", dob="1955-11-03")
    assert ids(api, quote(typed))[0] == body["id"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("meyer", True),
        ("Anna Meyer", True),
        ("Meyer Anna", True),
        ("anna", True),
        ("X94678", True),
        ("1980-02-29", True),
        ("Meye", False),
        ("Meier", False),
        ("Anna M", False),
        ("X9467", False),
    ],
)
def test_exact_means_equal_but_for_case_and_accents(api: Api, typed: str, found: bool) -> None:
    body = api.create("Mêyer", name="Anna", dob="1980-02-29", document_number="X94678")
    assert ids(api, f"{quote(typed)}&mode=exact") == ([body["id"]] if found else [])


def test_a_search_sees_the_callers_own_writes_at_once(api: Api) -> None:
    assert ids(api, "Meyer") == []
    body = api.create("Meyer")
    assert ids(api, "Meyer") == [body["id"]]
    accepted(api.patch(item(body["id"]), {"surname": "Schulze"}))
    assert ids(api, "Meyer") == []
    assert ids(api, "Schulze") == [body["id"]]
    assert api.delete(item(body["id"])).status == 204
    assert ids(api, "Schulze") == []


def test_a_search_sees_what_another_process_has_committed(parts: Parts, api_on: ApiOn) -> None:
    other = another_process(parts)
    assert ids(api_on(parts), "Meyer") == ids(api_on(other), "Meyer") == []
    body = api_on(other).create("Meyer")
    assert ids(api_on(parts), "Meyer") == [body["id"]]
    accepted(api_on(other).patch(item(body["id"]), {"surname": "Schulze"}))
    assert ids(api_on(parts), "Schulze") == [body["id"]]
    assert api_on(other).delete(item(body["id"])).status == 204
    assert ids(api_on(parts), "Schulze") == []


def test_a_hit_shows_no_value_of_a_field_that_is_not_active(api: Api) -> None:
    api.define("city")
    api.create("Meyer", extra_fields={"city": "Kiel"})
    assert api.items(f"{SEARCH}?q=Meyer")[0]["extra_fields"] == {"city": "Kiel"}
    accepted(api.patch(field("city"), {"active": False}))
    assert api.items(f"{SEARCH}?q=Meyer")[0]["extra_fields"] == {}


def test_every_search_sees_the_write_before_it_while_many_write(served: Api) -> None:
    def write_and_search(number: int) -> bool:
        name = f"{'abcdefghij'[number % 10] * 6}{'klmnopqrst'[number // 10] * 6}"
        body = served.create(name)
        return body["id"] in ids(served, f"{name}&mode=exact")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write_and_search, range(40)))


def test_at_most_as_many_are_found_as_asked_for(parts: Parts, api_on: ApiOn) -> None:
    api = api_on(with_settings(parts, fuzzy_hit_limit=3))
    for _ in range(5):
        api.create("Meyer")
    for query, limit in (("Meyer", 3), ("Meyer&limit=2", 2)):
        answer = accepted(api.get(f"{SEARCH}?q={query}"))
        assert (len(answer["items"]), answer["limit"]) == (limit, limit)
    assert_refused(api.get(f"{SEARCH}?q=Meyer&limit=4"), 422, "invalid_value", "limit")


def test_equals_come_in_the_order_of_id(api: Api) -> None:
    created = [api.create("Meyer")["id"] for _ in range(4)]
    assert ids(api, "Meyer") == created
    assert ids(api, "Meyer&mode=exact") == created


def test_what_scores_below_the_minimum_is_not_shown(parts: Parts, api_on: ApiOn) -> None:
    api = api_on(parts)
    api.create("Meyer")
    assert ids(api, "Mxyxr") != []
    strict = api_on(with_settings(parts, fuzzy_minimum_score=0.95))
    assert ids(strict, "Mxyxr") == []


def test_a_hit_that_somebody_else_would_hardly_have_is_likely(parts: Parts, api_on: ApiOn) -> None:
    api = api_on(parts)
    api.create("Meyer", name="Anna", dob="1980-02-29")

    def is_likely(query: str) -> bool:
        (hit,) = api.items(f"{SEARCH}?q={quote(query)}")
        return bool(hit["likely"])

    assert is_likely("Anna Meyer")
    assert is_likely("Ana Meyer 1980-02-29")
    assert is_likely("Anna Meyer 1980-02-28")
    # Anybody may be called nearly so, or just so and be born on another day.
    assert not is_likely("Ana Meyer")
    assert not is_likely("Anna Meyer 1975-11-03")
    strict = api_on(with_settings(parts, fuzzy_likely_score=0.9))
    assert [hit["likely"] for hit in strict.items(f"{SEARCH}?q=Anna%20Meyer")] == [False]


def test_whoever_is_born_a_digit_away_is_not_likely_where_others_are_called_so(
    common: Api,
) -> None:
    for day in ("1980-02-28", "1955-11-03"):
        common.create("Weidenfeller", name="Anna", dob=day)
    for limit in ("1", "2"):
        query = quote("Anna Weidenfeller 1980-02-29")
        hits = common.items(f"{SEARCH}?q={query}&limit={limit}")
        assert {hit["likely"] for hit in hits} == {False}
        (hit, *_) = common.items(f"{SEARCH}?q={query[:-1]}8&limit={limit}")
        assert hit["likely"]


@pytest.mark.parametrize("query", ["", "?", "?q=", "?q=%20%20", "?q", "?limit=5", "?Q=Meyer"])
def test_a_search_needs_a_question(common: Api, query: str) -> None:
    assert_refused(common.get(f"{SEARCH}{query}"), 422, "invalid_value", "q")


def test_a_question_has_at_most_200_characters(common: Api) -> None:
    accepted(common.get(f"{SEARCH}?q={quote('😀' * 200)}"))
    refused = common.get(f"{SEARCH}?q={quote('😀' * 201)}")
    assert_refused(refused, 422, "invalid_value", "q")


@pytest.mark.parametrize("mode", ["", "EXACT", "x", "fuzzy,exact"])
def test_a_mode_is_exact_or_fuzzy(common: Api, mode: str) -> None:
    assert_refused(common.get(f"{SEARCH}?q=x&mode={mode}"), 422, "invalid_value", "mode")


@pytest.mark.parametrize("limit", ["0", "-1", "21", "x", "", "1e1", "9" * 40])
def test_a_limit_is_a_number_in_range(common: Api, limit: str) -> None:
    assert_refused(common.get(f"{SEARCH}?q=x&limit={limit}"), 422, "invalid_value", "limit")


NONSENSE = [
    "!!!",
    "%00",
    "%FF",
    "%ED%A0%80",
    "%",
    "%zz",
    quote("😀"),
    quote("\u202e"),
    quote("\u0301"),
    quote("ﷺ" * 100),
    quote("ẞ" * 200),
    quote("٣.٤.١٩٨٠"),
    quote("²"),
    quote("①Ⅷ"),
    "99.99.9999",
    "0000-00-00",
    "9" * 200,
    "0",
    "-",
    "*",
    "%25",
    "'%20OR%201=1",
    quote("{$ne: null}"),
    quote("<script>"),
    "a;b=c",
    "a&q=b",
    "a%20" * 49,
    quote("ก" * 200),
    quote("हिन्दी"),
    quote("\x1b[31m"),
]


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
@pytest.mark.parametrize("question", NONSENSE, ids=range(len(NONSENSE)))
def test_any_question_has_an_answer(common: Api, mode: str, question: str) -> None:
    if not common.items(ITEMS):
        common.create("Ḿeyer", name="😀", dob="1980-02-29", document_number="²")
        common.create("\u0301")
    assert_clear(common.get(f"{SEARCH}?q={question}&mode={mode}"))


def test_a_customer_of_signs_only_disturbs_no_search(api: Api) -> None:
    for surname in ("!!!", "😀", "-", "\u0301"):
        api.create(surname, name=surname, document_number=surname)
    body = api.create("Meyer", name="Anna")
    assert ids(api, quote("Anna Meyer"))[0] == body["id"]
    assert ids(api, quote("Anna Meyer") + "&mode=exact") == [body["id"]]


def asked(api: Api, mode: str, **parameters: str) -> list[str]:
    return [hit["id"] for hit in api.items(f"{SEARCH}?{urlencode({**parameters, 'mode': mode})}")]


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
def test_single_values_narrow_a_search(api: Api, mode: str) -> None:
    meyer = api.create("Meyer", name="Anna", dob="1980-02-29", document_number="X-94 678")["id"]
    anna = api.create("Anna", name="Meyer", dob="1955-11-03")["id"]
    assert asked(api, mode, q="Anna Meyer") == [meyer, anna]
    for parameters in (
        {"surname": "MÊYER"},
        {"name": " anna "},
        {"dob": "1980-02-29"},
        {"document_number": "x94678"},
        {"surname": "Meyer", "name": "Anna", "dob": "1980-02-29", "document_number": "X94678"},
        {"q": "Anna Meyer", "surname": "Meyer"},
        {"q": "Anna Meyer", "dob": "1980-02-29"},
        {"q": "", "surname": "Meyer"},
    ):
        assert asked(api, mode, **parameters) == [meyer], parameters
    assert asked(api, mode, name="Meyer") == [anna]
    for parameters in (
        {"surname": "Meyer", "dob": "1955-11-03"},
        {"q": "Anna Meyer", "surname": "Kowalczyk"},
        {"dob": "1999-12-31"},
        {"document_number": "Q11111"},
    ):
        assert asked(api, mode, **parameters) == [], parameters


def test_a_value_that_is_asked_for_may_be_misspelled_unless_it_has_to_be_exact(api: Api) -> None:
    body = api.create("Müller", name="Anna", dob="1980-02-29", document_number="X94678")
    for parameters in (
        {"surname": "Mueler"},
        {"name": "Ana"},
        {"dob": "1980-02-28"},
        {"document_number": "X94687"},
    ):
        assert asked(api, "fuzzy", **parameters) == [body["id"]], parameters
        assert asked(api, "exact", **parameters) == [], parameters


@pytest.mark.parametrize("mode", ["exact", "fuzzy"])
@pytest.mark.parametrize(
    "dob", ["29.02.1980", "1980-02-30", "19800229", "1980", "x", "1980-02-29 1980-02-29"]
)
def test_a_date_that_is_asked_for_is_a_real_one(common: Api, mode: str, dob: str) -> None:
    reply = common.get(f"{SEARCH}?{urlencode({'q': 'Meyer', 'dob': dob, 'mode': mode})}")
    assert_refused(reply, 422, "invalid_value", "dob")


@pytest.mark.parametrize("name", ["surname", "name", "dob", "document_number"])
def test_a_value_that_is_asked_for_has_at_most_200_characters(common: Api, name: str) -> None:
    refused = common.get(f"{SEARCH}?q=Meyer&{name}={quote('ü' * 201)}")
    assert_refused(refused, 422, "invalid_value", name)
    if name != "dob":
        accepted(common.get(f"{SEARCH}?{name}={quote('ü' * 200)}"))


@pytest.mark.parametrize("mode", ["fuzzy", "exact"])
@pytest.mark.parametrize("name", ["surname", "name", "document_number"])
@pytest.mark.parametrize("value", ["!!!", "--", "😀"])
def test_a_value_that_is_asked_for_has_a_letter_or_a_digit(
    common: Api, mode: str, name: str, value: str
) -> None:
    refused = common.get(f"{SEARCH}?q=Meyer&mode={mode}&{name}={quote(value)}")
    assert_refused(refused, 422, "invalid_value", name)


@pytest.mark.parametrize(
    "query", ["surname=", "surname=%20&name=&dob=%20", "document_number", "q="]
)
def test_empty_values_ask_nothing(common: Api, query: str) -> None:
    assert_refused(common.get(f"{SEARCH}?{query}"), 422, "invalid_value", "q")


@pytest.mark.parametrize(
    ("kind", "value", "typed", "others"),
    [
        ("text", "Bad Kissingen", "bad-kissingen", {}),
        ("phone", "+49 30 123-456", "+49 (30) 123456", {}),
        ("email", "anna@example.org", "Anna@Example.org", {}),
        ("choice", "Gold", "GOLD", {"choices": ["Gold", "Silber"]}),
        ("date", "2020-02-29", "2020-02-29", {}),
    ],
)
def test_a_field_is_found_while_it_is_searchable_and_active(
    api: Api, kind: str, value: str, typed: str, others: dict[str, list[str]]
) -> None:
    api.define("extra", kind, searchable=True, **others)
    body = api.create("Meyer", extra_fields={"extra": value})
    api.create("Schmidt")
    for properties, is_found in (
        ({}, True),
        ({"active": False}, False),
        ({"active": True}, True),
        ({"searchable": False}, False),
    ):
        accepted(api.patch(field("extra"), properties))
        assert asked(api, "exact", q=typed) == ([body["id"]] if is_found else [])


def test_a_field_that_is_searched_makes_a_hit_better(api: Api) -> None:
    api.define("city", searchable=True)
    api.create("Meyer", name="Anna")
    body = api.create("Meyer", name="Anna", extra_fields={"city": "Kiel"})
    assert asked(api, "fuzzy", q="Anna Meyer Kiel")[0] == body["id"]


def test_a_field_becomes_searchable_at_once_in_every_process(parts: Parts, api_on: ApiOn) -> None:
    other = another_process(parts)
    api = api_on(parts)
    api.define("city")
    body = api.create("Meyer", extra_fields={"city": "Kiel"})
    assert asked(api, "exact", q="Kiel") == asked(api_on(other), "exact", q="Kiel") == []
    accepted(api_on(parts).patch(field("city"), {"searchable": True}))
    for process in (other, parts):
        assert asked(api_on(process), "exact", q="kiel") == [body["id"]]


@pytest.mark.parametrize("kind", ["number", "integer", "boolean"])
def test_numbers_and_switches_are_not_searchable(api: Api, kind: str) -> None:
    whole = {"key": "extra", "label": "Extra", "type": kind, "searchable": True}
    assert_refused(api.post(FIELDS, whole), 422, "invalid_value", "searchable")
    api.define("extra", kind)
    refused = api.patch(field("extra"), {"searchable": True})
    assert_refused(refused, 422, "invalid_value", "searchable")


@pytest.mark.parametrize("searchable", [None, "true", 1])
def test_searchable_is_yes_or_no(common: Api, searchable: object) -> None:
    whole = {"key": "extra", "label": "Extra", "type": "text", "searchable": searchable}
    assert_refused(common.post(FIELDS, whole), 422, "invalid_value", "searchable")
