"""Folding: text without what people leave out or write in another way."""

# ruff: noqa: RUF001 (letters and digits of other scripts are on purpose)

import pytest

from chalicelib.domain.folding import fold, fold_number, transliterations


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Müller", "muller"),
        ("MULLER", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Åse", "ase"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Đorđe", "dorde"),
        ("D\u0131van İnan", "divan inan"),
        ("Æbleskov", "aebleskov"),
        ("Ǣgir Ǿrsted", "aegir orsted"),
        ("Œuvrard", "oeuvrard"),
        ("Þór Guðmundsson", "thor gudmundsson"),
        ("O'Neill-Smith", "o neill smith"),
        ("J.R.R.", "j r r"),
        ("  a_b  ", "a b"),
        ("Ольга", "olga"),
        ("शर्मा राहुल", "शरमा राहुल"),
        ("พิมพ์ชนก", "พิมพ์ชนก"),
        ("مُحَمَّد", "محمد"),
        ("gar\u200bcía gar\u00adcia", "garcia garcia"),
        ("Anna\u2764\ufe0fBerta \ufe0f", "anna berta"),
        ("X ٩٤٦ ９", "x 946 9"),
        ("葛\U000e0100城 1\ufe0f Anna\ufe0f", "葛城 1 anna"),
        ("O\u02bcNeill Ka\u02bbahumanu Ol\u02b9ga", "o neill ka ahumanu ol ga"),
        ("Мар\u02bcяна", "mar iana"),
        ("ЩЕРБАКОВА Юлия Йёлкина", "shcherbakova iuliia ielkina"),
        ("Объездъ Ґалаґан Ђурђевић", "obezd galagan durdevic"),
        ("Παπαδόπουλος Ψαρρή Ευθύμιος", "papadopoulos psarri euthumios"),
        ("محمــد", "محمد"),
        ("...", ""),
        ("é!", "e"),
        ("", ""),
    ],
)
def test_folding_drops_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "text", ["Müller", "Straße", "İnan", "O'Neill", "Þór", "²", "ﷺ", "राहुल", "พิมพ์ชนก", "٩٤"]
)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("persian", "arabic"),
    [("محمدی", "محمدي"), ("کریم", "كريم"), ("فاطمه", "فاطمة"), ("مصطفی", "مصطفى")],
)
def test_a_name_is_the_same_from_a_persian_and_an_arabic_keyboard(
    persian: str, arabic: str
) -> None:
    assert fold(persian) == fold(arabic)


@pytest.mark.parametrize("text", [" X-94 678/b ", "x94678B", "X.94.678.b"])
def test_a_number_is_folded_without_spaces(text: str) -> None:
    assert fold_number(text) == "x94678b"


@pytest.mark.parametrize("text", ["ΒΧ 413920", "ВХ 413920", "вх-413920", "BX413920"])
def test_a_letter_of_a_number_is_what_it_looks_like(text: str) -> None:
    assert fold_number(text) == "bx413920"


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("Müller", {"mueller"}),
        ("Mu\u0308ller", {"mueller"}),
        ("Mueller", {"muller"}),
        ("Muller", set()),
        ("Schröder", {"schroeder"}),
        ("Schroeder", {"schroder"}),
        ("Jäger", {"jaeger"}),
        ("Sørensen", {"soerensen"}),
        ("Soerensen", {"sorensen"}),
        ("Åse", {"aase"}),
        ("Aase", {"ase"}),
        ("Æbleskov", {"ableskov"}),
        ("Schmidt", set()),
    ],
)
def test_a_word_has_the_spellings_of_a_keyboard_without_its_letters(
    word: str, others: set[str]
) -> None:
    assert set(transliterations(word)) == others


def test_names_that_differ_in_a_vowel_sign_stay_different() -> None:
    assert fold("राहुल") != fold("रोहिल")
    assert fold("मीना") != fold("मोना")
