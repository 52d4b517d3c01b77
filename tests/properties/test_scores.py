"""Scores of many customers at once: the same numbers as one by one, to the last bit."""

import math

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.likeness import spelled_similarity
from chalicelib.domain.matching import Scorer
from chalicelib.domain.query import Query, Word, parse_query
from chalicelib.domain.searchable import Searchable, searchable
from chalicelib.search.customers import Customers, Entry
from chalicelib.search.scores import scores
from chalicelib.search.similarities import spelled_similarities

FIELD = "city"
WORDS = st.one_of(
    st.sampled_from(
        ["Müller", "Mueller", "Muller", "M", "Anna", "Ana", "Aase", "Ольга", "李", "o", "3M"]
    ),
    st.text("aemnü", min_size=1, max_size=9),
)
NAMES = st.lists(WORDS, max_size=3).map(" ".join)
DAYS = st.sampled_from(["", "1980-01-31", "1980-01-13", "1980-01-30", "1975-12-24"])
NUMBERS = st.sampled_from(
    ["", "X94678", "X94687", "4678", "X946", "A-111 222", "31011980", "3N", "1980", "310180"]
)
CUSTOMERS = st.builds(
    searchable,
    surname=NAMES,
    name=NAMES,
    dob=DAYS,
    document_number=NUMBERS,
    extra=st.lists(st.tuples(st.sampled_from([FIELD, "other"]), NAMES), max_size=1),
)
QUERIES = st.builds(
    parse_query,
    text=st.lists(st.one_of(NAMES, DAYS, NUMBERS), min_size=1, max_size=3).map(" ".join),
    surname=NAMES,
    name=NAMES,
    dob=DAYS,
    document_number=NUMBERS,
    fields=st.sampled_from([[], [FIELD]]),
)


def as_columns(customers: list[Searchable]) -> Customers:
    return Customers.of([Entry(str(at), one, 0) for at, one in enumerate(customers)])


@given(QUERIES, st.lists(CUSTOMERS, min_size=1, max_size=12))
@example(
    parse_query("no 4071"), [searchable("No", "Li", "", "x1"), searchable("Li", "", "", "NO4071")]
)
def test_many_customers_score_what_they_score_one_by_one(
    query: Query, customers: list[Searchable]
) -> None:
    found = scores(Scorer(query), as_columns(customers)).tolist()
    for value, customer in zip(found, customers, strict=True):
        has_field = any(key in query.fields for key, _ in customer.extra)
        if has_field or (query.number and customer.has_number_in_name):
            assert math.isinf(value)
        else:
            assert value == Scorer(query).value(customer)


@given(QUERIES, st.lists(CUSTOMERS, min_size=1, max_size=12))
def test_a_scorer_that_knows_many_says_the_same_of_each(
    query: Query, customers: list[Searchable]
) -> None:
    scorer = Scorer(query)
    scores(scorer, as_columns(customers))
    assert [*map(scorer.score, customers)] == [*map(Scorer(query).score, customers)]


@given(
    st.lists(
        st.builds(Word, WORDS, st.lists(WORDS, max_size=2).map(tuple)), min_size=1, max_size=3
    ),
    st.lists(WORDS, min_size=1, max_size=12, unique=True),
)
def test_many_words_are_as_alike_as_one_by_one(typed: list[Word], others: list[str]) -> None:
    one_by_one = [[spelled_similarity(word, other) for other in others] for word in typed]
    assert spelled_similarities(typed, others).tolist() == one_by_one
