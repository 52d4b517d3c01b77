"""Customers that nobody ever was, as many as are asked for.

Few names are frequent and many are rare, as in any registry: each list of `names.json` is taken
to be in the order of how common its names are (Zipf's law), and the rarest surnames are built
from syllables. Names, dates and numbers come from the seed alone.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

NAMES = Path(__file__).with_name("names.json")
FIRST_BIRTH, LAST_BIRTH, USUAL_BIRTH = date(1925, 1, 1), date(2007, 12, 31), date(1978, 1, 1)
NUMBER_PATTERNS = ("L########", "LL#######", "#########L", "LL-####-####", "### ### ###")
# A country code that no country has: nobody's phone rings.
PHONE_PATTERNS = ("+999 ## ### ## ##", "+999-##-#######", "+999#########", "+999 (###) ### ###")
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
REMARKS = (
    "Prefers to be called in the morning",
    "Speaks slowly, please be patient",
    "Asked for letters in large print",
    "Moved house; the new address is confirmed",
    "Only reachable by post",
)


class Ranked:
    """Words of which each is the rarer the later it comes."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(words))))

    def pick(self, random: Random) -> str:
        return random.choices(self._words, cum_weights=self._weights)[0]


class Language(Struct, frozen=True):
    """The names of one language; without syllables it has no rare surnames."""

    surnames: Ranked
    given: Ranked
    syllables: tuple[Sequence[str], ...]

    def surname(self, random: Random) -> str:
        if not self.syllables or random.random() < 0.5:
            return self.surnames.pick(random)
        if random.random() < 0.1:
            return f"{self.surnames.pick(random)}-{self._rare(random)}"
        return self._rare(random)

    def given_name(self, random: Random) -> str:
        name = self.given.pick(random)
        return f"{name} {self.given.pick(random)}" if random.random() < 0.15 else name

    def _rare(self, random: Random) -> str:
        return "".join(random.choices(part)[0] for part in self.syllables)


def customers(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """`count` customers as the API's POST takes them, one at a time.

    The same seed brings the same customers, and more of them begin with the fewer. Extra fields
    are `middle_name`, `alt_phone` and `notes`, where there are any.
    """
    random = Random(seed)
    languages, shares = _languages()
    for language in (random.choices(languages, cum_weights=shares)[0] for _ in range(count)):
        yield {
            "surname": language.surname(random),
            "name": language.given_name(random) if random.random() < 0.98 else None,
            "dob": _birth(random) if random.random() < 0.96 else None,
            "document_number": _number(random) if random.random() < 0.93 else None,
            "extra_fields": _extras(language, random),
        }


def _languages() -> tuple[list[Language], list[float]]:
    described = json.loads(NAMES.read_text(encoding="utf-8"))
    shares = itertools.accumulate(float(language["share"]) for language in described)
    return [_language(language) for language in described], list(shares)


def _language(described: dict[str, Any]) -> Language:
    syllables = (described["starts"], described["middles"], described["ends"])
    return Language(
        surnames=Ranked(described["surnames"]),
        given=Ranked(described["given"]),
        syllables=syllables if all(syllables) else (),
    )


def _birth(random: Random) -> str:
    days = [(day - FIRST_BIRTH).days for day in (LAST_BIRTH, USUAL_BIRTH)]
    return (FIRST_BIRTH + timedelta(days=int(random.triangular(0, *days)))).isoformat()


def _number(random: Random) -> str:
    return _filled(random.choices(NUMBER_PATTERNS)[0], random)


def _extras(language: Language, random: Random) -> dict[str, str]:
    extras = {}
    if random.random() < 0.15:
        extras["middle_name"] = language.given.pick(random)
    if random.random() < 0.25:
        extras["alt_phone"] = _filled(random.choices(PHONE_PATTERNS)[0], random)
    if random.random() < 0.05:
        extras["notes"] = random.choices(REMARKS)[0]
    return extras


def _filled(pattern: str, random: Random) -> str:
    """The pattern with a digit for each # and a letter for each L."""
    length = len(pattern)
    drawn = {
        "#": random.choices("0123456789", k=length),
        "L": random.choices(LETTERS, k=length),
    }
    return "".join(drawn[sign].pop() if sign in drawn else sign for sign in pattern)
