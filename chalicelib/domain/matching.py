"""Matching: how alike a query and a customer are, as a list of features that a person can read.

Each feature that the query speaks of is compared and weighted. The weighted parts add up to the
score, 0..1, and are its explanation. Names alone never reach 1: many people share one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from operator import add, itemgetter, mul
from typing import Any, NamedTuple

from msgspec import Struct

from chalicelib.domain.folding import fold, fold_number
from chalicelib.domain.query import Query, Word, days_in

# A number, or an array of them, and what says which of two is smaller: `min`, or NumPy's.
Amount = Any
Smaller = Callable[[Amount, Amount], Amount]
# How alike two dates are that are one edit apart.
ONE_EDIT = 0.6
# So many people are called alike that no name alone says for sure who is meant: see
# `fuzzy_likely_score` in the settings, which only who is called just so reaches. Nobody does who
# is only born on the same day.
_ONLY_NAMES, _ONLY_BORN = 0.8, 0.7
# How alike a name and its beginning are at least that was typed, were it only the first letter.
BEGINNING = 0.7
# How alike what was typed and an initial are, which is all that is known of somebody's name.
_INITIAL = 0.6
# How much of a similarity is left where it took another spelling to see it.
RESPELLED = 0.97
BEGINNING_RESPELLED = RESPELLED * BEGINNING
# Below it, a value that was asked for by name counts as another one.
_ASKED_FOR = 0.5
# How alike two words may be that are not near.
_UNSEEN = 0.2
# How alike names are that have each typed word just so, whatever else they have: likely beside the
# right number.
_EVERY_WORD = 0.62
# How much it counts when a dynamic field, and no name, is what was typed.
_ONLY_A_FIELD = 0.8


class Searchable(Struct, frozen=True):
    """What of a customer a search compares, folded. `extra` holds the dynamic fields by key."""

    surname: str
    name: str
    dob: str = ""
    document_number: str = ""
    extra: tuple[tuple[str, str], ...] = ()


class Part(Struct, frozen=True):
    """One feature's share of a score: `points` = weight x similarity."""

    feature: str
    similarity: float
    points: float


class Score(Struct, frozen=True):
    """0..1, and the parts that add up to it."""

    value: float
    explanation: tuple[Part, ...]


class Hit(Struct, frozen=True):
    """A customer that was found, and how well."""

    id: str
    score: Score


class Feature(Struct, frozen=True):
    """One thing to compare, and how much it counts among those that the query speaks of."""

    name: str
    weight: float
    applies: Callable[[Query], bool]
    similarity: Callable[["Scorer", Searchable], float]


def searchable(
    surname: str,
    name: str | None,
    dob: str | None,
    document_number: str | None,
    extra: Iterable[tuple[str, str]] = (),
) -> Searchable:
    """What of a customer can be searched, from its values as stored."""
    return Searchable(
        surname=fold(surname),
        name=fold(name or ""),
        dob=dob or "",
        document_number=fold_number(document_number or ""),
        extra=tuple((key, fold(value)) for key, value in extra if fold(value)),
    )


def score(query: Query, customer: Searchable) -> Score:
    """How alike the two are."""
    return Scorer(query).score(customer)


def is_exact(query: Query, customer: Searchable) -> bool:
    """Equality without regard to case, accents and punctuation.

    What was typed equals one field or the whole name, and what was asked of a value equals it.
    """
    return _is_what_was_typed(query, customer) and _is_what_was_asked_for(query, customer)


def word_similarity(word: str, other: str) -> float:
    """How alike two folded words are: the mean of Jaro-Winkler and OSA, squared."""
    if word == other:
        return 1.0
    compare = _comparers()
    alike = float(mean_squared(compare.jaro_winkler(word, other), compare.osa(word, other)))
    return max(alike, *least_similarities(word, [other]))


def least_similarities(word: str, others: Iterable[str]) -> list[float]:
    """How alike a typed word and each of others are at least: what it begins, its initial."""
    initial = word[0]
    return [
        BEGINNING if one.startswith(word) else _INITIAL if one == initial else 0.0 for one in others
    ]


def mean_squared(jaro_winkler: Amount, osa: Amount) -> Amount:
    """How alike words are, from two ways to compare them. Takes numbers or arrays of them."""
    both = (jaro_winkler + osa) / 2
    return both * both


def spelled_similarity(word: Word, other: str) -> float:
    """`word_similarity` for a word that was typed, in the spelling that fits best."""
    best = word_similarity(word.text, other)
    for text in word.others:
        best = max(best, RESPELLED * word_similarity(text, other))
    return best


def number_alike(osa: Amount, smaller: Smaller) -> Amount:
    """How alike numbers are, from how few characters differ. Takes numbers or arrays of them.

    Where they are not the same, what is more than half alike counts half: somebody else may well
    have nearly the same number.
    """
    nearly = smaller(osa, (osa + 0.5) / 2)
    return nearly + (osa == 1) * (1 - nearly)


def born_alike(query: Query) -> float:
    """How alike whoever was born on a day is that was typed as a number."""
    return 1.0 if query.all_words else _ONLY_BORN


def aligned(typed: Amount, customer: Amount) -> Amount:
    """How alike names are of which both sides are known: two thirds from what was typed.

    Takes numbers or arrays of them.
    """
    return (2 * typed + customer) / 3


def least_whole_name(typed: Amount, smaller: Smaller) -> Amount:
    """How alike names are at least in which the typed words are so well found.

    Whatever else they have, and were only beginnings typed, it is enough for the minimum that
    `fuzzy_minimum_score` in the settings has unless somebody says otherwise. Takes numbers or
    arrays of them.
    """
    begun = smaller(typed / BEGINNING_RESPELLED, 1.0)
    return _EVERY_WORD * (typed + begun) / 2


def together(*names: str) -> list[str]:
    """Those names that have several words, as some write them: as one."""
    return [name.replace(" ", "") for name in names if " " in name]


def dob_similarity(day: str, dob: str) -> float:
    """How alike two ISO dates are: the same, one edit apart, or not at all."""
    if not dob:
        return 0.0
    if day == dob:
        return 1.0
    return ONE_EDIT if _comparers().edits(day, dob) == 1 else 0.0


class Scorer:
    """Scores customers against one query, and remembers how alike its words and theirs are."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._features = [feature for feature in FEATURES if feature.applies(query)]
        total = sum(feature.weight for feature in self._features)
        ceiling = _ceiling({feature.name for feature in self._features})
        self._weights = [ceiling * feature.weight / total for feature in self._features]
        self._asked_for = [
            one for one in self._features if one.name in _VALUES and getattr(query, one.name)
        ]
        self._words = Alignment(query.words)
        self._surname = Alignment(query.surname)
        self._name = Alignment(query.name)
        self.joined = _spellings_joined(query.words)
        self._indel = _comparers().indel
        self._known: dict[tuple[str, str], float] = {}

    def value(self, customer: Searchable) -> float:
        """The score without its explanation."""
        value = 0.0
        for feature, weight in zip(self._features, self._weights, strict=True):
            value += weight * feature.similarity(self, customer)
        return value

    def score(self, customer: Searchable) -> Score:
        """The score and what it is made of."""
        parts = []
        for feature, weight in zip(self._features, self._weights, strict=True):
            similarity = feature.similarity(self, customer)
            parts.append(Part(self._said_by(feature, customer), similarity, weight * similarity))
        return Score(added(part.points for part in parts), tuple(parts))

    def promise(self, similarities: Mapping[str, Amount]) -> Amount:
        """What customers may score whose values are about so much alike, by feature.

        Takes numbers or arrays of them, as NumPy's.
        """
        # Words that nobody compared are alike a little all the same.
        names = similarities["names"] + _UNSEEN * (1 - similarities["names"])
        return self.weighted({**similarities, "names": names})

    def weighted(self, similarities: Mapping[str, Amount]) -> Amount:
        """The score of what is so much alike, by feature; the largest where that is not known."""
        value: Amount = 0.0
        for feature, weight in zip(self._features, self._weights, strict=True):
            value = value + weight * similarities.get(feature.name, 1.0)
        return value

    def know(self, names: Mapping[tuple[str, str], float]) -> None:
        """Remembers `whole_name` of customers who are called so (surname, name)."""
        self._known.update(names)

    def has_what_was_asked_for(self, customer: Searchable) -> bool:
        """Whether each value that the query asks for by name is much like the customer's."""
        return all(one.similarity(self, customer) >= _ASKED_FOR for one in self._asked_for)

    def whole_name(self, customer: Searchable) -> float:
        """Half word by word, half the whole names with the spaces removed, in the better order.

        Or how well each typed word is there: a long name is found by any word of it, or by the
        beginning of one.
        """
        if customer.extra:
            return self._compared(customer)
        # Many share a name.
        key = customer.surname, customer.name
        if key not in self._known:
            self._known[key] = self._compared(customer)
        return self._known[key]

    def _compared(self, customer: Searchable) -> float:
        surname, name = customer.surname, customer.name
        words = f"{surname} {name}".split()
        if not words:
            return 0.0
        is_more = customer.extra or " " in surname or " " in name
        others = self._other_words(customer) if is_more else ()
        typed, own = self._words.sides(words, others)
        names = (aligned(typed, own) + self._whole(surname, name)) / 2
        alike: float = max(names, least_whole_name(typed, min), self._whole_field(customer)[0])
        return alike

    def _whole_field(self, customer: Searchable) -> tuple[float, str]:
        """How alike all that was typed and a dynamic field are: somebody looked for that alone."""
        typed = self.query.text.replace(" ", "")
        alike = [
            (_ONLY_A_FIELD * self._indel(typed, value.replace(" ", "")), key)
            for key, value in _visible(self.query, customer)
        ]
        return max(alike, default=(0.0, "names"))

    def surname(self, customer: Searchable) -> float:
        return self._surname.similarity(customer.surname)

    def name(self, customer: Searchable) -> float:
        return self._name.similarity(customer.name)

    def dob(self, customer: Searchable) -> float:
        query = self.query
        if query.dob:
            return dob_similarity(query.dob, customer.dob)
        digits = query.day.replace("-", "")
        if any(value.replace(" ", "") == digits for _, value in _visible(query, customer)):
            return 1.0
        return dob_similarity(query.day, customer.dob)

    def number(self, customer: Searchable) -> float:
        return self._number(customer)[0]

    def _number(self, customer: Searchable) -> tuple[float, str]:
        """The document number, the digits of a date, or a dynamic field: what fits best.

        All that was typed as one number, or one by one where it is several.
        """
        query, number = self.query, customer.document_number
        if query.document_number:
            return _number_similarity(query.document_number, number), "document_number"
        values = [(number, "document_number")]
        for key, value in _visible(query, customer):
            values += [(one, key) for one in (value.replace(" ", ""), *value.split())]
        born = born_alike(query)
        as_one = _most_alike(query.number, customer.dob, born, values)
        if not query.parts:
            return as_one
        each, names = zip(
            *(_most_alike(one, customer.dob, born, values) for one in query.parts), strict=True
        )
        lengths = [*map(len, query.parts)]
        _, name = max(zip(lengths, names, strict=True), key=itemgetter(0))
        return max(as_one, (average(lengths, each), name), key=itemgetter(0))

    def _said_by(self, feature: Feature, customer: Searchable) -> str:
        """The name of the feature, or of the dynamic field that stood in for it."""
        if feature.name == "document_number":
            return self._number(customer)[1]
        if feature.name == "names" and customer.extra:
            return self._names_said_by(customer)
        return feature.name

    def _names_said_by(self, customer: Searchable) -> str:
        """The dynamic field that is what was typed, or has each word of it as no name has."""
        alike, key = self._whole_field(customer)
        if 0 < alike == self.whole_name(customer):
            return key
        names = f"{customer.surname} {customer.name}".split()
        own, _ = self._words.sides(names, together(customer.surname, customer.name))
        typed, _ = self._words.sides(names, self._other_words(customer))
        for key, value in _visible(self.query, customer):
            if own < typed == self._words.sides(value.split(), ())[0]:
                return key
        return "names"

    def _other_words(self, customer: Searchable) -> list[str]:
        """What a typed word may be, beside one of the names' words."""
        words = together(customer.surname, customer.name)
        for _, value in _visible(self.query, customer):
            words += value.split()
        return words

    def _whole(self, surname: str, name: str) -> float:
        surname, name, indel = surname.replace(" ", ""), name.replace(" ", ""), self._indel
        best = 0.0
        for typed in self.joined:
            best = max(best, indel(typed, surname + name), indel(typed, name + surname))
        return best


class Alignment:
    """Compares typed words with a name's, each with the word that is most like it."""

    def __init__(self, typed: tuple[Word, ...]) -> None:
        self._typed = typed
        self._lengths = [len(word.text) for word in typed]
        self._known: dict[str, list[float]] = {}

    def similarity(self, name: str) -> float:
        """How alike what was typed and a name are, 0..1."""
        return float(aligned(*self.sides(name.split(), together(name))))

    def sides(self, words: Sequence[str], others: Sequence[str]) -> tuple[float, float]:
        """How well the typed words are among a name's, and these among them.

        A typed word may also be one of the `others`, which need not be typed.
        """
        rows = [self._known.get(word) or self._compare(word) for word in words]
        best = [max(row) for row in rows]
        rows += [self._known.get(word) or self._compare(word) for word in others]
        columns = map(max, zip(*rows, strict=True))
        typed = average(self._lengths, columns)
        lengths = [*map(len, words)]
        customer = average(lengths, best)
        return typed, customer

    def _compare(self, word: str) -> list[float]:
        self._known[word] = [spelled_similarity(typed, word) for typed in self._typed]
        return self._known[word]


def average(weights: Sequence[int], values: Iterable[Amount]) -> Amount:
    """The weighted average of numbers, or of arrays of them; 0 of none."""
    return added(map(mul, weights, values)) / max(sum(weights), 1)


def added(numbers: Iterable[Amount]) -> Amount:
    """Their sum, one after the other, as arrays add: since Python 3.12 `sum` is more exact."""
    return reduce(add, numbers, 0.0)


def _ceiling(features: set[str]) -> float:
    """The largest score that a query has which speaks of no more than this."""
    if features <= _NAMES:
        return _ONLY_NAMES
    return _ONLY_BORN if features == {"dob"} else 1.0


def _spellings_joined(words: tuple[Word, ...]) -> list[str]:
    """All that was typed as one word, as it is and respelled."""
    joined = ["".join(word.text for word in words)]
    if any(word.others for word in words):
        joined.append("".join(word.others[-1] if word.others else word.text for word in words))
    return joined


def _is_what_was_typed(query: Query, customer: Searchable) -> bool:
    if not query.text:
        return bool(query.surname or query.name or query.dob or query.document_number)
    names = {customer.surname, customer.name}
    names |= {f"{customer.surname} {customer.name}", f"{customer.name} {customer.surname}"}
    if query.text in names:
        return True
    typed = {query.text.replace(" ", "")}
    if query.day and not query.words and not query.number:
        typed.add(query.day.replace("-", ""))
    if customer.document_number in typed:
        return True
    if customer.dob and any(customer.dob in days_in(text) for text in typed):
        return True
    return any(value.replace(" ", "") in typed for _, value in _visible(query, customer))


def _is_what_was_asked_for(query: Query, customer: Searchable) -> bool:
    return (
        (not query.surname or _text(query.surname) == customer.surname)
        and (not query.name or _text(query.name) == customer.name)
        and query.dob in ("", customer.dob)
        and query.document_number in ("", customer.document_number)
    )


def _text(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def _visible(query: Query, customer: Searchable) -> Iterable[tuple[str, str]]:
    return (one for one in customer.extra if one[0] in query.fields)


def _most_alike(
    typed: str, dob: str, born: float, values: Iterable[tuple[str, str]]
) -> tuple[float, str]:
    """How alike a number and the nearest of some values are, and the name of that one.

    `born` is how alike whoever was born on that day is.
    """
    alike = [(born, "dob")] if dob and dob in days_in(typed) else []
    alike += [(_number_similarity(typed, value), name) for value, name in values]
    return max(alike, key=itemgetter(0))


def _number_similarity(typed: str, number: str) -> float:
    return float(number_alike(_comparers().osa(typed, number), min)) if number else 0.0


class _Comparers(NamedTuple):
    """RapidFuzz's ways to compare two texts; similarities are 0..1."""

    jaro_winkler: Callable[[str, str], float]
    osa: Callable[[str, str], float]
    indel: Callable[[str, str], float]
    edits: Callable[[str, str], int]


@lru_cache(maxsize=1)
def _comparers() -> _Comparers:
    # A function that never searches never imports them.
    from rapidfuzz.distance import OSA, Indel, JaroWinkler

    return _Comparers(
        jaro_winkler=JaroWinkler.similarity,
        osa=OSA.normalized_similarity,
        indel=Indel.normalized_similarity,
        edits=OSA.distance,
    )


FEATURES = (
    Feature("names", 0.6, lambda query: bool(query.words), Scorer.whole_name),
    Feature("surname", 0.4, lambda query: bool(query.surname), Scorer.surname),
    Feature("name", 0.3, lambda query: bool(query.name), Scorer.name),
    Feature("dob", 0.25, lambda query: bool(query.dob or query.day), Scorer.dob),
    Feature("document_number", 0.4, lambda query: bool(query.numbers), Scorer.number),
)
_NAMES = {"names", "surname", "name"}
# The features that are one value of a customer, which a query may ask for by its name.
_VALUES = {"surname", "name", "dob", "document_number"}
