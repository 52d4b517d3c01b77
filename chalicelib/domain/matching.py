"""Matching: how alike a query and a customer are, as a list of features that a person can read.

Each feature the query speaks of (names, date of birth, document number) is compared and
weighted; the weighted parts add up to the score, 0..1, and are its explanation. Names alone never
reach 1: many people share one.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

# Letters that stay whole under Unicode decomposition.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ħ": "h",
    }
)
_NOT_WORD = re.compile(r"[\W_]+")
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b|\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_ONLY_NAMES = 0.95


@dataclass(frozen=True, slots=True)
class Searchable:
    """What of a customer a search compares, folded."""

    names: tuple[str, ...]
    surname: str
    name: str
    dob: str
    document_number: str


@dataclass(frozen=True, slots=True)
class Query:
    """What an agent typed, taken apart."""

    text: str
    names: tuple[str, ...]
    dob: str
    document_number: str


@dataclass(frozen=True, slots=True)
class Part:
    """One feature's share of a score: `points` = weight x similarity."""

    feature: str
    similarity: float
    points: float


@dataclass(frozen=True, slots=True)
class Score:
    """0..1, and the parts that add up to it."""

    value: float
    explanation: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer that was found, and how well."""

    id: str
    score: Score


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    weight: float
    applies: Callable[[Query], bool]
    similarity: Callable[[Query, Searchable], float]


def fold(text: str) -> str:
    """Lower case, without accents and punctuation, words one space apart."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", letters).strip()


def fold_number(text: str) -> str:
    """A document number without spaces, punctuation and case."""
    return fold(text).replace(" ", "")


def searchable(
    surname: str, name: str | None, dob: str | None, document_number: str | None
) -> Searchable:
    """What of a customer can be searched, from its values as stored."""
    folded_surname, folded_name = fold(surname), fold(name or "")
    return Searchable(
        names=tuple(f"{folded_surname} {folded_name}".split()),
        surname=folded_surname,
        name=folded_name,
        dob=dob or "",
        document_number=fold_number(document_number or ""),
    )


def parse_query(text: str) -> Query:
    """Finds the date of birth and the document number in what was typed; the rest are names."""
    dob, rest = _take_date(text)
    words = fold(rest).split()
    numbers = [word for word in words if any(character.isdigit() for character in word)]
    return Query(
        text=fold(text),
        names=tuple(word for word in words if word not in numbers),
        dob=dob,
        document_number="".join(numbers),
    )


def score(query: Query, customer: Searchable) -> Score:
    """How alike the two are."""
    features = [feature for feature in FEATURES if feature.applies(query)]
    total = sum(feature.weight for feature in features)
    ceiling = _ONLY_NAMES if query.names and len(features) == 1 else 1.0
    parts = []
    for feature in features:
        similarity = feature.similarity(query, customer)
        parts.append(Part(feature.name, similarity, ceiling * feature.weight / total * similarity))
    return Score(sum(part.points for part in parts), tuple(parts))


def is_exact(query: Query, customer: Searchable) -> bool:
    """Equality without regard to case, accents and punctuation: one field, or the whole name."""
    fields = {customer.surname, customer.name}
    fields |= {f"{customer.surname} {customer.name}", f"{customer.name} {customer.surname}"}
    if query.text and query.text in fields:
        return True
    typed = query.text.replace(" ", "")
    return typed != "" and typed in (customer.document_number, customer.dob.replace("-", ""))


def _take_date(text: str) -> tuple[str, str]:
    found = _DATE.search(text)
    if not found:
        return "", text
    year, month, day, other_day, other_month, other_year = found.groups()
    if year:
        iso = f"{year}-{month}-{day}"
    else:
        iso = f"{other_year}-{int(other_month):02}-{int(other_day):02}"
    return iso, text[: found.start()] + " " + text[found.end() :]


def _names_similarity(query: Query, customer: Searchable) -> float:
    """Half word by word, half the whole names with the spaces removed, in the better order."""
    if not customer.names:
        return 0.0
    from_query = _alignment(query.names, customer.names)
    from_customer = _alignment(customer.names, query.names)
    words = (2 * from_query + from_customer) / 3
    return (words + _joined_similarity(query.names, customer)) / 2


def _alignment(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    length = sum(len(word) for word in words)
    return (
        sum(len(word) * max(_word_similarity(word, other) for other in others) for word in words)
        / length
    )


def _word_similarity(word: str, other: str) -> float:
    from rapidfuzz.distance import OSA, JaroWinkler

    both = JaroWinkler.similarity(word, other) + OSA.normalized_similarity(word, other)
    return (both / 2) ** 2


def _joined_similarity(names: tuple[str, ...], customer: Searchable) -> float:
    from rapidfuzz.distance import Indel

    typed = "".join(names)
    orders = (customer.surname + customer.name, customer.name + customer.surname)
    return max(Indel.normalized_similarity(typed, order.replace(" ", "")) for order in orders)


def _dob_similarity(query: Query, customer: Searchable) -> float:
    from rapidfuzz.distance import OSA

    edits = OSA.distance(query.dob, customer.dob) if customer.dob else len(query.dob)
    return {0: 1.0, 1: 0.6}.get(edits, 0.0)


def _document_similarity(query: Query, customer: Searchable) -> float:
    from rapidfuzz.distance import OSA

    if not customer.document_number:
        return 0.0
    return float(OSA.normalized_similarity(query.document_number, customer.document_number))


FEATURES = (
    Feature("names", 0.6, lambda query: bool(query.names), _names_similarity),
    Feature("dob", 0.25, lambda query: bool(query.dob), _dob_similarity),
    Feature(
        "document_number", 0.4, lambda query: bool(query.document_number), _document_similarity
    ),
)
