"""Exact search: everybody who is just what was looked for, the best first, the same everywhere."""

import pytest

from chalicelib.domain.change import Change
from chalicelib.search import index as searched
from chalicelib.search.index import SearchIndex
from tests.fakes import customer, customer_id
from tests.indexes import exact, indexed, put_one_by_one

FIELDS = ["since", "city"]
COUNT = 60
LONG = "Maria da Conceicao dos Santos e Silva de Oliveira"


def in_segments(*changes: Change) -> SearchIndex:
    """In several segments, and some in none yet."""
    return put_one_by_one(*changes, fields=FIELDS, loose=7)


@pytest.fixture(params=["one segment", "several", "none"])
def index(request: pytest.FixtureRequest) -> SearchIndex:
    """Many who share each of their values, one of them called Meyer."""
    changes = [
        customer(
            n,
            surname="Meyer" if n == COUNT - 1 else "Smith",
            dob="1980-01-31",
            document_number="000000",
            extra={"since": "2020-01-01", "city": "Bad Kissingen"},
        )
        for n in range(COUNT)
    ]
    if request.param == "several":
        return in_segments(*changes)
    if request.param == "none":
        return put_one_by_one(*changes, fields=FIELDS, loose=COUNT)
    return indexed(*changes, fields=FIELDS)


SHARED = [
    "000000",
    "2020-01-01",
    "1.1.2020",
    "20200101",
    "1980-01-31",
    "31011980",
    "Bad Kissingen",
    "badkissingen",
    "Anna",
]


@pytest.mark.parametrize("text", SHARED)
def test_all_who_share_a_value_are_found(index: SearchIndex, text: str) -> None:
    assert len(exact(index, text, 100)) == COUNT


@pytest.mark.parametrize("text", SHARED)
def test_one_of_many_who_share_a_value_is_found_by_the_surname(
    index: SearchIndex, text: str
) -> None:
    assert exact(index, text, surname="Meyer") == [customer_id(COUNT - 1)]


def test_several_values_that_are_asked_for_are_all_had(index: SearchIndex) -> None:
    def found(dob: str = "1980-01-31", surname: str = "") -> list[str]:
        values = {"dob": dob, "document_number": "000-000", "name": "anna", "surname": surname}
        return exact(index, "", limit=100, **values)

    assert len(found()) == COUNT
    assert found(surname="Meyer") == [customer_id(COUNT - 1)]
    assert found(dob="1980-01-30") == []


def test_the_best_come_first_however_many_are_equal() -> None:
    day = [customer(n, dob="1980-01-01", document_number=f"X{n}") for n in range(200)]
    number = [customer(n, dob="1990-09-09", document_number="01011980") for n in range(200, 203)]
    everybody = [*day, *number]
    for index in (indexed(*everybody), in_segments(*everybody)):
        found = exact(index, "01011980", 5)
        assert found == [customer_id(n) for n in (200, 201, 202, 0, 1)]


@pytest.mark.parametrize("limit", [1, 20])
@pytest.mark.parametrize("asked", [{"text": "Meyer"}, {"text": "", "surname": "Meyer"}])
def test_the_same_are_found_wherever_they_lie(limit: int, asked: dict[str, str]) -> None:
    names = ["Anna", "Bo", "Meike", "Maximilian"]
    everybody = [customer(n, surname="Meyer", name=names[n % 4]) for n in range(300)]
    found = exact(indexed(*everybody), limit=limit, **asked)
    assert found == exact(in_segments(*everybody), limit=limit, **asked)
    # The shorter the other name, the more of the whole is what was typed.
    first = [n for n in range(300) if n % 4 == 1] if asked["text"] else range(300)
    assert found == [customer_id(n) for n in first][:limit]


def test_of_more_than_are_scored_the_smallest_ids_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searched, "MOST_EQUAL", 50)
    everybody = [customer(n, surname="Meyer", name="Bo" if n > 60 else "Anna") for n in range(90)]
    for index in (indexed(*everybody), in_segments(*everybody)):
        assert exact(index, "Meyer", 100) == [customer_id(n) for n in range(50)]


@pytest.mark.parametrize("typed", [LONG, LONG.upper().replace(" ", "-")])
def test_of_a_long_surname_all_is_compared(typed: str) -> None:
    shorter = LONG.removesuffix(" Oliveira")
    for index in (indexed, in_segments):
        everybody = index(customer(1, surname=LONG), customer(2, surname=shorter))
        assert exact(everybody, "", surname=typed) == [customer_id(1)]


def test_a_sign_that_is_two_words_is_found() -> None:
    for index in (indexed, in_segments):
        assert exact(index(customer(1, surname="Club 1½")), "", surname="Club 1½") == [
            customer_id(1)
        ]


@pytest.mark.parametrize("text", ["obrien", "o brien", "O'Brien", "seanobrien", "Sean O'Brien"])
def test_a_name_is_found_however_it_is_parted(text: str) -> None:
    everybody = [
        customer(n, surname=one, name="Sean") for n, one in enumerate(["O'Brien", "Obrien"])
    ]
    for index in (indexed(*everybody), in_segments(*everybody)):
        assert sorted(exact(index, text)) == [customer_id(n) for n in range(2)]


@pytest.mark.parametrize(
    "text",
    [
        "Meyer 1980-01-31",
        "Anna Meyer 31011980 000000",
        "meyer 000-000",
        "Meyer 1.1.2020",
    ],
)
def test_a_name_is_found_with_a_date_and_a_number(index: SearchIndex, text: str) -> None:
    assert exact(index, text) == [customer_id(COUNT - 1)]


def test_a_date_and_a_number_are_found_without_a_name(index: SearchIndex) -> None:
    assert len(exact(index, "1980-01-31 000000", 100)) == COUNT
    assert exact(index, "1980-01-30 000000", 100) == []


@pytest.mark.parametrize("text", ["o ann", "oann", "Ann O."])
def test_a_name_of_one_letter_is_a_name(text: str) -> None:
    for index in (indexed, in_segments):
        assert exact(index(customer(1, surname="O", name="Ann")), text) == [customer_id(1)]


@pytest.mark.parametrize("name", ["12", "1 2"])
def test_who_is_equal_is_found_however_little_alike_the_words_are(name: str) -> None:
    for index in (indexed, in_segments):
        assert exact(index(customer(1, surname=name)), "", surname="1-2") == [customer_id(1)]
