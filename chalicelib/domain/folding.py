"""Folding: text without what people leave out or write in another way."""

# ruff: noqa: RUF001 (letters of other scripts are on purpose)

import re
import unicodedata
from collections.abc import Iterator

# Letters that stay whole under Unicode decomposition. The Arabic ones stand for one another: an
# Arabic keyboard has others than a Persian one, and people spell with both.
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
        "\N{ARABIC LETTER YEH}": "\N{ARABIC LETTER FARSI YEH}",
        "\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER FARSI YEH}",
        "\N{ARABIC LETTER KEHEH}": "\N{ARABIC LETTER KAF}",
        "\N{ARABIC LETTER TEH MARBUTA}": "\N{ARABIC LETTER HEH}",
        "\N{ARABIC LETTER HEH GOAL}": "\N{ARABIC LETTER HEH}",
    }
)
# Cyrillic as passports write it (ICAO Doc 9303, part 3), and Greek letter by letter, nearly as they
# do: who has no such keyboard finds the name, and who has one finds it in Latin letters. Accents
# are apart by then.
_SCRIPTS = """
    аa бb вv гg дd еe жzh зz иi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юiu
    яia ґg ђd єe ѕdz іi јj љlj њnj ћc џdz
    αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs τt υu φf χch ψps ωo
"""
_LETTERS |= {ord(one[0]): one[1:] for one in _SCRIPTS.split()}
# In a number a letter is what it looks like: who reads it from a card does not know its script.
_LOOKALIKES = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХ", "ABEZHIKMNOPTYXABEKMHOPCTYX")
# Letters to Unicode, which many keyboards lack: who has none of them types an apostrophe.
_APOSTROPHES = str.maketrans(dict.fromkeys("\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\ua78b\ua78c", "'"))
# How these are written where a keyboard lacks them (German, Danish, Norwegian, Swedish).
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_PAIRS = re.compile("ae|oe|ue|aa")
# Marks that are no accents: a Devanagari or a Thai word has its vowels so.
_VOWELS = ("Mn", "Mc")
# Marks that only choose how a letter or a sign is drawn, one that is never drawn, and the line that
# makes an Arabic word longer.
_VARIATIONS = re.compile("[\u034f\u0640\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Most names have no others. Each mark is left out; each letter is seen, but for the soft hyphen.
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LATIN = re.compile("[\0-\xac\xae-\u024f\u1e00-\u1eff]*")
_NOT_WORD = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")


def fold(text: str) -> str:
    """Lower case, without accents and punctuation, words one space apart; Latin where it may be."""
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", visible(text).casefold()).translate(_LETTERS)
    latin = _ACCENTS.sub("", plain)
    if latin.isascii():
        return _NOT_WORD.sub(" ", latin).strip()
    return " ".join("".join(_letters(plain)).split())


def visible(text: str) -> str:
    """The text without characters that nobody sees, and with the digits 0 to 9 for any script's.

    And with an apostrophe for a letter that looks like one.
    """
    if _LATIN.fullmatch(text):
        return text
    seen = (one for one in _plain(text) if unicodedata.category(one) != "Cf")
    return "".join(str(unicodedata.decimal(one, one)) for one in seen)


def _plain(text: str) -> str:
    return _VARIATIONS.sub("", text).translate(_APOSTROPHES)


def _letters(plain: str) -> Iterator[str]:
    """Letters and digits, with vowels that are written as marks, and a space between words."""
    is_within = False
    for one in plain:
        if unicodedata.combining(one):
            continue
        is_within = one.isalnum() or (is_within and unicodedata.category(one) in _VOWELS)
        yield one if is_within else " "


def fold_number(text: str) -> str:
    """A document number without spaces, punctuation and case."""
    if not text.isascii():
        text = text.upper().translate(_LOOKALIKES)
    return without_spaces(fold(text))


def without_spaces(text: str) -> str:
    return text.replace(" ", "")


def has_digit(text: str) -> bool:
    """Whether it may be a number that somebody typed."""
    return _DIGIT.search(text) is not None


def transliterations(word: str) -> tuple[str, ...]:
    """Other folded spellings of a word that was typed: of `müller` and of `mueller`."""
    folded = fold(word)
    # Most words are such: to fold them once more would tell nothing new.
    if word.isascii() and not _PAIRS.search(folded):
        return ()
    composed = unicodedata.normalize("NFC", word.casefold())
    others = (fold(composed.translate(_WRITTEN_OUT)), _PAIRS.sub(lambda pair: pair[0][0], folded))
    return tuple(other for other in dict.fromkeys(others) if other != folded)
