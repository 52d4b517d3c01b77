"""The search index: who is in it, whom it finds, in which order, and how many."""

# ruff: noqa: RUF001 (letters of other scripts are on purpose)

from collections.abc import Callable, Sequence
from itertools import product
from random import Random
from threading import Thread
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.change import Change
from chalicelib.domain.matching import score
from chalicelib.domain.query import parse_query
from chalicelib.domain.searchable import searchable
from chalicelib.search import index as searched
from chalicelib.search import segment
from chalicelib.search.index import Held, SearchIndex
from chalicelib.search.segment import LEAST_BUDGET
from tests.fakes import NOW, customer, customer_id, deleted, erased, restored, updated
from tests.indexes import MINIMUM, exact, fuzzy, indexed, put_one_by_one

Make = Callable[..., SearchIndex]
# In one segment; among the changes that are in none yet; in segments that were joined.
MADE = {
    "filled": indexed,
    "put": put_one_by_one,
    "folded": lambda *changes, **others: put_one_by_one(*changes, **{**others, "loose": 1}),
}


@pytest.fixture(params=MADE)
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = MADE[request.param]
    return made


def people(count: int) -> list[Change]:
    """Customers of different names."""
    names = ["Anna", "Berta", "Carla", "Dora", "Emil", "Felix", "Gustav"]
    surnames = ["Meyer", "Schmidt", "Kowalczyk", "Nowak", "Dupont"]
    return [
        customer(n, surname=f"{surnames[n % 5]} {letters(n)}", name=names[n % 7])
        for n in range(1, count + 1)
    ]


def letters(number: int) -> str:
    """A word of its own for each number, unlike those of its neighbours."""
    return "".join(chr(ord("a") + number * factor % 26) for factor in (3, 5, 7, 11, 17, 19))


def test_who_was_put_in_is_found_and_who_was_deleted_is_not(make: Make) -> None:
    first, second = customer(1), customer(2, surname="Schmidt")
    index = make(first, second)
    assert (fuzzy(index, "Meyer"), len(index)) == ([customer_id(1)], 2)
    index.put(deleted(first.record).record)
    assert (fuzzy(index, "Meyer"), exact(index, "Meyer"), len(index)) == ([], [], 1)
    index.put(erased(second.record).record)
    assert (fuzzy(index, "Schmidt"), len(index)) == ([], 0)


def test_who_was_restored_is_found_again(make: Make) -> None:
    gone = deleted(customer(1).record)
    index = make(customer(1), customer(2, surname="Schmidt"))
    index.put(gone.record)
    index.put(restored(gone.record, surname="Meyer").record)
    assert fuzzy(index, "Meyer") == exact(index, "Meyer") == [customer_id(1)]


def test_a_change_hides_what_was_before(make: Make) -> None:
    first = customer(1)
    index = make(first, customer(2, surname="Schmidt"))
    index.put(updated(first.record, surname="Kowalczyk").record)
    assert (fuzzy(index, "Meyer"), exact(index, "Meyer")) == ([], [])
    assert fuzzy(index, "Kowalczyk") == exact(index, "Kowalczyk") == [customer_id(1)]
    assert len(index) == 2


def test_who_is_not_live_is_never_taken_in(make: Make) -> None:
    index = make(deleted(customer(1).record), erased(customer(2).record), customer(3))
    assert (fuzzy(index, "Meyer"), len(index)) == ([customer_id(3)], 1)


def test_deleting_who_is_not_there_changes_nothing(make: Make) -> None:
    index = make(customer(1))
    index.put(deleted(customer(7).record).record)
    assert (fuzzy(index, "Meyer"), len(index)) == ([customer_id(1)], 1)


@pytest.mark.parametrize("loose", [1, 3, 8])
def test_many_changes_are_as_if_only_the_last_were_made(loose: int) -> None:
    everybody = people(40)
    index = indexed(*everybody[:25], loose=loose)
    last: dict[str, Change] = {change.record.id: change for change in everybody}
    for turn in range(4):
        for at, change in enumerate(everybody):
            last[change.record.id] = updated(
                last[change.record.id].record, surname=letters(100 * turn + at)
            )
            index.put(last[change.record.id].record)
    for change in everybody[::3]:
        index.put(deleted(last.pop(change.record.id).record).record)
    fresh = indexed(*last.values())
    assert len(index) == len(fresh) == 26
    for text in ("Anna", letters(301), f"{letters(304)} Emil", letters(7)):
        assert fuzzy(index, text) == fuzzy(fresh, text)
        assert exact(index, text) == exact(fresh, text)


def test_who_is_put_in_again_and_again_is_there_once(make: Make) -> None:
    change = customer(1)
    index = make(change, customer(2, surname="Schmidt"))
    for version in range(2, 9):
        index.put(replace(change.record, version=version))
    assert (fuzzy(index, "Meyer Anna"), len(index)) == ([customer_id(1)], 2)


def test_some_put_in_together_are_as_if_one_by_one() -> None:
    index = indexed(customer(1), customer(2), loose=3)
    index.put(deleted(customer(1).record).record, *(customer(n).record for n in range(3, 9)))
    assert fuzzy(index, "Meyer Anna") == [customer_id(n) for n in range(2, 9)]


@pytest.mark.parametrize("ask", ["exact", "fuzzy"])
def test_the_expired_are_not_found_and_do_not_use_up_the_limit(make: Make, ask: str) -> None:
    old = [customer(number, NOW) for number in range(1, 9)]
    index = make(*old, customer(20, NOW + 5), customer(21, NOW + 9))
    query = parse_query("Meyer")

    def found(since: int, limit: int = 2) -> list[str]:
        if ask == "exact":
            return [hit.id for hit in index.exact(query, limit, since)]
        return [hit.id for hit in index.fuzzy(query, limit, since, MINIMUM)]

    assert found(NOW) == [customer_id(1), customer_id(2)]
    assert found(NOW + 1) == found(NOW + 5) == [customer_id(20), customer_id(21)]
    assert found(NOW + 6) == [customer_id(21)]
    assert found(NOW + 10) == []
    assert found(NOW, limit=10) == [change.record.id for change in old] + [
        customer_id(20),
        customer_id(21),
    ]


@pytest.mark.parametrize("ask", ["exact", "fuzzy"])
def test_many_who_expired_with_a_number_do_not_hide_who_has_it_too(ask: str) -> None:
    old = [customer(n, NOW, document_number="X94678") for n in range(1_500)]
    index = indexed(*old, customer(1_500, NOW + 5, document_number="X94678"))
    query = parse_query("X94678")
    if ask == "exact":
        hits = index.exact(query, 5, NOW + 1)
    else:
        hits = index.fuzzy(query, 5, NOW + 1, MINIMUM)
    assert [hit.id for hit in hits] == [customer_id(1_500)]


@pytest.mark.parametrize("text", ["Qvisthoven Eva", "Qvistov", "Kwistoven", "Qvishofn"])
def test_many_who_expired_with_a_name_do_not_hide_who_has_it_too(text: str) -> None:
    old = [customer(n, NOW, surname="Qvisthoven", name="Otto") for n in range(1_500)]
    index = indexed(*old, customer(1_500, NOW + 5, surname="Qvisthoven", name="Otto"))
    hits = index.fuzzy(parse_query(text), 5, NOW + 1, MINIMUM)
    assert [hit.id for hit in hits] == [customer_id(1_500)]


def test_who_changed_is_no_longer_expired() -> None:
    first = customer(1)
    index = indexed(first, customer(2))
    assert index.fuzzy(parse_query("Meyer"), 5, NOW + 1, MINIMUM) == []
    index.put(updated(first.record, NOW + 3, name="Anne").record)
    hits = index.fuzzy(parse_query("Meyer"), 5, NOW + 1, MINIMUM)
    assert [hit.id for hit in hits] == [customer_id(1)]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_as_many_are_found_as_asked_for_and_none_twice(make: Make, limit: int) -> None:
    index = make(*(customer(number) for number in range(1, 120)))
    wanted = [customer_id(number) for number in range(1, limit + 1)]
    assert fuzzy(index, "Meyer Anna", limit) == wanted
    assert exact(index, "Meyer Anna", limit) == wanted


def test_none_is_found_below_the_minimum(make: Make) -> None:
    index = make(customer(1), customer(2, surname="Meier"), customer(3, surname="Kowalczyk"))
    query = parse_query("Meyer Anna")
    best, second = index.fuzzy(query, 2, 0, MINIMUM)
    assert [best.id, second.id] == [customer_id(1), customer_id(2)]
    for minimum, ids in [
        (second.score.value, [best.id, second.id]),
        (second.score.value + 1e-6, [best.id]),
        (best.score.value, [best.id]),
        (1.0, []),
    ]:
        assert fuzzy(index, "Meyer Anna", minimum=minimum) == ids


def test_a_hit_is_scored_as_the_domain_scores(make: Make) -> None:
    index = make(customer(1, dob="1980-01-31", document_number="X94 678"), *people(5)[1:])
    query = parse_query("Anne Meier 31.01.1980")
    [hit, *_] = index.fuzzy(query, 5, 0, MINIMUM)
    whole = searchable("Meyer", "Anna", "1980-01-31", "X94 678")
    assert (hit.id, hit.score) == (customer_id(1), score(query, whole))


@pytest.mark.parametrize("count", [2, 150, 1000])
@pytest.mark.parametrize("text", ["Meyer", "Meyer Anna", "Mayer Ana", "Meyer Anna 1980-01-31"])
def test_equals_come_in_the_order_of_id_however_they_came(count: int, text: str) -> None:
    changes = [customer(number, dob="1980-01-31") for number in range(count)]
    smallest = [customer_id(number) for number in range(min(count, 20))]
    backwards = changes[::-1]
    assert fuzzy(indexed(*backwards), text, 20) == smallest
    inside_out = indexed(*changes[::2])
    for change in backwards:
        inside_out.put(change.record)
    assert fuzzy(inside_out, text, 20) == smallest


def test_exact_finds_every_value_and_nobody_else(make: Make) -> None:
    body: dict[str, Any] = {"dob": "1980-01-31", "document_number": "X-94 678"}
    index = make(
        customer(1, surname="Müller", name="Anna Lena", **body),
        customer(2, surname="Muller-Meyer", name="Anna", dob="1980-01-13"),
        customer(3, surname="Anna", name="Lena", document_number="X94679"),
    )
    for text in ("MULLER", "Anna-Lena Müller", "müller anna lena", "x94678", "31.01.1980"):
        assert exact(index, text) == [customer_id(1)], text
    for text in ("1980-01-31", "19800131", "X 94-678"):
        assert customer_id(1) in exact(index, text), text
    assert set(exact(index, "Anna Lena")) == {customer_id(1), customer_id(3)}
    for text in ("Mull", "Mueller", "Lena Müller", "X9467", "1980", ""):
        assert exact(index, text) == [], text


FIELDS = {"city": "Kiel", "card": "K-77 123", "since": "2020-02-29", "mail": "a.meyer@example.org"}


@pytest.mark.parametrize(
    "text", ["KIEL", "k77123", "K-77 123", "2020-02-29", "A.Meyer@example.org"]
)
def test_exact_finds_a_field_that_is_searched(make: Make, text: str) -> None:
    index = make(customer(1, extra=FIELDS), customer(2), fields=FIELDS)
    assert exact(index, text) == [customer_id(1)]
    without = parse_query(text, fields=["another"])
    assert index.exact(without, 10, 0) == []


@pytest.mark.parametrize(
    "text", ["Otto Kiel", "Otto Meyer Kiel", "K77 123", "Meyer a.meyer@example.org"]
)
def test_fuzzy_finds_a_field_that_is_searched(make: Make, text: str) -> None:
    index = make(customer(1, name="Otto", extra=FIELDS), *people(6)[1:], fields=FIELDS)
    assert fuzzy(index, text)[0] == customer_id(1)


@pytest.mark.parametrize("text", ["12", "7b", "flat 7B", "Otto 7b"])
def test_a_word_with_digits_of_a_longer_field_is_found(make: Make, text: str) -> None:
    meant = customer(99, name="Otto", extra={"address": "Unit North 12, Flat 7b, Oak"})
    crowd = [customer(n, extra={"address": f"Flat {n + 20}"}) for n in range(1, 40)]
    assert fuzzy(make(*crowd, meant, fields=["address"]), text)[0] == customer_id(99)


def test_a_field_that_the_index_does_not_hold_is_not_found(make: Make) -> None:
    index = make(customer(1, extra=FIELDS), fields=["card"])
    assert index.exact(parse_query("Kiel", fields=FIELDS), 10, 0) == []
    assert exact(index, "K77123") == [customer_id(1)]


@pytest.mark.parametrize("text", ["Kiel", "Otto Meyer Kiel", "Meyer 2020-02-29", "K-77 123"])
def test_a_hidden_field_changes_neither_hits_nor_scores(make: Make, text: str) -> None:
    query = parse_query(text)
    hidden = make(customer(1, extra=FIELDS), customer(2, name="Otto"), fields=FIELDS)
    bare = make(customer(1), customer(2, name="Otto"))
    assert hidden.fuzzy(query, 10, 0, MINIMUM) == bare.fuzzy(query, 10, 0, MINIMUM)
    assert hidden.exact(query, 10, 0) == bare.exact(query, 10, 0)


@pytest.mark.parametrize(
    "typed", ["X94678Q2", "X94687Q2", "Y94678Q2", "X9678Q2", "X94-678/Q2", "X94670Q3", "X 94678q2"]
)
def test_a_document_number_with_wrong_characters_is_found(make: Make, typed: str) -> None:
    others = [
        customer(n, surname="Schmidt", document_number=f"{n * 7919:06}") for n in range(2, 60)
    ]
    index = make(customer(1, document_number="X94678Q2"), *others)
    assert fuzzy(index, typed)[0] == customer_id(1)
    assert fuzzy(index, "", document_number=typed) == [customer_id(1)]


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("ABC 734561", "ABC 734567"),
        ("abc 661234", "abd 661234"),
        ("AB-C 512399", "AB-C 51239"),
        ("723 456 XYZ", "723 465 XYZ"),
        ("ŁD 660081", "LD 660082"),
        ("ΑΒ 413920", "ΑΒ 413902"),
        ("ΑΒ 413920", "AB 413902"),
        ("no 4071 8823", "no 4071 8824"),
    ],
)
def test_a_document_number_is_found_as_it_is_written(make: Make, number: str, wrong: str) -> None:
    others = [customer(n, document_number=f"Q{n * 7919:06}") for n in range(2, 60)]
    called_so = [customer(n, surname=number.split(maxsplit=1)[0]) for n in range(60, 64)]
    index = make(customer(1, document_number=number), *others, *called_so)
    [best, *_] = index.fuzzy(parse_query(number), 10, 0, MINIMUM)
    assert (best.id, best.score.rounded) == (customer_id(1), 1)
    assert fuzzy(index, wrong)[0] == customer_id(1)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        (("Свиридонко", "Светлана"), "Sviridonko Svetlana"),
        (("Sviridonko", "Svetlana"), "светлана свиридонко"),
        (("Παπαδόπουλος", "Δημήτρης"), "Dimitris Papadopoulos"),
        (("Papadopoulos", "Dimitris"), "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
    ],
)
def test_a_name_is_found_from_the_keyboard_of_another_script(
    make: Make, written: tuple[str, str], typed: str
) -> None:
    surname, name = written
    index = make(customer(300, surname=surname, name=name), *people(50))
    assert exact(index, typed) == [customer_id(300)]
    assert fuzzy(index, typed[:4] + typed[5:])[0] == customer_id(300)


def test_many_who_have_the_digits_do_not_hide_who_has_the_letters_too(make: Make) -> None:
    others = [customer(n, document_number=f"{n % 10}734561") for n in range(1, 300)]
    index = make(*others, customer(300, document_number="ABC 734561"))
    assert fuzzy(index, "abc 734561")[0] == customer_id(300)


@pytest.mark.parametrize("typed", ["31.01.1980", "1980-01-31", "30.01.1980", "1980-10-31"])
def test_a_date_of_birth_with_a_wrong_digit_is_found(make: Make, typed: str) -> None:
    others = [customer(n, surname="Schmidt", dob=f"19{n:02}-06-15") for n in range(10, 60)]
    index = make(customer(1, dob="1980-01-31"), *others)
    assert fuzzy(index, typed)[0] == customer_id(1)
    assert fuzzy(index, f"Meyer {typed}")[0] == customer_id(1)


@pytest.mark.parametrize("text", ["Meyer 1980", "1980 meyr", "Meyer 1980 X94", "meier 311280"])
def test_of_many_namesakes_who_was_born_as_a_number_says_is_found(make: Make, text: str) -> None:
    namesakes = [customer(n, dob=f"19{n % 80:02}-06-15") for n in range(1, 200)]
    born = [customer(n, surname="Nowak", name="Ewa", dob="1980-12-31") for n in range(200, 300)]
    index = make(*namesakes, *born, customer(300, dob="1980-12-31"))
    assert fuzzy(index, text)[0] == customer_id(300)


@pytest.mark.parametrize("number", ["1980", "311280", "31121980"])
def test_who_has_one_of_the_names_and_was_born_as_a_number_says_is_found(
    make: Make, number: str
) -> None:
    others = [customer(n, dob=f"19{n % 80:02}-06-15") for n in range(1, LEAST_BUDGET + 100)]
    index = make(*others, customer(LEAST_BUDGET + 100, dob="1980-12-31"))
    assert fuzzy(index, f"Zacharias Meyer {number}")[0] == customer_id(LEAST_BUDGET + 100)


@pytest.mark.parametrize("typed", ["1980-01-30", "1980-01-13", "1990-01-31"])
def test_a_date_that_was_asked_for_may_have_a_wrong_digit(make: Make, typed: str) -> None:
    index = make(customer(1, dob="1980-01-31"), customer(2, dob="1955-11-03"), customer(3))
    assert fuzzy(index, "Meyer", dob=typed) == [customer_id(1)]
    assert exact(index, "Meyer", dob=typed) == []


def test_what_was_asked_of_a_value_narrows_both_modes(make: Make) -> None:
    index = make(
        customer(1, dob="1980-01-31", document_number="X94678"),
        customer(2, surname="Anna", name="Meyer", dob="1980-01-31"),
        customer(3, surname="Schmidt", dob="1955-11-03", document_number="A11111"),
    )
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"surname": "Meyer"}, [1]),
        ({"name": "Meyer"}, [2]),
        ({"dob": "1980-01-31"}, [1, 2]),
        ({"document_number": "a-11111"}, [3]),
        ({"dob": "1980-01-31", "surname": "Anna"}, [2]),
        ({"surname": "Schmidt", "dob": "1980-01-31"}, []),
    ]
    for asked, numbers in cases:
        wanted = [customer_id(number) for number in numbers]
        assert fuzzy(index, "", **asked) == exact(index, "", **asked) == wanted, asked
    assert fuzzy(index, "Anna Meyer", surname="Meyer") == [customer_id(1)]
    assert exact(index, "Anna Meyer", surname="Meyer") == [customer_id(1)]


ODD = [
    "a",
    "ß",
    "7",
    "a" * 200,
    "a " * 100,
    "9" * 200,
    " " * 1000,
    "",
    "😀",
    "😀" * 50,
    "\u202eمرحبا בן-דוד\u202c",
    "\u0301",
    "-.,/",
    "\x00\x1f\x1e",
    "99.99.9999",
    "99999999",
    "Meyer",
    "Meyer Anna",
    "Anna Meyer Anna Meyer Anna Meyer",
    "M A",
    "Mayr 1980-01-31 1980-01-31",
    "\ud800",
]


@pytest.fixture(scope="module")
def everybody_is_called_so() -> SearchIndex:
    changes = [customer(n, dob="1980-01-31", document_number="X94678") for n in range(5000)]
    return indexed(*reversed(changes))


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_no_odd_query_fails_where_everybody_has_the_same_name(
    everybody_is_called_so: SearchIndex, text: str
) -> None:
    for found in (
        fuzzy(everybody_is_called_so, text, 100, 0.0),
        fuzzy(everybody_is_called_so, "", surname=text, name=text, document_number=text),
        exact(everybody_is_called_so, text, 100),
        exact(everybody_is_called_so, "", surname=text),
    ):
        assert len(found) == len(set(found)) <= 100


@pytest.mark.parametrize("text", ["Meyer", "Meyer Anna", "Mayer Ana", "Anna M", "1980-01-31"])
def test_of_thousands_of_equals_the_smallest_ids_are_found(
    everybody_is_called_so: SearchIndex, text: str
) -> None:
    assert fuzzy(everybody_is_called_so, text, 100) == [customer_id(n) for n in range(100)]


def test_a_number_that_everybody_has_fills_the_limit(everybody_is_called_so: SearchIndex) -> None:
    for text in ("X94678", "X94687"):
        assert len(fuzzy(everybody_is_called_so, text, 100)) == 100


@pytest.mark.parametrize("text", ["abcdef", "ABC-DEF", "AB cdef"])
def test_exact_finds_a_number_of_letters_only(make: Make, text: str) -> None:
    assert exact(make(customer(1, document_number="ABCDEF")), text) == [customer_id(1)]


@pytest.mark.parametrize(("value", "typed"), [("New York", "newyork"), ("Newyork", "New York")])
def test_exact_finds_a_field_written_together_or_apart(make: Make, value: str, typed: str) -> None:
    index = make(customer(1, extra={"city": value}), fields=["city"])
    assert exact(index, typed) == [customer_id(1)]


@pytest.mark.parametrize("text", ["anna.meyer@example.org X94678", "New York 31.1.1980"])
def test_exact_finds_a_field_beside_a_number_or_a_date(make: Make, text: str) -> None:
    extra = {"email": "anna.meyer@example.org", "city": "New York"}
    index = make(
        customer(1, dob="1980-01-31", document_number="X94678", extra=extra),
        customer(2, dob="1980-01-31", document_number="X94678"),
        customer(3, extra=extra),
        fields=["email", "city"],
    )
    assert exact(index, text) == [customer_id(1)]


@pytest.mark.parametrize("text", ["31.01.1980", "31011980", "19800131"])
def test_exact_finds_a_date_of_birth_however_it_is_written(make: Make, text: str) -> None:
    assert exact(make(customer(1, dob="1980-01-31")), text) == [customer_id(1)]


@pytest.mark.parametrize("text", ["2020-02-29", "29.02.2020"])
@pytest.mark.parametrize("ask", [exact, fuzzy])
def test_a_date_field_that_is_searched_is_found_by_its_date(
    make: Make, ask: Callable[[SearchIndex, str], list[str]], text: str
) -> None:
    index = make(customer(1, extra={"since": "2020-02-29"}), fields=["since"])
    assert ask(index, text) == [customer_id(1)]


@pytest.mark.parametrize("value", ["Kiel", "Bad Kissingen", "Hauptstr. 5", "anna@example.org"])
def test_fuzzy_finds_a_field_by_its_value_alone(make: Make, value: str) -> None:
    index = make(customer(1, extra={"city": value}), fields=["city"])
    assert fuzzy(index, value) == [customer_id(1)]


@pytest.fixture(scope="module")
def thousands_with_one_number() -> SearchIndex:
    changes = [customer(n, dob="1980-01-31", document_number="X94678") for n in range(6000)]
    return indexed(*changes[::-1])


@pytest.mark.parametrize("text", ["X94678", "X94687", "19800131", "1980-01-31", "Mayer 1980-01-31"])
@pytest.mark.parametrize("ask", [exact, fuzzy])
def test_thousands_with_one_number_come_in_the_order_of_id(
    thousands_with_one_number: SearchIndex,
    ask: Callable[[SearchIndex, str, int], list[str]],
    text: str,
) -> None:
    is_meant = ask is fuzzy or text in ("X94678", "19800131", "1980-01-31")
    found = ask(thousands_with_one_number, text, 20)
    assert found == [customer_id(number) for number in range(20 if is_meant else 0)]


def test_customers_that_change_often_take_no_more_memory() -> None:
    index = SearchIndex(loose=8)
    index.fill(customer(number).record for number in range(100))
    for turn in range(20):
        for number in range(100):
            index.put(customer(number, name=f"n{turn}").record)
    assert len(index) == 100
    assert sum(len(held.segment) for held in index._held) < 1000


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched, "JOINED_AT_MOST", 200)
    monkeypatch.setattr(searched, "LOOKED_THROUGH_AT_MOST", 600)


def rows(index: SearchIndex) -> int:
    return sum(len(held.segment) for held in index._held)


@pytest.mark.usefixtures("small_limits")
def test_rows_and_segments_are_bounded_however_long_customers_change() -> None:
    index = indexed(*map(customer, range(1000)), loose=8)
    for turn, number in enumerate(Random(1).choices(range(1000), k=3000)):
        index.put(customer(number, name=f"n{turn}").record)
        assert rows(index) <= 2500, turn
        assert len(index._held) <= 10, turn
    assert len(index) == 1000


@pytest.mark.usefixtures("small_limits")
def test_a_segment_of_whom_nobody_is_current_is_freed() -> None:
    index = SearchIndex(loose=8)
    index.fill(customer(number).record for number in range(1000))
    index.put(*(deleted(customer(number).record).record for number in range(1000)))
    index.put(*(customer(number).record for number in range(2000, 2009)))
    assert (rows(index), len(index._held), len(index)) == (9, 1, 9)


@pytest.mark.usefixtures("small_limits")
def test_a_large_segment_is_not_looked_through_and_keeps_no_others_from_joining() -> None:
    index = SearchIndex(loose=8)
    index.fill(customer(number).record for number in range(1000))
    [large] = index._held
    index.put(*(deleted(customer(number).record).record for number in range(10, 1000)))
    for number in range(2000, 2100):
        index.put(customer(number).record)
    assert large in index._held
    assert (len(index._held) <= 4, len(index)) == (True, 110)


@pytest.mark.usefixtures("small_limits")
def test_nobody_waits_for_more_than_some_rows_to_be_looked_through() -> None:
    index = SearchIndex(loose=8)
    for first in range(0, 2000, 200):
        index.adopt(indexed(*(customer(first + n) for n in range(200))).as_one())
    index.put(*(deleted(customer(n).record).record for n in range(2000) if n % 200 > 9))
    before = list(index._held)
    index.put(*(customer(number).record for number in range(3000, 3009)))
    gone = [held for held in before if held not in index._held]
    assert 0 < sum(len(held.segment) for held in gone) <= 600
    assert len(index) == 109


@pytest.mark.parametrize("text", ["Mayer Anna", "X94678"])
def test_a_field_that_is_hidden_brings_nobody_nearer(make: Make, text: str) -> None:
    hidden = {"city": "Mayer", "card": "X94678"}
    changes = [
        customer(n, document_number="X94679", extra=hidden if n >= 150 else None)
        for n in range(300)
    ]
    index = make(*changes, fields=["city", "card"]).only_with([])
    assert index.fields == frozenset()
    assert fuzzy(index, text, 20) == [customer_id(number) for number in range(20)]


@pytest.mark.parametrize("loose", [1, 3, 64])
def test_an_index_without_a_field_is_as_if_it_had_never_held_it(loose: int) -> None:
    def values(number: int) -> dict[str, str]:
        return {"city": "Kiel", "card": f"K77{number:03}"} if number % 3 else {"card": "K77000"}

    changes = [customer(n, surname=f"Kiel{letters(n)}", extra=values(n)) for n in range(40)]
    changes += [updated(one.record, extra={"city": "Bonn"}) for one in changes[::7]]
    changes += [deleted(one.record) for one in changes[1:40:6]]
    before = indexed(*changes[:30], fields=["city", "card"], loose=loose)
    never = indexed(*changes[:30], fields=["card"], loose=loose)
    for change in changes[30:]:
        before.put(change.record)
        never.put(change.record)
    index = before.only_with(["card"])
    assert (len(index), index.fields) == (len(never), frozenset(["card"]))
    assert not {"kiel", "bonn"} & {word for h in index._held for word in h.segment.vocabulary.words}
    for text in ("Kiel", "Bonn", f"Kiel{letters(4)} Anna", "K77004", "Anna"):
        query = parse_query(text, fields=["city", "card"])
        assert index.fuzzy(query, 40, 0, 0.0) == never.fuzzy(query, 40, 0, 0.0)
        assert index.exact(query, 40, 0) == never.exact(query, 40, 0)
    index.put(deleted(changes[2].record).record)
    assert len(index) == len(before) - 1 == len(never) - 1


def test_who_has_no_value_of_a_hidden_field_is_not_taken_in_anew() -> None:
    index = indexed(customer(1), customer(2, extra={"card": "K77"}), fields=["city", "card"])
    other = index.only_with(["card"])
    assert other._held[0].segment is index._held[0].segment
    other.put(deleted(customer(1).record).record)
    assert fuzzy(other, "Meyer") == [customer_id(2)]
    assert fuzzy(index, "Meyer") == [customer_id(1), customer_id(2)]


def test_an_empty_index_finds_nobody() -> None:
    index = indexed()
    for text in ("Meyer", "X94678", "1980-01-31", "a"):
        assert fuzzy(index, text) == exact(index, text) == []
    assert len(index) == 0


def test_ids_may_be_of_any_form_and_length() -> None:
    ids = ["a", "customer-1", "ü😀", "z" * 300, customer_id(1)]
    records = [replace(customer(n).record, id=one) for n, one in enumerate(ids)]
    index = SearchIndex(loose=1)
    index.fill(records[:2])
    for record in records[2:]:
        index.put(record)
    assert fuzzy(index, "Meyer Anna") == exact(index, "Anna") == sorted(ids)
    for record in records[::2]:
        index.put(replace(deleted(customer(1).record).record, id=record.id))
    assert fuzzy(index, "Meyer Anna") == sorted(ids[1::2])


def test_who_has_no_words_is_held_and_let_go() -> None:
    bare = customer(1, surname="😀", name=None)
    index = indexed(bare, customer(2))
    assert (len(index), fuzzy(index, "Meyer")) == (2, [customer_id(2)])
    index.put(deleted(bare.record).record)
    assert len(index) == 1


def test_nobody_is_found_where_nobody_has_words() -> None:
    index = indexed(customer(1, surname="😀", name=None))
    assert fuzzy(index, "Meyer Anna") == exact(index, "Meyer") == []


def test_who_has_many_names_is_found_by_each_of_them(make: Make) -> None:
    names = ["Anna", "Berta", "Carla", "Dora", "Emil", "Felix"]
    index = make(customer(1, surname="Silva Santos", name=" ".join(names)), *people(3)[1:])
    for name in names:
        assert customer_id(1) in fuzzy(index, f"{name} Silva", minimum=0.3)
    assert exact(index, f"Silva-Santos {' '.join(names)}") == [customer_id(1)]


@pytest.mark.parametrize("fields", [(), ("city",)])
def test_who_has_many_names_is_found_by_a_short_one_in_a_family(fields: Sequence[str]) -> None:
    meant = customer(999, surname="Santos Cavalcanti", name="Ana Fernanda Guilhermina")
    names = [letters(n).translate(str.maketrans("ansto", "kqxyz")) for n in range(600)]
    family = [customer(n, surname="Santos", name=name) for n, name in enumerate(names)]
    for index in (indexed, put_one_by_one):
        assert fuzzy(index(*family, meant, fields=fields), "Santos Ana")[0] == meant.record.id


def test_a_date_that_is_none_is_no_date_and_hides_nobody() -> None:
    strange = customer(1, dob="1980-01-31\n"), customer(2, dob="\x1f"), customer(3, dob="soon")
    index = indexed(*strange, customer(4, dob="1980-01-31"))
    assert fuzzy(index, "Meyer Anna") == [customer_id(n) for n in (1, 2, 3, 4)]
    assert fuzzy(index, "Meyer Anna 1980-01-31")[0] == customer_id(4)
    assert exact(index, "1980-01-31") == [customer_id(4)]


def test_everybody_is_in_the_one_segment_of_an_index() -> None:
    changes = people(12)
    index = indexed(*changes[:6], loose=2)
    for change in changes[6:]:
        index.put(change.record)
    index.put(deleted(changes[0].record).record)
    index.put(updated(changes[1].record, surname="Kowalczyk").record)
    whole = SearchIndex()
    whole.adopt(index.as_one())
    assert len(index.as_one()) == len(whole) == 11
    assert fuzzy(whole, "Kowalczyk") == fuzzy(index, "Kowalczyk") != []


def test_a_number_is_found_among_many_who_were_born_on_the_day_that_it_also_means(
    make: Make,
) -> None:
    born = [customer(number, surname="Nowak", dob="1980-01-31") for number in range(1, 150)]
    called = [customer(number, surname="Meyer", name="Anna") for number in range(150, 300)]
    meant = customer(999, surname="Meier", name="Hanna", document_number="31011980")
    assert fuzzy(make(*born, *called, meant), "Meyer Anna 31011980")[0] == meant.record.id


def test_a_number_is_found_among_many_that_are_like_the_date_beside_it(make: Make) -> None:
    crowd = [customer(n, surname="Nowak", document_number=f"1980{n:04}") for n in range(1, 150)]
    meant = customer(999, surname="Meyer", document_number="X94678")
    assert fuzzy(make(*crowd, meant), "X94699 1980-01-31", minimum=0.2)[0] == meant.record.id


def test_of_those_called_as_a_field_asks_the_smallest_ids_come_first(make: Make) -> None:
    long = [customer(n, surname="Meyer", name="Maximilian Alexander") for n in range(1, 50)]
    short = [customer(n, surname="Meyer", name="Jo") for n in range(50, 200)]
    assert fuzzy(make(*long, *short), "", surname="Meyer") == [customer_id(n) for n in range(1, 11)]


def test_who_has_many_other_names_is_found_by_the_one_that_a_field_asks_for(make: Make) -> None:
    crowd = [customer(n, surname="Hofmann", name="Jo") for n in range(1, 150)]
    meant = customer(999, surname="Hoffmann", name="Maximilian Alexander")
    assert fuzzy(make(*crowd, meant), "", surname="Hoffmann")[0] == meant.record.id


def test_a_surname_is_found_among_many_who_have_it_as_a_name(make: Make) -> None:
    crowd = [customer(n, surname="Nowak", name="Paul") for n in range(1, 150)]
    meant = customer(999, surname="Paul", name="Maximilian Alexander")
    assert fuzzy(make(*crowd, meant), "", surname="Paul") == [meant.record.id]


@pytest.mark.parametrize("surname", ["Paul", "Paull", "Maria Paul"])
def test_a_surname_is_found_among_thousands_who_have_it_as_a_name(surname: str) -> None:
    crowd = [customer(n, surname="Nowak", name="Maria Paul") for n in range(1, 3_000)]
    meant = customer(9_999, surname="Maria Paul", name="Maximilian Alexander Ferdinand")
    index = indexed(*crowd, meant)
    assert fuzzy(index, "", surname=surname) == [meant.record.id]
    assert fuzzy(index, "", name="Alexander") == [meant.record.id]


@pytest.mark.parametrize(
    ("surname", "first"), [("de la Cruz Garcia", "Julia"), ("dos Santos Silva", "Maria Elias")]
)
def test_who_has_more_names_than_are_compared_is_found_in_a_family(
    make: Make, surname: str, first: str
) -> None:
    family = [customer(n, surname=surname, name=letters(n)) for n in range(1, 400)]
    meant = customer(999, surname=surname, name=first)
    assert fuzzy(make(*family, meant), f"{surname} {first}")[0] == meant.record.id


@pytest.mark.parametrize("text", ["meyeranna", "AnnaMeyer", "annameyer Kiel", "annameyer kie"])
def test_names_written_together_are_found(make: Make, text: str) -> None:
    crowd = [customer(n, surname=f"Meyerann{letters(n)}", name="Kiel") for n in range(1, 300)]
    crowd += [customer(n, surname="Meyer", name=letters(n)) for n in range(300, 600)]
    meant = customer(999, surname="Meyer", name="Anna", extra={"city": "Kiel"})
    assert fuzzy(make(*crowd, meant, fields=["city"]), text)[0] == meant.record.id


def test_a_field_of_many_words_is_found_among_many_others(make: Make) -> None:
    mails = [f"{letters(n // 26)}.{letters(n)}@example.org" for n in range(400)]
    everybody = [
        customer(n + 1, extra={"city": "Salzburg", "email": mail}) for n, mail in enumerate(mails)
    ]
    index = make(*everybody, fields=["city", "email"])
    for n in range(0, 400, 50):
        assert fuzzy(index, mails[n])[0] == customer_id(n + 1)


@pytest.mark.parametrize("text", ["Meyer 3204", "3204", "RR3451", "meyer rr34"])
def test_the_last_four_of_a_number_and_its_beginning_come_first(make: Make, text: str) -> None:
    meant = customer(999, name="Anna Lena", document_number="RR-3451-3204")
    namesakes = [
        customer(n, name="Anna", document_number=number)
        for n, number in enumerate(["302 561 504", "RR5345104", "313 204 404"], 1)
    ]
    assert fuzzy(make(*namesakes, meant), text)[0] == meant.record.id


def test_a_telephone_number_is_found_where_everybody_has_several_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As among so many customers that a share of them decides.
    monkeypatch.setattr(segment, "LEAST_BUDGET", 1)
    random = Random(7)

    def grouped(*lengths: int) -> str:
        return " ".join(str(random.randrange(10 ** (one - 1), 10**one)) for one in lengths)

    fields = [
        {"phone": f"+49 30 {grouped(8)}", "account": f"DE{grouped(2, 4, 4, 4, 4, 2)}"}
        for _ in range(2000)
    ]
    everybody = [customer(n + 1, extra=extra) for n, extra in enumerate(fields)]
    index = indexed(*everybody, fields=["phone", "account"])
    for n in range(0, 2000, 50):
        typed = f"00{fields[n]['phone'][1:].replace(' ', '')}"
        assert fuzzy(index, typed)[0] == customer_id(n + 1)


@pytest.mark.parametrize("typed", ["1999-09-09", "9.9.1999", "19990909"])
@pytest.mark.parametrize("value", ["1999-09-09", "19990909"])
def test_a_date_field_is_found_among_many_who_are_called_as_was_typed(
    make: Make, value: str, typed: str
) -> None:
    namesakes = [customer(n) for n in range(1, 300)]
    meant = customer(999, extra={"married": value})
    index = make(*namesakes, meant, fields=["married"])
    assert fuzzy(index, f"Meyer Anna {typed}")[0] == meant.record.id
    assert fuzzy(index, typed)[0] == meant.record.id


def test_who_is_like_the_query_in_nothing_is_not_found_however_low_the_minimum(make: Make) -> None:
    assert fuzzy(make(customer(1)), "zzz", minimum=0) == []


def test_a_number_longer_than_can_be_counted_is_found() -> None:
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 300)))
    index = indexed(*people(20), customer(99, document_number=long))
    assert exact(index, long) == [customer_id(99)]


def test_searches_go_on_while_all_customers_are_made_one_segment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = put_one_by_one(*people(30), loose=5)
    found: list[str] = []
    join = Held.joined.__func__  # type: ignore[attr-defined]

    def joined(cls: type[Held], parts: Sequence[Held]) -> Held:
        search = Thread(target=lambda: found.extend(fuzzy(index, "Meyer")))
        search.start()
        search.join(timeout=10)
        held: Held = join(cls, parts)
        return held

    monkeypatch.setattr(Held, "joined", classmethod(joined))
    assert len(index.as_one()) == 30
    assert found != []


LONG = "Fernández de la Torre y Souza Albuquerque Cavalcanti"


@pytest.mark.parametrize(
    "text",
    ["torre", "Inácio", "cavalcanti", "Þór", "thor", "torre Inacio", "tor", "alb", "torr gudm"],
)
def test_a_long_name_is_found_by_any_word_of_it_or_its_beginning(make: Make, text: str) -> None:
    meant = customer(99, surname=LONG, name="Luiz Inácio Guðmundur Þór")
    assert fuzzy(make(*people(30), meant), text)[0] == meant.record.id


@pytest.mark.parametrize(
    ("text", "surname", "name"),
    [
        ("mue", "Müller", "Jürgen Maximilian"),
        ("müll", "Mueller", "Hans Joachim"),
        ("oez", "Özdemir", "Mehmet Ali"),
        ("aa", "Åkesson", "Ingeborg Margareta"),
        ("ue", "Ünal", "Fatma"),
    ],
)
def test_a_beginning_in_another_spelling_finds_too(
    make: Make, text: str, surname: str, name: str
) -> None:
    meant = customer(99, surname=surname, name=name)
    assert meant.record.id in fuzzy(make(*people(30), meant), text)


def test_an_initial_does_not_stand_for_every_name_that_begins_so(make: Make) -> None:
    initial = customer(99, surname="Núñez Ortega", name="José M.")
    index = make(*people(30), initial)
    assert initial.record.id in fuzzy(index, "Núñez José Maria")
    assert initial.record.id not in fuzzy(index, "Mustermann")


@pytest.mark.parametrize("text", ["mu an", "mü an", "mue an", "mul an"])
def test_who_has_a_short_name_comes_before_many_whose_longer_ones_begin_so(
    make: Make, text: str
) -> None:
    longer = [
        customer(n, surname=f"Mul{letters(n)}berg", name=f"An{letters(n)}ika")
        for n in range(1, 601)
    ]
    meant = customer(999, surname="Muller", name="Anna")
    assert fuzzy(make(*longer, meant), text)[0] == meant.record.id


def test_a_word_of_a_long_name_comes_before_what_it_is_only_the_beginning_of(make: Make) -> None:
    begun = customer(1, surname=LONG.replace("Torre", "Torreblanca"), name="Luiz Guðmundur Þór")
    meant = customer(99, surname=LONG, name="Luiz Inácio Guðmundur Þór")
    assert fuzzy(make(begun, *people(30)[1:], meant), "torre") == [meant.record.id, begun.record.id]


@pytest.mark.parametrize("text", ["berlin", "hauptstraße", "hauptstrasse berlin", "berl"])
def test_a_field_is_found_by_any_word_of_it_which_is_said(make: Make, text: str) -> None:
    meant = customer(99, extra={"address": "Hauptstraße 17b, 10115 Berlin"})
    index = make(*people(30), meant, fields=["address"])
    best = index.fuzzy(parse_query(text, fields=["address"]), 10, 0, MINIMUM)[0]
    assert (best.id, best.score.explanation[0].feature) == (meant.record.id, "address")


@pytest.mark.parametrize("text", ["agent47", "Agent74"])
@pytest.mark.parametrize("put_in", [indexed, put_one_by_one])
def test_who_is_called_a_number_is_found_by_it(
    put_in: Callable[..., SearchIndex], text: str
) -> None:
    numbers = [customer(n, document_number=f"AG{n}47") for n in range(10, 90)]
    for surname, name in (("Agent47", "James"), ("Agent 47", "James"), ("Agent", "47")):
        index = put_in(customer(1, surname=surname, name=name), *numbers)
        assert fuzzy(index, text)[:1] == [customer_id(1)]


@pytest.mark.parametrize(
    ("surname", "name"), [("vandermeer", ""), ("", "karlheinz"), ("", "karlhienz")]
)
def test_a_value_of_several_words_is_found_written_as_one(
    make: Make, surname: str, name: str
) -> None:
    meant = customer(99, surname="van der Meer", name="Karl-Heinz")
    index = make(*people(30), meant)
    assert fuzzy(index, "", surname=surname, name=name) == [meant.record.id]


def test_each_of_several_numbers_is_compared_by_itself(make: Make) -> None:
    others = [customer(n, document_number="X1234576L", extra=address(n)) for n in range(1, 99)]
    meant = customer(999, document_number="X1234567L", extra=address("17b"))
    index = make(*others, meant, fields=["address", "member"])
    best = index.fuzzy(parse_query("X1234567L 17b", fields=index.fields), 10, 0, MINIMUM)[0]
    assert (best.id, best.score.value) == (meant.record.id, 1)
    assert fuzzy(index, "meyer 17b X1234567L")[0] == meant.record.id


def test_a_number_of_several_words_is_found_beside_another(make: Make) -> None:
    others = [customer(n, document_number=f"VN {n:04} 88") for n in range(1, 99)]
    meant = customer(999, document_number="VN 0099 88", extra={"member": "M-00123-4"})
    index = make(*others, meant, fields=["member"])
    for text in ("VN 0099 88 M-00123-4", "M-00123-4 VN 0099 88", "VN 0099 88", "M-00123-4"):
        assert fuzzy(index, text)[0] == meant.record.id


def address(number: int | str) -> dict[str, str]:
    return {"address": f"Hauptstraße {number}, 10115 Berlin"}


def test_of_several_numbers_of_a_customer_the_most_alike_counts() -> None:
    crowd = [customer(n, document_number="X94679") for n in range(90)]
    meant = customer(999, document_number="X94678", extra={"card": "X94679"})
    index = indexed(*crowd[:45], fields=["card"])
    index.fill(change.record for change in (*crowd[45:], meant))
    assert fuzzy(index, "X94678")[0] == meant.record.id


def test_an_initial_takes_nobodys_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "LOOKED_AT", 50)
    crowd = [customer(n, surname=f"Z{letters(n)}", name="Anna") for n in range(300)]
    meant = customer(999, surname="Kowalczyk", name="Otto")
    assert fuzzy(indexed(*crowd, meant), "Kowalczyk A")[0] == meant.record.id


def test_of_too_many_whose_names_begin_so_those_with_short_ones_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segment, "LOOKED_AT", 20)
    words = map("".join, product("abc", repeat=4))
    longer = [customer(n, surname=f"Mul{word}berg") for n, word in enumerate(words)]
    meant = customer(999, surname="Muller")
    assert fuzzy(indexed(*longer, meant), "mul")[0] == meant.record.id


@pytest.mark.parametrize("typed", ["Meyer Hauptstr", "Meyer Hauptstrase"])
def test_the_longest_words_of_a_field_are_compared(typed: str) -> None:
    crowd = [customer(n) for n in range(300)]
    meant = customer(999, extra={"address": "q x z Hauptstrasse"})
    assert fuzzy(indexed(*crowd, meant, fields=["address"]), typed)[0] == meant.record.id


def test_a_short_name_beside_long_surnames_is_compared() -> None:
    surname = "Fernandez Albuquerque Cavalcanti Gonzalez"
    family = [customer(n, surname=surname, name=letters(n)) for n in range(600)]
    meant = customer(999, surname=surname, name="Jo")
    found = fuzzy(indexed(*family, meant), "", surname="Fernandes Albuquerque", name="Jo")
    assert found[0] == meant.record.id


def test_a_short_word_of_a_long_surname_is_found_among_those_with_its_letters() -> None:
    # More names than are compared as arrays, and the one that was typed is not among the longest.
    crowd = [customer(n, surname="Lupa", name="Maria Paul") for n in range(1, 3_000)]
    meant = customer(9_999, surname="Maria Paul", name="Maximilian Alexander Ferdinand")
    assert fuzzy(indexed(*crowd, meant), "", surname="Paul") == [meant.record.id]
