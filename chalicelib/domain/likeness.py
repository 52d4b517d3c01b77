"""Likeness: how alike two words, numbers, dates or names are, 0..1.

Words are compared by Jaro-Winkler (Winkler, 1990), which favours a common beginning, and by optimal
string alignment (OSA), which counts wrong, missing, extra and swapped letters.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any, NamedTuple

from chalicelib.domain.query import Word

# A number, or an array of them, and what says which of two is smaller: `min`, or NumPy's.
Amount = Any
Smaller = Callable[[Amount, Amount], Amount]
# How alike two dates are that are one edit apart.
ONE_EDIT = 0.6
# How alike a name and its beginning are at least that was typed, were it only the first letter.
BEGINNING = 0.7
# How alike what was typed and an initial are, which is all that is known of somebody's name.
_INITIAL = 0.6
# How much of a similarity is left where it took another spelling to see it.
RESPELLED = 0.97
BEGINNING_RESPELLED = RESPELLED * BEGINNING
# How alike a number and its beginning or its end are at least, of which so many characters tell.
END_OF_NUMBER = 0.64
LEAST_END = 4
# How alike a year that was typed and a date in it are: it tells as much.
BORN_THAT_YEAR = END_OF_NUMBER
# How alike names are that have each typed word just so, whatever else they have: likely beside the
# right number.
_EVERY_WORD = 0.62


def word_similarity(word: str, other: str) -> float:
    """How alike two folded words are: the mean of Jaro-Winkler and OSA, squared."""
    if word == other:
        return 1.0
    compare = comparers()
    alike = float(mean_squared(compare.jaro_winkler(word, other), compare.osa(word, other)))
    return max(alike, least_similarity(word, other))


def least_similarity(word: str, other: str) -> float:
    """How alike a typed word and another are at least.

    It may begin the other, or the other may be its initial.
    """
    if other.startswith(word):
        return BEGINNING
    return _INITIAL if other == word[0] else 0.0


def mean_squared(jaro_winkler: Amount, osa: Amount) -> Amount:
    """How alike words are, from two ways to compare them. Takes numbers or arrays of them."""
    both = (jaro_winkler + osa) / 2
    return both * both


def spelled_similarity(word: Word, other: str) -> float:
    """`word_similarity` for a word that was typed, in the spelling that fits best."""
    best = word_similarity(word.text, other)
    for text in word.spellings:
        best = max(best, RESPELLED * word_similarity(text, other))
    return best


def aligned(typed: Amount, customer: Amount) -> Amount:
    """How alike names are: two thirds by how well the typed words are found, a third by the name's.

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


def least_same_letters(whole: Amount) -> Amount:
    """How alike names are at least whose whole letters are so much alike.

    The same ones with other spaces are the same name: some are written without any. Takes numbers
    or arrays of them.
    """
    return RESPELLED * (whole == 1)


def together(*names: str) -> list[str]:
    """Those names that have several words, as some write them: as one."""
    # Most have none: to look through all of them at once is faster.
    if " " not in "".join(names):
        return []
    return [name.replace(" ", "") for name in names if " " in name]


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
        """How well the typed words are found among a name's, and the name's among the typed ones.

        A typed word may also be found among the `others`; who typed none of those lacks nothing.
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


def number_similarity(typed: str, number: str) -> float:
    """How alike two folded numbers are; nothing is like none."""
    alike = float(number_alike(comparers().osa(typed, number), min)) if number else 0.0
    return max(alike, END_OF_NUMBER) if is_end(typed, number) else alike


def is_end(typed: str, number: str) -> bool:
    """Whether it is enough of a number's beginning or end: many are asked for the last four."""
    return len(typed) >= LEAST_END and (number.startswith(typed) or number.endswith(typed))


def number_alike(osa: Amount, smaller: Smaller) -> Amount:
    """How alike numbers are, from how few characters differ. Takes numbers or arrays of them.

    Where they are not the same, what is more than half alike counts half: somebody else may well
    have nearly the same number.
    """
    nearly = smaller(osa, (osa + 0.5) / 2)
    return nearly + (osa == 1) * (1 - nearly)


def dob_similarity(day: str, dob: str) -> float:
    """How alike two ISO dates are: the same, one edit apart, or not at all."""
    return dobs_like(day).get(dob, 0.0)


@lru_cache
def dobs_like(day: str) -> Mapping[str, float]:
    """What is like an ISO date, and how alike; some of it is no date.

    One edit is one digit, two neighbours that changed places, or the day and the month that did.
    """
    parted = [(day[:at], one, day[at + 1 :]) for at, one in enumerate(day) if one != "-"]
    wrong = [before + other + behind for before, _, behind in parted for other in "0123456789"]
    swapped = [before + behind[:1] + one + behind[1:] for before, one, behind in parted]
    # Where others write the month first, the same digits are another day.
    turned = f"{day[:5]}{day[8:]}-{day[5:7]}"
    return {**dict.fromkeys([*wrong, *swapped, turned], ONE_EDIT), day: 1.0}


def average(weights: Sequence[int], values: Iterable[Amount]) -> Amount:
    """The weighted average of numbers, or of arrays of them; 0 of none."""
    return added(map(mul, weights, values)) / max(sum(weights), 1)


def added(numbers: Iterable[Amount]) -> Amount:
    """Their sum, one after the other, as arrays add: since Python 3.12 `sum` is more exact."""
    return reduce(add, numbers, 0.0)


class Comparers(NamedTuple):
    """RapidFuzz's ways to compare two texts, 0..1."""

    jaro_winkler: Callable[[str, str], float]
    osa: Callable[[str, str], float]
    indel: Callable[[str, str], float]


@lru_cache(maxsize=1)
def comparers() -> Comparers:
    """RapidFuzz's, imported when they are first asked for."""
    # A function that never searches never imports them.
    from rapidfuzz.distance import OSA, Indel, JaroWinkler

    return Comparers(
        jaro_winkler=JaroWinkler.similarity,
        osa=OSA.normalized_similarity,
        indel=Indel.normalized_similarity,
    )
