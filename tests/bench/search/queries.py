"""The queries of one run, each with the customer it means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from tests.bench.search.corpus import Corpus, Customer
from tests.bench.search.febrl import Duplicate
from tests.bench.search.spelling import typed_date, typed_names, typed_number

FEBRL_NAMES = "names, FEBRL"
FEBRL_BIRTHS = "names and date, FEBRL"
NAMES = "names, misspelled"
BIRTHS = "names and date, misspelled"
NUMBERS = "document number, misspelled"
ABSENT_NAMES = "not there, names"
ABSENT_BIRTHS = "not there, names and date"
ABSENT_NAMESAKES = "not there but a namesake, names and date"
ABSENT_NUMBERS = "not there, document number"
ODD = "odd"
WITH_TRUTH = (FEBRL_NAMES, FEBRL_BIRTHS, NAMES, BIRTHS, NUMBERS)
ABSENT = (ABSENT_NAMES, ABSENT_BIRTHS, ABSENT_NAMESAKES, ABSENT_NUMBERS)
ODD_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed; `truth` is the customer that is meant, if there is one."""

    kind: str
    text: str
    truth: Customer | None = None


def all_queries(
    corpus: Corpus, duplicates: Sequence[Duplicate], count: int, seed: int
) -> list[Query]:
    """At most `count` queries of each kind, shuffled, then the odd ones, several times over.

    Names alone and names with a date are of different people: the index remembers words that were
    typed before.
    """
    random = Random(f"queries {seed}")
    kinds = [
        *_from_febrl(corpus, duplicates),
        *_from_sample(corpus.sample, random),
        *_from_absent(corpus, random),
    ]
    chosen = [query for kind in kinds for query in _some(kind, count, random)]
    random.shuffle(chosen)
    return chosen + odd_queries(corpus.frequent) * ODD_ROUNDS


def _from_febrl(corpus: Corpus, duplicates: Iterable[Duplicate]) -> list[list[Query]]:
    names, births = [], []
    by_name = set(list(corpus.hidden)[::2])
    for duplicate in duplicates:
        truth, typed = corpus.hidden.get(duplicate.original), duplicate.customer
        if truth and duplicate.original in by_name:
            names.append(Query(FEBRL_NAMES, typed.names, truth))
        elif truth and typed.dob:
            births.append(Query(FEBRL_BIRTHS, f"{typed.names} {typed.dob}", truth))
    return [names, births]


def _from_sample(sample: Sequence[Customer], random: Random) -> list[list[Query]]:
    names = [Query(NAMES, _typed_names(one, random), one) for one in sample[::2]]
    births = [
        Query(BIRTHS, f"{_typed_names(one, random)} {typed_date(one.dob, random)}", one)
        for one in sample[1::2]
        if one.dob
    ]
    numbers = [
        Query(NUMBERS, typed_number(one.document_number, random), one)
        for one in sample
        if one.document_number
    ]
    return [names, births, numbers]


def _from_absent(corpus: Corpus, random: Random) -> list[list[Query]]:
    """Who is not there, asked as they are; only a date may be mistyped, if nobody has the name.

    A namesake's name is asked with the date only: by the name alone it is right to show somebody.
    """
    absent, namesakes = corpus.absent, corpus.namesakes
    names = [Query(ABSENT_NAMES, one.names) for one in absent[::2]]
    births = [
        Query(ABSENT_BIRTHS, f"{one.names} {typed_date(one.dob, random)}")
        for one in absent[1::2]
        if one.dob
    ]
    others = [Query(ABSENT_NAMESAKES, f"{one.names} {one.dob}") for one in namesakes]
    numbers = [
        Query(ABSENT_NUMBERS, one.document_number)
        for one in (*absent, *namesakes)
        if one.document_number
    ]
    return [names, births, others, numbers]


def _typed_names(customer: Customer, random: Random) -> str:
    return typed_names(customer.surname, customer.name, random)


def _some(queries: Sequence[Query], count: int, random: Random) -> list[Query]:
    """At most `count` of them, no text twice."""
    different = list({query.text: query for query in queries}.values())
    return random.sample(different, min(count, len(different)))


def odd_queries(frequent: Iterable[str]) -> list[Query]:
    """What nobody should type, and somebody does; each other than its neighbours."""
    texts = [
        "a",
        "7",
        "a" * 200,
        "smith brown " * 17,
        "x9 " * 70,
        " " * 1000,
        "\N{GRINNING FACE}\N{PARTY POPPER}" * 20,
        "'\"%_\\*()[]{}^~:-+ OR AND NOT",
        "a\N{COMBINING ACUTE ACCENT}" * 100,
        "\N{LATIN SMALL LIGATURE FFI}" * 60,
        "1" * 200,
        "0000-00-00",
        " ".join("abcdefghijklmnopqrstuvwxyz"),
        "王",
        *frequent,
    ]
    return [Query(ODD, text) for text in texts]
