"""Candidates: few customers are scored, the same ones in whatever segments they lie."""

from collections.abc import Iterable

import numpy as np

from chalicelib.domain.matching import Scorer
from chalicelib.domain.query import parse_query
from chalicelib.search.arrays import Flags
from chalicelib.search.candidates import BY_NAMES_KEPT, candidates
from chalicelib.search.customers import Entry
from chalicelib.search.hits import best
from chalicelib.search.making import segment_of_entries
from chalicelib.search.segment import LOOKED_AT, Segment
from tests.bench.search.corpus import Customer, generated
from tests.bench.search.product import searchable_of

EVERYBODY = [
    Customer(f"{at:06}", one.surname, one.name, one.dob, one.document_number)
    for at, one in enumerate(generated(3_000, seed=11))
]
LIMIT = 10


def part(some: Iterable[Customer]) -> tuple[Segment, Flags]:
    segment = segment_of_entries(Entry(one.id, searchable_of(one), 0) for one in some)
    return segment, np.ones(len(segment), np.bool_)


def ids(text: str, loose: list[Entry], parts: list[tuple[Segment, Flags]]) -> list[str]:
    """Of all candidates, the best first."""
    scorer = Scorer(parse_query(text))
    found = candidates(scorer, loose, parts, LIMIT)
    return [hit.id for hit in best(scorer, found, lambda _: True, len(found))]


def test_of_several_segments_no_more_are_scored_than_of_one() -> None:
    parts = [part(EVERYBODY[start::3]) for start in range(3)]
    for one in EVERYBODY[::100]:
        assert len(ids(one.names, [], parts)) <= BY_NAMES_KEPT + 2 * LIMIT


def test_who_is_in_no_segment_yet_is_scored_in_any_case() -> None:
    loose = [Entry(one.id, searchable_of(one), 0) for one in EVERYBODY[:50]]
    found = ids("Meyer", loose, [part(EVERYBODY[50:])])
    assert {entry.id for entry in loose} <= set(found)


def test_of_too_many_those_are_looked_at_who_have_most_of_what_was_typed() -> None:
    crowd = [Customer(f"{at:06}", "Berg", "Anna", "", "") for at in range(LOOKED_AT + 10)]
    meant = Customer("999999", "Berg", "Carla Anna", "", "")
    assert ids("A B C", [], [part([*crowd, meant])])[0] == meant.id


def test_of_too_many_those_are_looked_at_who_are_called_as_it_was_typed() -> None:
    # Each of these is rarer and so tells more, and together they are more than are looked at.
    likenesses = [f"Meyer{letter}" for letter in "abcdefghijkl"]
    like = [Customer(f"{at:06}", likenesses[at % 12], "", "", "") for at in range(LOOKED_AT + 10)]
    same = [Customer(f"{at:06}", "Meyer", "", "", "") for at in range(500_000, 550_020)]
    assert ids("Meyer", [], [part([*like, *same])])[:2] == ["500000", "500001"]


def test_who_has_two_words_that_each_too_many_have_is_looked_at() -> None:
    meyers = [Customer(f"{at:06}", "Meyer", "Otto", "", "") for at in range(LOOKED_AT + 10)]
    annas = [Customer(f"{at:06}", "Nowak", "Anna", "", "") for at in range(500_000, 550_010)]
    meant = Customer("999999", "Meyer", "Anna", "", "")
    assert ids("Meyer Anna", [], [part([*meyers, *annas, meant])])[0] == meant.id


def test_of_too_many_those_are_looked_at_who_were_born_on_the_day_that_was_typed() -> None:
    crowd = [Customer(f"{at:06}", "Meyer", "Anna", "", "") for at in range(LOOKED_AT + 10)]
    meant = Customer("999999", "Mairhofer", "Hanneke", "1984-02-28", "")
    assert meant.id in ids("Meyer Anna Luise 1984-02-28", [], [part([*crowd, meant])])


def test_of_many_words_no_fewer_are_scored() -> None:
    text = "Meyer Anna Maria Luise"
    some = [
        Customer(f"{at:06}", "Meyer", f"Anna Maria {one.name}", "", "")
        for at, one in enumerate(EVERYBODY[:300])
    ]
    assert len(ids(text, [], [part(some)])) == BY_NAMES_KEPT + 2 * LIMIT
