"""The customers of one run, in a file that every peer reads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.bench.search.spelling import bare

FIRST_CREATED = 1_700_000_000_000
# For each of the sample. The more customers, the fewer strangers have a name that nobody has.
STRANGERS = 4


@dataclass(frozen=True, slots=True)
class Customer:
    """What a search can look at; empty where there is nothing."""

    id: str
    surname: str
    name: str
    dob: str
    document_number: str

    @property
    def names(self) -> str:
        return f"{self.surname} {self.name}".strip()


@dataclass(slots=True)
class Corpus:
    """A file of customers, and what the queries need to know of it.

    `hidden` are the FEBRL originals by their label, `sample` some generated customers, `frequent`
    the most frequent names and dates. `absent` and `namesakes` are people who are not there: of the
    former nobody has the full name, of the latter somebody with another birthday.
    """

    path: Path
    hidden: dict[str, Customer] = field(default_factory=dict)
    sample: list[Customer] = field(default_factory=list)
    absent: list[Customer] = field(default_factory=list)
    namesakes: list[Customer] = field(default_factory=list)
    frequent: list[str] = field(default_factory=list)


def write(
    path: Path, count: int, seed: int, originals: Mapping[str, Customer], sample: int
) -> Corpus:
    """A corpus of `count` customers, at most half of them originals."""
    corpus = Corpus(path)
    random = Random(f"places {seed}")
    places = random.sample(range(count), count)
    labels = dict(zip(places[: count // 2], originals, strict=False))
    sampled = set(places[len(labels) :][:sample])
    census = Census(generated(STRANGERS * sample, seed + 1))
    with path.open("w", encoding="utf-8") as file:
        for place, customer in enumerate(_placed(count, seed, labels, originals)):
            file.write("\t".join(astuple(customer)) + "\n")
            census.take(customer)
            if place in labels:
                corpus.hidden[labels[place]] = customer
            elif place in sampled:
                corpus.sample.append(customer)
    corpus.absent, corpus.namesakes = census.absent, census.namesakes
    corpus.frequent = census.frequent
    return corpus


def read(path: Path) -> Iterator[Customer]:
    """The customers of a corpus, in its order."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Customer(*line.rstrip("\n").split("\t"))


def generated(count: int, seed: int) -> Iterator[Customer]:
    """Generated customers without an id."""
    # With it come modules that a starting function has to import itself.
    from local.generate import customers

    return (_customer(values) for values in customers(count, seed))


class Census:
    """Counts names while the customers pass by, and knows whom strangers could be taken for.

    Only a document number that somebody has strikes a stranger out.
    """

    def __init__(self, strangers: Iterable[Customer]) -> None:
        self._strangers = list(strangers)
        self._births: dict[str, set[str]] = {_full_name(one): set() for one in self._strangers}
        self._free = {bare(one.document_number) for one in self._strangers} - {""}
        self._counts = {name: Counter[str]() for name in ("surname", "name", "names", "dob")}

    def take(self, customer: Customer) -> None:
        self._free.discard(bare(customer.document_number))
        births = self._births.get(_full_name(customer))
        if births is not None:
            births.add(customer.dob)
        for name, counts in self._counts.items():
            counts[getattr(customer, name)] += 1

    @property
    def absent(self) -> list[Customer]:
        """Strangers whose full name nobody has."""
        return [one for one in self._unknown() if not self._births[_full_name(one)]]

    @property
    def namesakes(self) -> list[Customer]:
        """Strangers whose full name somebody with another birthday has, and nobody with theirs."""
        return [one for one in self._unknown() if self._is_namesake(one)]

    @property
    def frequent(self) -> list[str]:
        """The most frequent surname, name, both, and date of birth."""
        return [_most_frequent(counts) for counts in self._counts.values()]

    def _unknown(self) -> Iterator[Customer]:
        """Strangers with a document number that nobody has, or none."""
        numbers = self._free | {""}
        return (one for one in self._strangers if bare(one.document_number) in numbers)

    def _is_namesake(self, stranger: Customer) -> bool:
        births = self._births[_full_name(stranger)]
        return bool(stranger.dob and births - {""} and stranger.dob not in births)


def _placed(
    count: int, seed: int, labels: Mapping[int, str], originals: Mapping[str, Customer]
) -> Iterator[Customer]:
    random, others = Random(f"ids {seed}"), generated(count, seed)
    for place in range(count):
        customer = originals[labels[place]] if place in labels else next(others)
        yield replace(customer, id=_id(FIRST_CREATED + place, random))


def _full_name(customer: Customer) -> str:
    return customer.names.casefold()


def _id(wall: int, random: Random) -> str:
    """A UUIDv7, as the product's customers have."""
    return str(UUID(int=wall << 80 | 7 << 76 | 2 << 62 | random.getrandbits(62)))


def _customer(values: Mapping[str, Any]) -> Customer:
    return Customer(
        id="",
        surname=values["surname"],
        name=values["name"] or "",
        dob=values["dob"] or "",
        document_number=values["document_number"] or "",
    )


def _most_frequent(counts: Counter[str]) -> str:
    return next(text for text, _ in counts.most_common(2) if text)
