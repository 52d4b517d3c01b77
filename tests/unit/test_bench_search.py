"""The bench of the search: its truth is the truth, and its errors are those of people."""

import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from subprocess import check_output
from typing import Any

import pytest

from tests.bench.search.corpus import Census, Corpus, Customer, generated, read, write
from tests.bench.search.febrl import Duplicate, iso_date
from tests.bench.search.peer import LIMIT, Hit, Hits
from tests.bench.search.postgres import BY_NAMES, RATED_NAMES
from tests.bench.search.product import Rescorer, Sins, Typed, best, score_of, searchable_of
from tests.bench.search.queries import (
    ABSENT,
    ABSENT_BIRTHS,
    ABSENT_NAMES,
    ABSENT_NAMESAKES,
    ABSENT_NUMBERS,
    BIRTHS,
    FEBRL_BIRTHS,
    FEBRL_NAMES,
    NAMES,
    NUMBERS,
    ODD,
    ODD_ROUNDS,
    WITH_TRUTH,
    Query,
    all_queries,
)
from tests.bench.search.remote import Remote
from tests.bench.search.results import Built, Results, Sample
from tests.bench.search.spelling import misspelled, typed_date, typed_names, typed_number
from tests.bench.search.table import ratio_lines
from tests.bench.search.worker import NotFound, found_after

ORIGINALS = {f"1-{number}": customer for number, customer in enumerate(generated(20, 99))}
DUPLICATES = [Duplicate(label, customer) for label, customer in ORIGINALS.items()]
TRUTH = Customer("m", "Moreau", "Camille", "", "")
TYPED = "Moreaux Camille"


def corpus(folder: Path) -> Corpus:
    return write(folder / "corpus", 500, 7, ORIGINALS, 60)


def queries(folder: Path) -> list[Query]:
    return all_queries(corpus(folder), DUPLICATES, 15, 7)


def edits_between(one: str, other: str) -> int:
    from rapidfuzz.distance import DamerauLevenshtein

    return DamerauLevenshtein.distance(one, other)


def test_the_same_seed_brings_the_same_customers_and_queries(tmp_path: Path) -> None:
    first, again = corpus(tmp_path), (tmp_path / "corpus").read_bytes()
    assert corpus(tmp_path) == first
    assert (tmp_path / "corpus").read_bytes() == again
    assert queries(tmp_path) == queries(tmp_path)


def test_every_truth_is_among_the_customers(tmp_path: Path) -> None:
    truths = {query.truth for query in queries(tmp_path) if query.kind in WITH_TRUTH}
    assert None not in truths
    assert truths <= set(read(tmp_path / "corpus"))


def test_a_duplicate_means_its_original(tmp_path: Path) -> None:
    hidden = corpus(tmp_path).hidden
    assert hidden.keys() == ORIGINALS.keys()
    assert all(hidden[label].names == original.names for label, original in ORIGINALS.items())


def test_ids_differ_and_ascend_as_customers_do(tmp_path: Path) -> None:
    ids = [customer.id for customer in read(corpus(tmp_path).path)]
    assert ids == sorted(set(ids))
    assert len(ids) == 500


def test_who_is_not_there_has_the_number_of_nobody(tmp_path: Path) -> None:
    made = corpus(tmp_path)
    absent = {one.document_number for one in (*made.absent, *made.namesakes)} - {""}
    assert absent
    assert absent & {one.document_number for one in read(made.path)} == set()


def test_the_census_parts_strangers_whose_name_nobody_has_from_namesakes() -> None:
    there = Customer("1", "Moreau", "Camille", "1955-01-01", "AB-12")
    nobodys = Customer("", "Moreau", "Claire", "1984-02-28", "")
    namesake = Customer("", "moreau", "Camille", "1984-02-28", "CD-34")
    the_same, undated = replace(there, document_number=""), replace(namesake, dob="")
    with_their_number = replace(nobodys, document_number="ab12")
    census = Census([nobodys, namesake, the_same, undated, with_their_number])
    census.take(there)
    assert (census.absent, census.namesakes) == ([nobodys], [namesake])


def test_whose_name_is_known_without_a_birthday_is_no_namesake_with_another_one() -> None:
    stranger = Customer("", "Moreau", "Camille", "1984-02-28", "")
    census = Census([stranger])
    census.take(replace(stranger, id="1", dob=""))
    assert (census.absent, census.namesakes) == ([], [])


def test_a_namesake_is_asked_for_with_the_own_date_of_birth_and_never_by_the_name_alone(
    tmp_path: Path,
) -> None:
    namesake = Customer("", "Moreau", "Camille", "1984-02-28", "CD-34")
    made = replace(corpus(tmp_path), absent=[], namesakes=[namesake])
    asked = {one.kind: one.text for one in all_queries(made, [], 15, 7) if one.kind in ABSENT}
    assert asked == {
        ABSENT_NAMESAKES: "Moreau Camille 1984-02-28",
        ABSENT_NUMBERS: "CD-34",
    }


@pytest.mark.parametrize(
    ("by_names", "by_birth"),
    [(FEBRL_NAMES, FEBRL_BIRTHS), (NAMES, BIRTHS), (ABSENT_NAMES, ABSENT_BIRTHS)],
)
def test_names_alone_and_with_a_date_are_of_different_people(
    tmp_path: Path, by_names: str, by_birth: str
) -> None:
    asked = queries(tmp_path)
    names = {one.text for one in asked if one.kind == by_names}
    with_date = {one.text.rpartition(" ")[0] for one in asked if one.kind == by_birth}
    truths, others = (
        {one.truth for one in asked if one.kind == kind} for kind in (by_names, by_birth)
    )
    assert names
    assert with_date
    assert (names & with_date, truths & others - {None}) == (set(), set())


def test_eighteen_odd_texts_are_asked_again_and_again(tmp_path: Path) -> None:
    odd = Counter(one.text for one in queries(tmp_path) if one.kind == ODD)
    assert (len(odd), set(odd.values())) == (18, {ODD_ROUNDS})


def test_no_query_comes_twice_in_a_row(tmp_path: Path) -> None:
    texts = [query.text for query in queries(tmp_path)]
    assert all(one != other for one, other in pairwise(texts))


def test_so_many_wrong_places_are_so_many_edits_at_most() -> None:
    for number in range(300):
        edits = number % 3
        wrong = misspelled("Söderström Ada", edits, Random(number))
        assert (wrong == "Söderström Ada") == (edits == 0)
        assert edits_between(wrong, "Söderström Ada") <= edits


def test_numbers_have_one_or_two_wrong_characters() -> None:
    typed = {typed_number("AB-1234-5678", Random(seed)).replace("-", "") for seed in range(300)}
    assert {edits_between(number, "AB12345678") for number in typed} == {1, 2}


def test_names_are_typed_in_both_orders_without_accents_or_second_name() -> None:
    typed = [typed_names("Müller", "Jörg Emil", Random(seed)) for seed in range(300)]
    starts = ("Müller Jörg", "muller jorg", "mueller joerg", "Jörg Müller", "jorg muller")
    assert all(any(edits_between(one, start) <= 2 for one in typed) for start in starts)


def test_a_misspelled_date_is_a_date() -> None:
    typed = {typed_date("1984-02-29", Random(seed)) for seed in range(300)}
    assert {"1984-02-29", "29.02.1984", "1984-02-20", "1988-02-29"} <= typed
    assert "1983-02-29" not in typed


def test_digits_that_are_no_date_stay_as_they_are() -> None:
    assert iso_date("19080119") == "1908-01-19"
    assert [iso_date(text) for text in ("19081319", "190801", "")] == ["19081319", "190801", ""]


def sample(hits: Hits) -> Sample:
    return Sample("sins", Query(WITH_TRUTH[0], TYPED, TRUTH), 1.0, hits, has_our_scores=True)


def full_list(key: str, score: float) -> Hits:
    return [Hit(f"{key}{number}", score) for number in range(LIMIT)]


def test_a_truth_that_is_shown_is_neither_tied_nor_lost() -> None:
    shown = sample([Hit("a", 1.0), Hit("m", score_of(TYPED, TRUTH))])
    assert (shown.place, shown.is_first, shown.is_shown) == (1, False, True)
    assert (shown.is_tied_out, shown.is_lost) == (False, False)


def test_a_truth_that_scores_as_the_last_one_shown_is_tied_if_its_id_comes_later() -> None:
    score = score_of(TYPED, TRUTH)
    earlier, later = sample(full_list("a", score)), sample(full_list("z", score))
    assert (earlier.is_tied_out, earlier.is_lost) == (True, False)
    assert (later.is_tied_out, later.is_lost) == (False, True)


def test_a_truth_that_should_have_been_shown_is_lost() -> None:
    score = score_of(TYPED, TRUTH)
    assert sample([]).is_lost
    assert sample(full_list("a", score - 0.1)).is_lost
    assert not sample(full_list("a", score + 0.1)).is_lost
    assert not sample(full_list("a", score + 0.1)).is_tied_out


def test_a_stranger_is_answered_where_there_is_any_hit_and_likely_where_one_is() -> None:
    built = Built(1.0, 1, has_our_scores=True, knows_numbers=True)
    hits: list[Hits] = [[], [Hit("a", 0.5)], [Hit("a", 0.5)], [Hit("a", 0.8, is_likely=True)]]
    samples = [
        Sample("sins", Query(ABSENT_NAMES, f"{number}"), 1.0, found, has_our_scores=True)
        for number, found in enumerate(hits)
    ]
    figures = Results(4, {"sins": built}, samples).of(ABSENT_NAMES)["sins"]
    assert (figures.answered, figures.likely) == (0.75, 0.25)


def test_figures_compare_the_peers_on_the_queries_that_both_answered() -> None:
    both, ours_only = (Query(WITH_TRUTH[0], text, TRUTH) for text in (TYPED, "Morau Camille"))
    built = Built(1.0, 1, has_our_scores=True, knows_numbers=True)
    results = Results(2, dict.fromkeys(("sins", "exhaustive"), built))
    results.samples = [
        Sample("sins", both, 2.0, [Hit("m", 0.9), Hit("a", 0.8)], has_our_scores=True),
        Sample("sins", ours_only, 8.0, [], has_our_scores=True),
        Sample("exhaustive", both, 6.0, [Hit("m", 0.9)], has_our_scores=True),
    ]
    ours, reference = (results.of(WITH_TRUTH[0])[name] for name in ("sins", "exhaustive"))
    assert (ours.queries, ours.times_ours, reference.times_ours) == (2, 1.0, 3.0)
    assert (ours.at_1, ours.at_10, ours.bound) == (0.5, 0.5, 1.0)
    assert (ours.as_reference, reference.as_reference) == (0.0, 1.0)
    assert (ours.ours_at_10, reference.ours_at_10) == (0.5, 1.0)


def test_the_ratios_say_of_how_many_queries_they_are() -> None:
    built = Built(1.0, 1, has_our_scores=True, knows_numbers=True)
    results = Results(2, dict.fromkeys(("sins", "wratio", "tantivy"), built))
    for text, ms in (("Moreaux", 2.0), ("Morau", 4.0), ("Moro", 90.0)):
        results.samples.append(Sample("sins", Query(NAMES, text, TRUTH), ms, [], True))
    for text in ("Moreaux", "Morau"):
        results.samples.append(Sample("wratio", Query(NAMES, text, TRUTH), 3600.0, [], True))
    heading, *lines = map(str.split, ratio_lines(results))
    assert heading == ["wratio", "tantivy"]
    assert [*NAMES.split(), "1,200.00", "(2)", "-"] in lines


def test_who_knows_no_numbers_is_asked_for_none() -> None:
    built = Built(1.0, 1, has_our_scores=False, knows_numbers=False)
    process: Any = None
    remote = Remote("wratio", process, built)
    understood = [kind for kind in (*WITH_TRUTH, *ABSENT) if remote.understands(Query(kind, "x"))]
    assert {*WITH_TRUTH, *ABSENT} - {*understood} == {NUMBERS, ABSENT_NUMBERS}


def test_somebody_is_likely_who_is_meant_or_anybody_where_nobody_is() -> None:
    somebody, who_is_meant = Hit("a", 0.9, is_likely=True), Hit("m", 0.8, is_likely=True)
    stranger = Query(ABSENT[0], TYPED)
    assert sample([somebody, who_is_meant]).is_likely
    assert not sample([somebody, Hit("m", 0.8)]).is_likely
    assert Sample("sins", stranger, 1.0, [somebody], has_our_scores=True).is_likely
    assert not Sample("sins", stranger, 1.0, [Hit("a", 0.9)], has_our_scores=True).is_likely


def in_sqlite(statement: str, **values: object) -> list[tuple[Any, ...]]:
    """What a statement for PostgreSQL says of three people; names are alike if they are equal."""
    with sqlite3.connect(":memory:") as connection:
        connection.create_function("similarity", 2, lambda one, other: float(one == other))
        connection.execute("CREATE TABLE customers (id text, names text, dob text)")
        people = [("1", "moreau", ""), ("2", "moreau", "1984-02-28"), ("3", "moreau", "1955-01-01")]
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", people)
        plain = re.sub("::[a-z]+", "", statement).replace("%%", "=")
        return list(connection.execute(re.sub(r"%\((\w+)\)s", r":\1", plain), values))


def test_postgres_prefers_nobody_for_a_date_of_birth_that_was_not_typed() -> None:
    by_name = in_sqlite(BY_NAMES, names="moreau", dob="", limit=LIMIT)
    by_birth = in_sqlite(BY_NAMES, names="moreau", dob="1955-01-01", limit=LIMIT)
    assert by_name == [("1", 1), ("2", 1), ("3", 1)]
    assert by_birth == [("3", 2), ("1", 1), ("2", 1)]


@pytest.mark.parametrize(
    ("typed", "stored", "rated"),
    [("", "", 1), ("1984-02-28", "", 1), ("", "1984-02-28", 1), ("1984-02-28", "1984-02-28", 2)],
)
def test_postgres_rates_who_is_missing_as_it_ranks(typed: str, stored: str, rated: int) -> None:
    values = {"names": "moreau", "stored_names": "moreau", "dob": typed, "stored_dob": stored}
    assert in_sqlite(RATED_NAMES, **values) == [(rated,)]


def test_candidates_that_are_scored_at_once_stand_as_those_that_are_scored_one_by_one(
    tmp_path: Path,
) -> None:
    customers = list(read(corpus(tmp_path).path))
    rescorer = Rescorer(customers)
    searchables = [(customer.id, searchable_of(customer)) for customer in customers]
    for text in {query.text for query in queries(tmp_path)}:
        typed = Typed.read(text).query
        one_by_one = best(typed, searchables[::2])
        assert rescorer.best(typed, range(0, len(customers), 2)) == one_by_one, text


def test_a_starting_function_has_all_its_imports_before_it_as_the_clock_starts() -> None:
    said = "import sys, tests.bench.search.cold; print(*sys.modules)"
    modules = check_output([sys.executable, "-c", said], text=True).split()
    of_the_product = {"chalicelib", "local", "msgspec", "numpy", "rapidfuzz"}
    assert "tests.bench.search.cold" in modules
    assert {name.partition(".")[0] for name in modules} & of_the_product == set()


class Light(Sins):
    """Does not weigh its process, for which the tests have no module."""

    def __init__(self) -> None:
        pass


class Deaf(Light):
    """Takes in no change."""

    def change(self, customers: Sequence[Customer]) -> None:
        pass


def changed(folder: Path) -> list[Customer]:
    return [replace(one, name=f"{one.name} Maria") for one in corpus(folder).sample]


def test_the_time_that_changes_take_is_that_until_one_of_them_is_found(tmp_path: Path) -> None:
    peer = Light()
    peer.build(read(corpus(tmp_path).path))
    assert found_after(peer, changed(tmp_path)) > 0


def test_changes_that_no_search_sees_are_not_measured(tmp_path: Path) -> None:
    peer = Deaf()
    peer.build(read(corpus(tmp_path).path))
    with pytest.raises(NotFound):
        found_after(peer, changed(tmp_path))
