"""How people misspell: what a query is made of when the truth is known."""

import unicodedata
from collections.abc import Callable
from datetime import date
from random import Random

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SPELT_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "ß": "ss"}
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "\u0131": "i", "æ": "ae"}


def typed_names(surname: str, name: str, random: Random) -> str:
    """The names as a hurried agent types them: wrong letters, and sometimes more than that.

    A second name may be missing, accents may be dropped or spelt out, the order may be the other.
    Short names get fewer wrong letters: nothing is left of three with two of them wrong.
    """
    if random.random() < 0.4:
        name = name.partition(" ")[0]
    parts = [name, surname] if random.random() < 0.3 else [surname, name]
    text = without_accents(" ".join(part for part in parts if part), random)
    letters = sum(character.isalnum() for character in text)
    edits = min(random.choice((1, 1, 1, 2, 2)), letters // 4)
    return misspelled(text, edits, random)


def typed_date(iso: str, random: Random) -> str:
    """A date of birth in one of two forms, with a wrong digit three times of ten."""
    if random.random() < 0.3:
        iso = _other_date(iso, random)
    year, month, day = iso.split("-")
    return iso if random.random() < 0.5 else f"{day}.{month}.{year}"


def typed_number(number: str, random: Random) -> str:
    """A document number with one or two wrong characters, with or without its separators."""
    if random.random() < 0.5:
        number = bare(number).upper()
    return misspelled(number, random.choice((1, 2)), random)


def without_accents(text: str, random: Random) -> str:
    """The text with its accents, without them, or with umlauts spelt out."""
    chance = random.random()
    if chance < 0.5:
        return text
    lower = text.lower()
    if chance < 0.7:
        lower = "".join(_SPELT_OUT.get(letter, letter) for letter in lower)
    plain = unicodedata.normalize("NFD", "".join(_PLAIN.get(letter, letter) for letter in lower))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", kept)


def misspelled(text: str, edits: int, random: Random) -> str:
    """The text with this many wrong places; other letters or digits unless `edits` is 0."""
    wrong = text
    while edits and bare(wrong) == bare(text):
        wrong = text
        for _ in range(edits):
            wrong = _edited(wrong, random)
    return wrong


def bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _edited(text: str, random: Random) -> str:
    places = [place for place, letter in enumerate(text) if letter.isalnum()]
    return random.choice(_EDITS)(text, random.choice(places), random) if places else text


def _substituted(text: str, place: int, random: Random) -> str:
    return text[:place] + _other(text[place], text, random) + text[place + 1 :]


def _deleted(text: str, place: int, _random: Random) -> str:
    return text[:place] + text[place + 1 :]


def _inserted(text: str, place: int, random: Random) -> str:
    return text[:place] + _other(text[place], text, random) + text[place:]


def _swapped(text: str, place: int, _random: Random) -> str:
    return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]


_EDITS: tuple[Callable[[str, int, Random], str], ...] = (
    _substituted,
    _deleted,
    _inserted,
    _swapped,
)


def _other(character: str, text: str, random: Random) -> str:
    """Another digit for a digit, a letter for a Latin letter, or else one of the same text."""
    if character.isdigit():
        return random.choice("0123456789".replace(character, ""))
    if "LATIN" in unicodedata.name(character, ""):
        return random.choice(LETTERS.replace(character.lower(), ""))
    return random.choice([letter for letter in text if letter.isalnum()])


def _other_date(iso: str, random: Random) -> str:
    """A real date that has one digit changed."""
    while True:
        place = random.choice((2, 3, 5, 6, 8, 9))
        wrong = iso[:place] + random.choice("0123456789") + iso[place + 1 :]
        if wrong != iso and _is_date(wrong):
            return wrong


def _is_date(iso: str) -> bool:
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True
