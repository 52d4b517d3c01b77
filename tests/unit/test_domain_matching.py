"""Matching: how alike a query and a customer are."""

import pytest

from chalicelib.domain.equality import Equality
from chalicelib.domain.matching import Scorer, likely, score
from chalicelib.domain.query import Query, parse_query
from chalicelib.domain.searchable import Searchable, searchable
from chalicelib.settings import Settings

MINIMUM, LIKELY = Settings().fuzzy_minimum_score, Settings().fuzzy_likely_score
ANNA = searchable("Müller", "Anna Lena", "1980-01-31", "X-94 678")
FROM_KIEL = searchable("Meyer", "Otto", None, None, [("city", "Kiel"), ("card", "K-77 123")])


def points(text: str, customer: Searchable = ANNA, **asked: str) -> float:
    return score(parse_query(text, **asked), customer).value


def called(surname: str, name: str = "") -> Searchable:
    return searchable(surname, name, None, None)


def test_the_same_customer_scores_most() -> None:
    assert points("Müller Anna Lena 1980-01-31 X94678") == pytest.approx(1.0)
    assert points("X94678") == pytest.approx(1.0)


def test_names_alone_never_reach_one() -> None:
    assert points("Müller Anna Lena") == pytest.approx(0.8)


@pytest.mark.parametrize(
    "query",
    [
        parse_query("Müller Anna Lena"),
        parse_query("Müller", surname="Müller", name="Anna Lena"),
        parse_query("", surname="Müller"),
        parse_query("", name="Anna Lena"),
    ],
)
def test_names_alone_are_below_one_however_they_were_asked_for(query: Query) -> None:
    assert Equality(query).accepts(ANNA)
    assert score(query, ANNA).value < 1


@pytest.mark.parametrize("text", ["1980-01-31", "31.01.1980", "31011980", "19800131", "310180"])
def test_whoever_is_only_born_on_the_same_day_is_not_likely(text: str) -> None:
    assert MINIMUM < points(text) < LIKELY <= points(f"Anna Müller {text}")


def test_six_digits_alone_are_a_numbers_beginning_rather_than_a_birthday() -> None:
    numbered = searchable("Müller", "Anna Lena", "1955-01-31", "310180 7")
    assert MINIMUM < points("310180") < points("310180", numbered) < points("310180 7", numbered)
    assert points("Anna Müller 310180", numbered) < points("Anna Müller 310180")


def test_a_year_beside_a_name_is_that_of_a_birth() -> None:
    namesake = searchable("Müller", "Anna Lena", "1955-01-31", "X-94 678")
    typed = "Anna Lena Müller 1980"
    assert points(typed, namesake) < LIKELY <= points(typed)
    names, born = score(parse_query(typed), ANNA).explanation
    assert (names.feature, born.feature) == ("names", "dob")


def test_a_year_beside_a_name_may_be_the_end_of_a_number() -> None:
    numbered = searchable("Müller", "Anna Lena", "1955-01-31", "X-94 1980")
    assert points("Anna Lena Müller 1980", numbered) >= points("Anna Lena Müller 1980")


@pytest.mark.parametrize("text", ["1980", "1980 X94678"])
def test_a_year_without_a_name_is_nobodys_birth(text: str) -> None:
    other = searchable("Müller", "Anna Lena", "1955-01-31", "X-94 678")
    assert points(text) == points(text, other)


def test_a_word_of_a_long_name_is_likely_only_beside_the_right_number() -> None:
    surname = "Fernández de la Torre y Souza Albuquerque"
    customer = searchable(surname, "Luiz Inácio", "1980-01-31", "X1234567L")
    assert MINIMUM < points("torre", customer) < LIKELY <= points("torre X1234567L", customer)
    assert points("torre X1234567M", customer) < LIKELY


def test_whoever_only_has_nearly_the_same_number_is_not_likely() -> None:
    long = searchable("Müller", "Anna", None, "1234567890" * 3)
    for typed, customer in [("X94679", ANNA), ("1234567890" * 2 + "1234567899", long)]:
        assert (
            MINIMUM < points(typed, customer) < LIKELY <= points(f"Anna Müller {typed}", customer)
        )
        number = customer.document_number
        assert points(number, customer) == 1


def are_likely(text: str, *customers: Searchable) -> list[bool]:
    return likely([score(parse_query(text), one) for one in customers], LIKELY)


def test_a_day_that_is_nearly_the_same_says_nothing_where_others_are_called_so() -> None:
    near, far = (searchable("Meyer", "Anna", day, "X94678") for day in ("1980-01-30", "1955-11-03"))
    assert are_likely("Anna Meyer 1980-01-31", near) == [True]
    assert are_likely("Anna Meyer 1980-01-31", near, far) == [False, False]
    assert are_likely("Anna Meyer 1980-01-31", near, called("Meyer", "Anna")) == [False, False]
    assert are_likely("Anna Meyer 1980-01-30", near, far) == [True, False]


def test_a_day_that_is_nearly_the_same_is_likely_where_others_are_less_alike_otherwise() -> None:
    near = searchable("Meyer", "Anna", "1980-01-30", "X94678")
    other, unnumbered = called("Meyer", "Annika"), called("Meyer", "Anna")
    assert are_likely("Anna Meyer 1980-01-31", near, other) == [True, False]
    assert are_likely("Anna Meyer 1980-01-31 X94678", near, unnumbered) == [True, False]


def test_the_order_of_names_does_not_matter() -> None:
    assert points("Anna Lena Müller") == pytest.approx(points("Müller Anna Lena"))


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ("Muller Anna", "Miller Anna"),
        ("Mueller Anna", "Schmidt Anna"),
        ("Anna Müller", "A Müller"),
        ("Müler Anna", "Mahler Hanna"),
        ("Müller Anna 1980-01-31", "Müller Anna 1980-01-30"),
        ("Müller Anna 1980-01-30", "Müller Anna 1975-12-24"),
        ("X94678", "X94679"),
        ("X94679", "A11111"),
    ],
)
def test_what_is_more_alike_scores_more(nearer: str, farther: str) -> None:
    assert points(nearer) > points(farther)


def test_a_stranger_scores_little() -> None:
    assert points("Zbigniew Kowalczyk") < 0.3


def test_a_number_is_not_taken_for_a_longer_one() -> None:
    assert points("7") < 0.5


@pytest.mark.parametrize(
    "query",
    [
        parse_query("Müller"),
        parse_query("Anna 1980-01-31"),
        parse_query("X94 31.01.1980 Mueller"),
        parse_query("Lena X9"),
        parse_query("Anna", surname="Miller", name="Ana", dob="1980-01-13"),
        parse_query("", document_number="X94687", fields=["city"]),
    ],
)
def test_the_parts_of_a_score_add_up_to_it(query: Query) -> None:
    scored = score(query, ANNA)
    assert sum(part.points for part in scored.explanation) == pytest.approx(scored.value)
    assert scored.value == pytest.approx(Scorer(query).value(ANNA))
    assert 0 < scored.value <= 1
    assert all(0 <= part.points <= part.similarity <= 1 for part in scored.explanation)


def test_a_score_names_the_features_that_the_query_speaks_of() -> None:
    features = [part.feature for part in score(parse_query("Anna 1980-01-31"), ANNA).explanation]
    assert features == ["names", "dob"]


@pytest.mark.parametrize("text", ["", "...", "李", "🙂"])
def test_a_query_of_nothing_finds_nobody(text: str) -> None:
    assert points(text) == 0


def test_a_customer_without_values_scores_nothing() -> None:
    nobody = searchable("", None, None, None)
    assert points("Müller 1980-01-31 X94678", nobody) == 0


@pytest.mark.parametrize(
    ("text", "customer", "other"),
    [
        # The second name is missing, in the query or in the registry.
        ("Anna Müller", ANNA, called("Müller", "Hanna Lena")),
        ("Müller Anna Lena", called("Müller", "Anna"), called("Müller", "Hanna")),
        # Initials.
        ("A. Müller", called("Müller", "Anna"), called("Müller", "Berta")),
        ("Müller A L", ANNA, called("Müller", "Berta Eva")),
        ("Anna Müller", called("Müller", "A."), called("Müller", "B.")),
        # Written together and apart.
        ("Annalena Müller", ANNA, called("Müller", "Annalisa")),
        ("Anna Lena Müller", called("Müller", "Annalena"), called("Müller", "Annalisa")),
        ("Vandenberg", called("van den Berg"), called("Vandenborn")),
        ("van den Berg", called("Vandenberg"), called("Vandenburg")),
        ("Hans Peter Baumgarn", called("Baumgarn", "Hanspeter"), called("Baumgartl", "Hans-Peter")),
        ("MinhChâuNguyễn", called("Nguyễn", "Minh Châu"), called("Nguyễn", "Minh Châu Yến")),
        ("Meyer-Müller", called("Meyer Müller"), called("Meyer Miller")),
        # Transliterations, of what was typed and of what is there.
        ("Mueller", called("Müller"), called("Miller")),
        ("Müller", called("Mueller"), called("Miller")),
        ("Schroeder", called("Schröder"), called("Schrader")),
        ("Sørensen", called("Soerensen"), called("Sarensen")),
        ("Soerensen", called("Sørensen"), called("Sarensen")),
        ("Aase", called("Åse"), called("Asa")),
        ("Åse", called("Aase"), called("Asae")),
    ],
)
def test_a_name_written_in_another_way_scores_more_than_another_name(
    text: str, customer: Searchable, other: Searchable
) -> None:
    assert points(text, customer) > points(text, other)


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        ("王小明", called("王", "小明")),
        ("山田太郎", called("山田", "太郎")),
        ("김민준", called("김", "민준")),
        ("Hans Peter Baumgarn", called("Baumgarn", "Hanspeter")),
        ("Mueller Annalena", called("Müller", "Anna-Lena")),
    ],
)
def test_who_is_called_just_so_is_likely_wherever_the_spaces_are(
    text: str, customer: Searchable
) -> None:
    as_written = points(f"{customer.surname} {customer.name}", customer)
    assert LIKELY <= points(text, customer) < as_written


@pytest.mark.parametrize("text", ["Anna Meyer", "Meyr Ana", "A Meyer", "Mueller Anne 1980-01-31"])
def test_it_does_not_matter_which_of_two_names_is_the_surname(text: str) -> None:
    swapped = searchable("Anna", "Meyer", "1980-01-31", None)
    whole = searchable("Meyer", "Anna", "1980-01-31", None)
    assert points(text, swapped) == pytest.approx(points(text, whole))


def test_a_name_in_another_spelling_scores_almost_as_much() -> None:
    customer = called("Müller", "Sørensen")
    assert points("Müller Sørensen", customer) > points("Mueller Soerensen", customer)
    assert points("Mueller Soerensen", customer) > 0.97 * points("Müller Sørensen", customer)


@pytest.mark.parametrize("text", ["Kiel", "Otto Meyer Kiel", "K77123", "Meyer K-77 123", "kiel."])
def test_a_dynamic_field_counts_only_when_it_is_searched(text: str) -> None:
    searched = score(parse_query(text, fields=["city", "card"]), FROM_KIEL)
    assert searched.value > points(text, FROM_KIEL)
    for fields in ([], ["another"]):
        query = parse_query(text, fields=fields)
        assert score(query, FROM_KIEL) == score(query, called("Meyer", "Otto"))


def test_a_dynamic_field_does_not_hide_a_better_document_number() -> None:
    both = searchable("Meyer", None, None, "X94678", [("card", "A11111")])
    assert score(parse_query("X94678", fields=["card"]), both).value == pytest.approx(1)
    assert score(parse_query("A11111", fields=["card"]), both).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("asked", "much_like"),
    [
        ({"surname": "Müller"}, True),
        ({"surname": "Mueler"}, True),
        ({"surname": "Anna"}, False),
        ({"surname": "Kowalczyk"}, False),
        ({"name": "Anna"}, True),
        ({"name": "Lena Ana"}, True),
        ({"name": "Müller"}, False),
        ({"dob": "1980-01-31"}, True),
        ({"dob": "1980-01-30"}, True),
        ({"dob": "1975-12-24"}, False),
        ({"document_number": "x94 678"}, True),
        ({"document_number": "X94687"}, True),
        ({"document_number": "A11111"}, False),
        ({"surname": "Müller", "dob": "1975-12-24"}, False),
    ],
)
@pytest.mark.parametrize("text", ["", "Anna Lena Müller", "X94678", "1980-01-31"])
def test_what_was_asked_of_a_value_has_to_be_much_like_it(
    text: str, asked: dict[str, str], much_like: bool
) -> None:
    assert Scorer(parse_query(text, **asked)).has_what_was_asked_for(ANNA) is much_like


def test_nothing_asked_for_is_had_by_everybody() -> None:
    assert Scorer(parse_query("Kowalczyk 1975-12-24 A11")).has_what_was_asked_for(ANNA)


def test_who_has_no_value_does_not_have_what_was_asked_for() -> None:
    for asked in ({"name": "Anna"}, {"dob": "1980-01-31"}, {"document_number": "X94678"}):
        assert not Scorer(parse_query("", **asked)).has_what_was_asked_for(called("Müller"))


def test_a_date_that_was_asked_for_counts_beside_the_typed_one() -> None:
    assert points("1980-01-31", dob="1975-12-24") == 0
    assert points("1980-01-31", dob="1980-01-31") == points("1980-01-31")
    assert points("Müller 1980-01-31", dob="1980-01-31") > points("Müller")


def test_an_explanation_names_the_field_that_was_meant() -> None:
    extra = [("city", "Bad Kissingen"), ("phone", "+999 12 345")]
    one = searchable("Meyer", "Anna", "1980-01-31", "X94678", extra)
    said = {}
    for text in ("Bad Kisingen", "99912346", "X94687", "31011980", "Meyer Ana"):
        query = parse_query(text, fields=["city", "phone"])
        said[text] = [part.feature for part in score(query, one).explanation]
    assert said == {
        "Bad Kisingen": ["city"],
        "99912346": ["phone"],
        "X94687": ["document_number"],
        "31011980": ["dob"],
        "Meyer Ana": ["names"],
    }


def test_a_name_of_two_words_is_alike_when_written_as_one_whatever_fields_there_are() -> None:
    plain, other = (
        searchable("van Berg", None, None, None, extra) for extra in ([], [("other", "x")])
    )
    assert points("Vanberg", plain) == points("Vanberg", other)


@pytest.mark.parametrize(
    ("surname", "name", "typed"),
    [
        ("Agent47", "James", "james agent47"),
        ("3M Firma", "", "3m firma"),
        ("Li", "N0K1", "Li N0K1"),
    ],
)
def test_who_is_called_a_number_is_found_by_it_as_by_any_name(
    surname: str, name: str, typed: str
) -> None:
    customer = called(surname, name)
    assert points(typed, customer) == pytest.approx(0.8)
    parts = score(parse_query(typed), customer).explanation
    assert [part.feature for part in parts] == ["names"]
    for word in typed.split():
        assert MINIMUM < points(word, customer) < LIKELY


def test_a_date_field_that_is_the_typed_day_is_named_and_not_the_date_of_birth() -> None:
    member = searchable("Meyer", "Otto", "1980-01-31", None, [("since", "2020-05-06")])
    for day, feature in (("2020-05-06", "since"), ("1980-01-31", "dob")):
        parts = score(parse_query(f"Meyer {day}", fields=["since"]), member).explanation
        assert [part.feature for part in parts] == ["names", feature]


@pytest.mark.parametrize(
    "text",
    ["31.1.1980 31011980", "19800131 1980-01-31", "31.1.1980 31.1.1980", "1980-01-31 1980-01-31"],
)
def test_a_birthday_that_is_typed_twice_says_no_more(text: str) -> None:
    assert points(text) == points("1980-01-31") < LIKELY


def test_two_letters_beside_a_birthday_that_is_typed_twice_stay_a_name() -> None:
    customer = searchable("Li", "Wei", "1980-01-31", None)
    assert points("LI 1980-01-31 31011980", customer) == points("LI 1980-01-31", customer)


def test_a_birthday_that_is_typed_and_asked_for_says_no_more() -> None:
    assert points("19800131", dob="1980-01-31") == pytest.approx(points("", dob="1980-01-31"))


@pytest.mark.parametrize(
    ("typed", "other", "name"),
    [("X94678", "ZZ99999999", "document_number"), ("1980-01-31", "1955-01-01", "dob")],
)
def test_another_number_or_day_than_the_one_asked_for_counts_too(
    typed: str, other: str, name: str
) -> None:
    same, another = (parse_query(text, **{name: typed}) for text in (typed, other))
    assert score(another, ANNA).value < score(same, ANNA).value
    assert Scorer(another).has_what_was_asked_for(ANNA)
