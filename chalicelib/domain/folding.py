"""Folding: text without what people leave out or write in another way."""

import re
import unicodedata

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
# How these are written where a keyboard lacks them (German, Danish, Norwegian, Swedish).
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_PAIRS = re.compile("ae|oe|ue|aa")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Lower case, without accents and punctuation, words one space apart."""
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", letters).strip()


def fold_number(text: str) -> str:
    """A document number without spaces, punctuation and case."""
    return fold(text).replace(" ", "")


def transliterations(word: str) -> tuple[str, ...]:
    """Other folded spellings of a word that was typed: of `müller` and of `mueller`."""
    folded = fold(word)
    composed = unicodedata.normalize("NFC", word.casefold())
    others = (fold(composed.translate(_WRITTEN_OUT)), _PAIRS.sub(lambda pair: pair[0][0], folded))
    return tuple(other for other in dict.fromkeys(others) if other != folded)
