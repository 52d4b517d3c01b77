"""Matching: how alike a query and a customer are, as a list of features that a person can read.

Each feature that the query speaks of is compared and weighted. The weighted parts add up to the
score, 0..1, and are its explanation. Names alone never reach 1: many people share one. The list is
`FEATURES`, at the end; how alike two values are is said in `domain/likeness.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter

from msgspec import Struct

from chalicelib.domain.folding import without_spaces
from chalicelib.domain.likeness import (
    BORN_THAT_YEAR,
    ONE_EDIT,
    Alignment,
    Amount,
    added,
    aligned,
    average,
    comparers,
    dob_similarity,
    least_same_letters,
    least_whole_name,
    number_similarity,
    together,
)
from chalicelib.domain.query import Query, Word, days_in
from chalicelib.domain.searchable import Searchable

# The most that names alone score, and a birthday alone: many people share either. By names alone
# only who is called just so reaches `fuzzy_likely_score` of the settings; by a birthday, nobody.
_ONLY_NAMES, _ONLY_BORN = 0.8, 0.7
# Six digits alone may be a birthday. Somebody's number that begins with them is meant more often.
_ONLY_SIX_DIGITS = 0.62
# Below it, a value that was asked for by name counts as another one.
_ASKED_FOR = 0.5
# How alike two words may be that are not near.
_UNSEEN = 0.2
# How much it counts when a dynamic field, and no name, is what was typed.
_ONLY_A_FIELD = 0.8


class Part(Struct, frozen=True):
    """One feature's share of a score: `points` = weight x similarity."""

    feature: str
    similarity: float
    points: float


class Score(Struct, frozen=True):
    """0..1, and the parts that add up to it."""

    value: float
    explanation: tuple[Part, ...]

    @property
    def rounded(self) -> float:
        """The value as it is told: sums of floats are a little more or less."""
        return round(self.value, 6)

    @property
    def is_nearly_born(self) -> bool:
        """Whether the date of birth is only one edit away."""
        return any(one.feature == "dob" and one.similarity == ONE_EDIT for one in self.explanation)

    @property
    def but_for_birth(self) -> float:
        """What is left of it without the date of birth."""
        left: float = added(one.points for one in self.explanation if one.feature != "dob")
        return left


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


def likely(scores: Sequence[Score], threshold: float) -> list[bool]:
    """For each score of one search whether somebody else would hardly have it.

    It reaches the threshold. But where others are called as well as that, and born on other days,
    to be born a digit away says nothing: somebody of a common name always is.
    """
    return [
        one.rounded >= threshold and not (one.is_nearly_born and _has_namesakes(one, scores))
        for one in scores
    ]


def _has_namesakes(one: Score, scores: Sequence[Score]) -> bool:
    rest = one.but_for_birth
    return sum(other.but_for_birth >= rest for other in scores) > 1


def score(query: Query, customer: Searchable) -> Score:
    """How alike the two are."""
    return Scorer(query).score(customer)


class Scorer:
    """Scores customers against one query, and remembers how alike its words and theirs are."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._features = [feature for feature in FEATURES if feature.applies(query)]
        total = sum(feature.weight for feature in self._features)
        ceiling = _ceiling({feature.name for feature in self._features})
        self._weights = [ceiling * feature.weight / total for feature in self._features]
        self._asked_for = [alike for name, alike in _ASKED.items() if getattr(query, name)]
        self._words = Alignment(query.words)
        self._surname = Alignment(query.surname)
        self._name = Alignment(query.name)
        self.joined = _spellings_joined(query.words)
        self._indel = comparers().indel
        self._known: dict[tuple[str, str], float] = {}

    def value(self, customer: Searchable) -> float:
        """The score without its explanation."""
        if not self.query.number:
            return self._value(customer)
        others = [other.value(customer) for other in self._otherwise(customer)]
        return max([self._value(customer), *others])

    def score(self, customer: Searchable) -> Score:
        """The score and what it is made of."""
        if not self.query.number:
            return self._score(customer)
        others = [other.score(customer) for other in self._otherwise(customer)]
        return max([self._score(customer), *others], key=attrgetter("value"))

    def _otherwise(self, customer: Searchable) -> Iterator["Scorer"]:
        """Scorers for the other ways to read a query with a number that may mean this customer."""
        if customer.has_number_in_name:
            yield self._of_names
        if self.of_number:
            yield self.of_number

    @cached_property
    def _of_names(self) -> "Scorer":
        """Takes all that was typed for names, as somebody may have a number in theirs."""
        return Scorer(self.query.as_names())

    @cached_property
    def of_number(self) -> "Scorer | None":
        """Takes all that was typed for a number; None where it cannot be one."""
        query = self.query.as_number()
        return Scorer(query) if query else None

    def _value(self, customer: Searchable) -> float:
        value = 0.0
        for feature, weight in zip(self._features, self._weights, strict=True):
            value += weight * feature.similarity(self, customer)
        return value

    def _score(self, customer: Searchable) -> Score:
        parts = []
        for feature, weight in zip(self._features, self._weights, strict=True):
            similarity, name = self._explained(feature, customer)
            parts.append(Part(name, similarity, weight * similarity))
        return Score(added(part.points for part in parts), tuple(parts))

    def promise(self, similarities: Mapping[str, Amount]) -> Amount:
        """What customers may score whose values are about so much alike, by feature.

        Takes numbers or arrays of them, as NumPy's.
        """
        # Words that nobody compared are alike a little all the same.
        names = similarities["names"] + _UNSEEN * (1 - similarities["names"])
        return self.weighted({**similarities, "names": names})

    def weighted(self, similarities: Mapping[str, Amount]) -> Amount:
        """The score of values so much alike, by feature; one that is left out counts as equal."""
        value: Amount = 0.0
        for feature, weight in zip(self._features, self._weights, strict=True):
            value = value + weight * similarities.get(feature.name, 1.0)
        return value

    def know(self, names: Mapping[tuple[str, str], float]) -> None:
        """Remembers `whole_name` of customers who are called so (surname, name)."""
        self._known.update(names)

    def has_what_was_asked_for(self, customer: Searchable) -> bool:
        """Whether each value that the query asks for by name is much like the customer's."""
        return all(alike(self, customer) >= _ASKED_FOR for alike in self._asked_for)

    def whole_name(self, customer: Searchable) -> float:
        """Half word by word, half the whole names with the spaces removed, in the better order.

        The latter alone where those are the same. Or how well each typed word is there: a long name
        is found by any word of it, or by the beginning of one.
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
        whole = self._whole(surname, name)
        names = max((aligned(typed, own) + whole) / 2, least_same_letters(whole))
        alike: float = max(names, least_whole_name(typed, min), self._whole_field(customer)[0])
        return alike

    def _whole_field(self, customer: Searchable) -> tuple[float, str]:
        """How alike all that was typed and a dynamic field are: somebody looked for that alone."""
        typed = without_spaces(self.query.text)
        alike = [
            (_ONLY_A_FIELD * self._indel(typed, without_spaces(value)), key)
            for key, value in customer.fields_for(self.query)
        ]
        return max(alike, default=(0.0, "names"))

    def surname(self, customer: Searchable) -> float:
        return self._surname.similarity(customer.surname)

    def name(self, customer: Searchable) -> float:
        return self._name.similarity(customer.name)

    def dob(self, customer: Searchable) -> float:
        return self._dob(customer)[0]

    def number(self, customer: Searchable) -> float:
        return self._number(customer)[0]

    def asked_dob(self, customer: Searchable) -> float:
        return dob_similarity(self.query.dob, customer.dob)

    def asked_number(self, customer: Searchable) -> float:
        return number_similarity(self.query.document_number, customer.document_number)

    def _dob(self, customer: Searchable) -> tuple[float, str]:
        """How alike the date is, and the name of the value that was compared.

        Where one day was asked for and another typed, the less alike one counts. So does `_number`.
        """
        found = [(self.asked_dob(customer), "dob")] if self.query.dob else []
        found += [self._typed_day(customer)] if self.query.day else []
        return min(found, key=itemgetter(0))

    def _typed_day(self, customer: Searchable) -> tuple[float, str]:
        """The date of birth, or a dynamic field that is that date."""
        born, digits = dob_similarity(self.query.day, customer.dob), self.query.day_digits
        if born < 1:
            for key, value in customer.fields_for(self.query):
                if without_spaces(value) == digits:
                    return 1.0, key
        return born, "dob"

    def _number(self, customer: Searchable) -> tuple[float, str]:
        asked = self.query.document_number
        found = [(self.asked_number(customer), "document_number")] if asked else []
        found += [self._typed_number(customer)] if self.query.number else []
        return min(found, key=itemgetter(0))

    def _typed_number(self, customer: Searchable) -> tuple[float, str]:
        """The document number, the digits of a date, a year, or a dynamic field: what fits best.

        All that was typed as one number, or one by one where it is several.
        """
        query, values = self.query, [(customer.document_number, "document_number")]
        for key, value in customer.fields_for(query):
            values += [(one, key) for one in (without_spaces(value), *value.split())]

        def most_alike(typed: str) -> tuple[float, str]:
            born = birth_similarity(customer.dob, births_alike(query, typed))
            return _most_alike(typed, born, values)

        as_one = most_alike(query.number)
        if not query.parts:
            return as_one
        each, names = zip(*map(most_alike, query.parts), strict=True)
        lengths = [*map(len, query.parts)]
        _, name = max(zip(lengths, names, strict=True), key=itemgetter(0))
        return max(as_one, (average(lengths, each), name), key=itemgetter(0))

    def _explained(self, feature: Feature, customer: Searchable) -> tuple[float, str]:
        """How alike, and the feature's name or that of the dynamic field that stood in for it."""
        if feature.name == "document_number":
            return self._number(customer)
        if feature.name == "dob":
            return self._dob(customer)
        similarity = feature.similarity(self, customer)
        if feature.name == "names" and customer.extra:
            return similarity, self._names_said_by(customer)
        return similarity, feature.name

    def _names_said_by(self, customer: Searchable) -> str:
        """The dynamic field that is what was typed, or has each word of it as no name has."""
        alike, key = self._whole_field(customer)
        if 0 < alike == self.whole_name(customer):
            return key
        names = f"{customer.surname} {customer.name}".split()
        own, _ = self._words.sides(names, together(customer.surname, customer.name))
        typed, _ = self._words.sides(names, self._other_words(customer))
        for key, value in customer.fields_for(self.query):
            if own < typed == self._words.sides(value.split(), ())[0]:
                return key
        return "names"

    def _other_words(self, customer: Searchable) -> list[str]:
        """What a typed word may be, beside one of the names' words."""
        words = together(customer.surname, customer.name)
        for _, value in customer.fields_for(self.query):
            words += value.split()
        return words

    def _whole(self, surname: str, name: str) -> float:
        surname, name, indel = without_spaces(surname), without_spaces(name), self._indel
        best = 0.0
        for typed in self.joined:
            best = max(best, indel(typed, surname + name), indel(typed, name + surname))
        return best


def births_alike(query: Query, typed: str) -> Mapping[str, float]:
    """How alike those births are that a typed number may mean, by ISO date or by year."""
    alone = _ONLY_BORN if len(typed) == 8 else _ONLY_SIX_DIGITS
    on_day = 1.0 if query.all_words else alone
    years = {typed: BORN_THAT_YEAR} if typed in query.years else {}
    return {**years, **dict.fromkeys(days_in(typed), on_day)}


def births_said(query: Query) -> Mapping[str, float]:
    """`births_alike` of everything that was typed as a number."""
    said: dict[str, float] = {}
    for typed in (query.number, *query.parts):
        said.update(births_alike(query, typed))
    return said


def birth_similarity(dob: str, births: Mapping[str, float]) -> float:
    """What `births_alike` says of an ISO date."""
    return births.get(dob, births.get(dob[:4], 0.0))


def _ceiling(features: set[str]) -> float:
    """The largest score that a query has which speaks of no more than this."""
    if features <= _NAMES:
        return _ONLY_NAMES
    return _ONLY_BORN if features == {"dob"} else 1.0


def _spellings_joined(words: tuple[Word, ...]) -> list[str]:
    """All that was typed as one word, as it is and respelled."""
    joined = ["".join(word.text for word in words)]
    if any(word.spellings for word in words):
        joined.append("".join([word.text, *word.spellings][-1] for word in words))
    return joined


def _most_alike(typed: str, born: float, values: Iterable[tuple[str, str]]) -> tuple[float, str]:
    """How alike a number and the nearest of some values are, and the name of that one.

    `born` is how alike the number and the date of birth are.
    """
    alike = [(born, "dob")] if born else []
    alike += [(number_similarity(typed, value), name) for value, name in values]
    return max(alike, key=itemgetter(0))


FEATURES = (
    Feature("names", 0.6, lambda query: bool(query.words), Scorer.whole_name),
    Feature("surname", 0.4, lambda query: bool(query.surname), Scorer.surname),
    Feature("name", 0.3, lambda query: bool(query.name), Scorer.name),
    Feature("dob", 0.25, lambda query: bool(query.dob or query.day), Scorer.dob),
    Feature("document_number", 0.4, lambda query: bool(query.numbers), Scorer.number),
)
_NAMES = {"names", "surname", "name"}
# How alike a value of a customer is that a query may ask for by its name.
_ASKED = {
    "surname": Scorer.surname,
    "name": Scorer.name,
    "dob": Scorer.asked_dob,
    "document_number": Scorer.asked_number,
}
