"""The bits of many words are made at once."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.folding import fold
from chalicelib.search.signatures import Signature, Signatures

WORDS = st.lists(st.text().map(fold).flatmap(lambda text: st.sampled_from(text.split() or ["a"])))


@given(WORDS | st.lists(st.text("ab", min_size=1)))
def test_many_words_have_the_bits_that_each_has_by_itself(words: list[str]) -> None:
    many = Signatures.of_words(words)
    one_by_one = [Signature.of(word) for word in words]
    assert many.letters.tolist() == [one.letters for one in one_by_one]
    assert many.pairs.tolist() == [one.pairs for one in one_by_one]
