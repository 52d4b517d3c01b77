"""A typed word is compared with few words: what is found is held against a pass over them all."""

from random import Random

import numpy as np
import pytest

from chalicelib.domain.folding import fold, transliterations
from chalicelib.domain.likeness import BEGINNING_RESPELLED, spelled_similarity
from chalicelib.domain.query import Word
from chalicelib.search import vocabulary as searched
from chalicelib.search.vocabulary import Near, Vocabulary
from tests.bench.search.corpus import generated
from tests.bench.search.spelling import misspelled

TYPED = 300
MEANT = 0.6


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    names = {fold(one.names) for one in generated(20_000, seed=5)}
    return Vocabulary.of_words(sorted({word for name in names for word in name.split()}))


@pytest.mark.parametrize("mistakes", [1, 2])
def test_the_word_that_was_meant_is_near_what_was_typed(
    vocabulary: Vocabulary, mistakes: int
) -> None:
    random = Random(f"words {mistakes}")
    lost = []
    for meant in random.sample([word for word in vocabulary.words if len(word) > 3], TYPED):
        typed = Word(fold(misspelled(meant, mistakes, random)))
        likeness = spelled_similarity(typed, meant)
        number = vocabulary.number_of(meant)
        if likeness >= MEANT and number not in vocabulary.near(typed).words:
            lost.append(f"{typed.text} for {meant}")
    assert len(lost) <= TYPED / 100, lost


def test_a_word_is_near_though_its_first_letter_is_wrong_or_missing(
    vocabulary: Vocabulary,
) -> None:
    lost = [
        f"{typed} for {meant}"
        for meant in vocabulary.words[::2]
        for typed in (f"s{meant[1:]}", meant[1:])
        if len(meant) > 4 and vocabulary.number_of(meant) not in vocabulary.near(Word(typed)).words
    ]
    assert lost == []


def test_a_word_is_near_though_both_its_first_and_its_last_letter_are_wrong(
    vocabulary: Vocabulary,
) -> None:
    # Many words have the wrong ones, and are looked at first; but none of them is near.
    long = [word for word in vocabulary.words if len(word) > 7]
    lost = []
    for meant in Random("both ends").sample(long, TYPED):
        typed = Word(f"s{meant[1:-1]}n")
        if vocabulary.number_of(meant) not in vocabulary.near(typed).words:
            lost.append(f"{typed.text} for {meant}")
    assert len(lost) <= TYPED / 100, lost


@pytest.mark.parametrize("text", ["s", "ma", "ber", "schm", "mue"])
def test_every_word_that_what_was_typed_begins_is_near(vocabulary: Vocabulary, text: str) -> None:
    typed = Word(text, transliterations(text))
    near = vocabulary.near(typed)
    alike = dict(zip(near.words.tolist(), near.values.tolist(), strict=True))
    spellings = (typed.text, *typed.spellings)
    begun = [n for n, word in enumerate(vocabulary.words) if word.startswith(spellings)]
    assert begun
    for number in begun:
        real = spelled_similarity(typed, vocabulary.words[number])
        assert BEGINNING_RESPELLED - 1e-6 <= alike[number] <= real + 1e-6


def test_a_word_is_near_itself_and_compared_once(vocabulary: Vocabulary) -> None:
    for word in vocabulary.words[::500]:
        near = vocabulary.near(Word(word, ("mueller", "muller")))
        words = near.words.tolist()
        assert near.values[words.index(vocabulary.number_of(word))] == 1
        assert len(words) == len(set(words))


def test_a_word_that_comes_again_and_again_stays_remembered_among_any_number_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(searched, "REMEMBERED", 3)
    vocabulary = Vocabulary.of_words(["anna", "meyer"])
    first = vocabulary.near(Word("meyer"))
    for other in ("a", "b", "c", "d", "e"):
        vocabulary.near(Word(other))
        assert vocabulary.near(Word("meyer")) is first


def pairs(near: Near) -> list[tuple[int, float]]:
    return list(zip(near.words.tolist(), near.values.tolist(), strict=True))


def test_of_the_commonest_words_it_is_known_what_is_near_as_if_they_were_compared(
    vocabulary: Vocabulary,
) -> None:
    numbers = np.arange(0, len(vocabulary.words), 50, dtype=np.uint32)[::-1]
    knowing = vocabulary.knowing(numbers)
    for number in numbers.tolist():
        typed = Word(vocabulary.words[number])
        assert pairs(knowing.near(typed)) == pairs(vocabulary.compared(typed))
        assert knowing.near(typed).words.base is knowing.commonest.near.words


def test_in_another_spelling_more_is_near_than_is_known(vocabulary: Vocabulary) -> None:
    number = vocabulary.number_of("muller")
    assert number is not None
    knowing = vocabulary.knowing(np.array([number], np.uint32))
    typed = Word("muller", ("mueller",))
    assert pairs(knowing.near(typed)) == pairs(vocabulary.compared(typed))
    assert pairs(knowing.near(typed)) != pairs(knowing.near(Word("muller")))


def test_a_vocabulary_knows_nothing_at_first(vocabulary: Vocabulary) -> None:
    assert len(vocabulary.commonest.words) == 0
    assert pairs(vocabulary.near(Word("anna"))) == pairs(vocabulary.compared(Word("anna")))
