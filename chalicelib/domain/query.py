"""Queries: what an agent typed, taken apart."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from datetime import date
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.folding import fold, fold_number, has_digit, transliterations, visible

# Year first or day first, the same sign twice. Of a year that somebody may be born in: digits with
# spaces between may be a number too.
_DATE = re.compile(
    r"\b((?:18|19|20)\d\d)([-./ ])\s?(\d{1,2})\2\s?(\d{1,2})\b"
    r"|\b(\d{1,2})([-./ ])\s?(\d{1,2})\6\s?((?:18|19|20)\d\d)\b"
)
# As the page writes them, September with four letters, or in full.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = (
    "(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"\b(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?=(?:18|19|20)?\d\d\b)"
# `28 Feb 1984`, `28. February 1984`, `28-Feb-1984`, and then `February 28, 1984`.
_WRITTEN_DATE = re.compile(
    rf"{_DAY}[ .-]{{1,2}}{_MONTH}[ -]{_YEAR}|\b{_MONTH} {_DAY},? {_YEAR}", re.IGNORECASE
)
# A year that a customer may be born in.
_BIRTH_YEAR = re.compile(r"18[5-9]\d|19\d\d|20\d\d")
# `28.2.84`, where nothing else goes on.
_SHORT_DATE = re.compile(r"(?<![-./\w])(\d{1,2}([-./])\s?\d{1,2}\2\s?)(\d\d)(?![-./]?\w)")
# `AB 123 456`: how a number begins. A surname of two letters is seldom typed in capitals.
_NUMBER_PREFIX = re.compile(r"[A-Z]{1,2}")
# What stands between the values of a row that somebody pastes, and in no number.
_COMMAS = re.compile("[,;|\u060c\uff0c\uff1b]")
# So many letters may be of a number too, wherever they stand: `abc 661234`, `723 456 XYZ`.
_LETTERS_OF_NUMBER = 4
# Nobody has more names; a text of single letters would be compared with everybody.
MAX_WORDS = 8
# Several numbers are compared one by one too.
MAX_NUMBERS = 8


class Word(Struct, frozen=True):
    """A word of a name, folded, and how else it is written."""

    text: str
    spellings: tuple[str, ...] = ()


class Query(Struct, frozen=True):
    """What is looked for.

    `text` is all that was typed, folded. `number` is all of it that is no name and no date, and
    `parts` are its words where it has several: one number, or more. `names_text` is the rest,
    folded, of however many `words`; `typed` are all words but the date, as they were typed.
    `surname`, `name`, `dob` and `document_number` hold what was asked of that very value: whoever
    does not have it is not found. `surname_text` and `name_text` are all of it, folded, of however
    many words. `fields` are the dynamic fields that are searched too.
    """

    text: str = ""
    words: tuple[Word, ...] = ()
    names_text: str = ""
    typed: tuple[str, ...] = ()
    day: str = ""
    number: str = ""
    parts: tuple[str, ...] = ()
    surname: tuple[Word, ...] = ()
    name: tuple[Word, ...] = ()
    surname_text: str = ""
    name_text: str = ""
    dob: str = ""
    document_number: str = ""
    fields: frozenset[str] = frozenset()

    def as_names(self) -> "Query":
        """The same where no word is a number, as some are called."""
        names_text = fold(" ".join(self.typed))
        return replace(self, words=_words(self.typed), names_text=names_text, number="", parts=())

    def as_number(self) -> "Query | None":
        """The same where every word is of one number; None where they are too long for that."""
        if not self.number or self.document_number or self.surname or self.name:
            return None
        if not 0 < sum(len(word.text) for word in self.words) <= _LETTERS_OF_NUMBER:
            return None
        number = fold_number(" ".join(self.typed))
        return replace(self, words=(), names_text="", number=number, parts=_several(self.typed))

    @property
    def all_words(self) -> tuple[Word, ...]:
        return tuple(dict.fromkeys((*self.words, *self.surname, *self.name)))

    @property
    def day_digits(self) -> str:
        """The date as a number, year first."""
        return self.day.replace("-", "")

    @property
    def days(self) -> tuple[str, ...]:
        """The dates that were meant, as ISO dates."""
        found = (self.day, self.dob, *self.days_as_numbers)
        return tuple(dict.fromkeys(day for day in found if day))

    @property
    def days_as_numbers(self) -> tuple[str, ...]:
        """The dates that a number may mean."""
        return tuple(day for number in (self.number, *self.parts) for day in days_in(number))

    @property
    def years(self) -> tuple[str, ...]:
        """The years of birth that a number beside names may mean. Alone it says nothing of one."""
        found = dict.fromkeys((self.number, *self.parts)) if self.all_words else ()
        return tuple(filter(_BIRTH_YEAR.fullmatch, found))

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(number for number in (self.number, self.document_number) if number)
        )


def parse_query(
    text: str,
    surname: str = "",
    name: str = "",
    dob: str = "",
    document_number: str = "",
    fields: Iterable[str] = (),
) -> Query:
    """Finds the date of birth and the number in what was typed; the rest are names.

    A word with a digit belongs to the number, and so do one or two capitals beside it.
    """
    text, surname, name, dob = map(visible, (text, surname, name, dob))
    day, rest = _take_date(_months_in_digits(text))
    typed = _said_once(_COMMAS.sub(" ", rest), {day, dob} - {""})
    is_number = [_is_number(typed, at) for at in range(len(typed))]
    names = [word for word, taken in zip(typed, is_number, strict=True) if not taken]
    numbers = [word for word, taken in zip(typed, is_number, strict=True) if taken]
    return Query(
        text=fold(text),
        words=_words(names),
        names_text=fold(" ".join(names)),
        typed=tuple(typed),
        day=day,
        number=fold_number(" ".join(numbers)),
        parts=_several(numbers),
        surname=_words(surname.split()),
        name=_words(name.split()),
        surname_text=fold(surname),
        name_text=fold(name),
        dob=dob,
        document_number=fold_number(document_number),
        fields=frozenset(fields),
    )


def years_in_full(text: str, this_year: int) -> str:
    """What was typed, with four digits of a year for two: the last year that ends so.

    Nobody is born later, and hardly anybody was before.
    """
    return _SHORT_DATE.sub(partial(_in_full, this_year), _months_in_digits(visible(text)))


def days_in(digits: str) -> tuple[str, ...]:
    """The dates that eight or six digits may mean, year first or last; of six in either century."""
    if len(digits) not in (6, 8) or not digits.isascii() or not digits.isdigit():
        return ()
    parted = (
        (digits[:-4], digits[-4:-2], digits[-2:]),
        (digits[4:], digits[2:4], digits[:2]),
    )
    centuries = ("",) if len(digits) == 8 else ("19", "20")
    written = (f"{one}{year}-{month}-{day}" for year, month, day in parted for one in centuries)
    return tuple(filter(_is_date, written))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _said_once(text: str, days: Set[str]) -> list[str]:
    """The words without these dates: who says one twice, perhaps as digits, says no more by it."""
    if not days:
        return text.split()
    day, rest = _take_date(text)
    while day in days:
        text = rest
        day, rest = _take_date(text)
    return [word for word in text.split() if not days & {*days_in(fold_number(word))}]


def _is_number(words: list[str], at: int) -> bool:
    if has_digit(words[at]):
        return True
    beside = words[max(0, at - 1) : at + 2]
    return bool(_NUMBER_PREFIX.fullmatch(words[at])) and any(map(has_digit, beside))


def _several(words: Iterable[str]) -> tuple[str, ...]:
    """The numbers that these words are one by one, folded; none where there is only one.

    Letters belong to the digits behind them, or else to those before.
    """
    found, letters = [""], ""
    for word in words:
        if has_digit(word):
            found.append(letters + word)
            letters = ""
        else:
            letters += word
    found[-1] += letters
    numbers = tuple(map(fold_number, found[1 : MAX_NUMBERS + 1]))
    return numbers if len(numbers) > 1 else ()


def _words(typed: Iterable[str]) -> tuple[Word, ...]:
    # A hyphen parts two words; how else they are written is found before it is folded away.
    found = [
        Word(folded, transliterations(part))
        for word in typed
        for part in _parts(unicodedata.normalize("NFC", word))
        if (folded := fold(part))
    ]
    return tuple(found[:MAX_WORDS])


def _parts(word: str) -> list[str]:
    """The words that punctuation parts; a mark belongs to the letter before it."""
    return "".join(one if _is_of_word(one) else " " for one in word).split()


def _is_of_word(one: str) -> bool:
    return one.isalnum() or unicodedata.category(one).startswith("M")


def _months_in_digits(text: str) -> str:
    return _WRITTEN_DATE.sub(_in_digits, unicodedata.normalize("NFC", text))


def _in_digits(written: re.Match[str]) -> str:
    day, month, other_month, other_day = written.groups()
    number = _MONTHS.index((month or other_month)[:3].capitalize()) + 1
    return f"{day or other_day}.{number}."


def _in_full(this_year: int, short: re.Match[str]) -> str:
    before, _, ending = short.groups()
    full = f"{before}{this_year - (this_year - int(ending)) % 100}"
    return full if _take_date(full)[0] else short[0]


def _take_date(text: str) -> tuple[str, str]:
    """The first date in a text, as an ISO date, and the rest of the text."""
    at = 0
    while found := _DATE.search(text, at):
        if iso := next(filter(_is_date, _dates_of(found)), ""):
            return iso, text[: found.start()] + " " + text[found.end() :]
        # What is no date may end with the beginning of one.
        at = found.start() + 1
    return "", text


def _dates_of(found: re.Match[str]) -> Iterator[str]:
    """What the digits may mean, as ISO dates. Of two numbers before a year the month is second."""
    year, _, month, day, first, _, second, last = found.groups()
    # Where that is none they are as Americans write them.
    written = [(year, month, day)] if year else [(last, second, first), (last, first, second)]
    return (f"{year}-{int(month):02}-{int(day):02}" for year, month, day in written)
