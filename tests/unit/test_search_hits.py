"""Hits: the customers that score best, in an order that is the same everywhere."""

from chalicelib.domain.matching import Scorer, score
from chalicelib.domain.query import parse_query
from chalicelib.domain.searchable import searchable
from chalicelib.search.customers import Customers, Entry
from chalicelib.search.hits import best


def entry(key: str, surname: str, name: str, city: str = "") -> Entry:
    return Entry(key, searchable(surname, name, None, None, [("city", city)]), 0)


MEYERS = [
    entry("5", "Meyer", "Otto"),
    entry("1", "Meier", "Anna"),
    entry("4", "Meyer", "Anna"),
    entry("3", "Nowak", "Jan"),
    entry("2", "Meyer", "Anna"),
]


def ids(text: str, entries: list[Entry], limit: int, minimum: float = 0.0) -> list[str]:
    query = parse_query(text, fields=["city"])
    hits = best(
        Scorer(query), Customers.of(entries), lambda one: one.name != "otto", limit, minimum
    )
    assert [hit.score for hit in hits] == [
        score(query, one.customer) for hit in hits for one in entries if one.id == hit.id
    ]
    return [hit.id for hit in hits]


def test_the_best_wanted_ones_come_first_and_equal_ones_in_the_order_of_id() -> None:
    assert ids("Meyer Anna", MEYERS, 4) == ["2", "4", "1", "3"]


def test_no_more_than_the_limit_are_hits() -> None:
    assert ids("Meyer Anna", MEYERS, 1) == ["2"]


def test_who_scores_less_than_the_minimum_is_no_hit() -> None:
    everybody = [*MEYERS, entry("6", "Nowak", "Jan", "Oslo")]
    assert ids("Meyer Anna", everybody, 5, minimum=0.6) == ["2", "4", "1"]


def test_a_dynamic_field_counts_for_as_much_as_it_is_worth() -> None:
    others = [entry("6", "Nowak", "Jan", "Oslo"), entry("7", "Meyer", "Anna", "Riga")]
    assert ids("Meyer Anna Riga", [*others, *MEYERS], 3) == ["7", "2", "4"]


def test_of_nobody_nobody_is_a_hit() -> None:
    assert ids("Meyer Anna", [], 4) == []
