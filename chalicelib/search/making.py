"""Making segments: of customers, of other segments, of some of a segment's rows."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalicelib.domain.folding import has_digit
from chalicelib.domain.likeness import together
from chalicelib.domain.searchable import Searchable
from chalicelib.search.arrays import Flags, Ints
from chalicelib.search.births import Births, day_number
from chalicelib.search.customers import Entry
from chalicelib.search.grams import Grams
from chalicelib.search.postings import Postings
from chalicelib.search.segment import (
    FIELD,
    NAME_COLUMNS,
    OTHER_COLUMNS,
    PAIR,
    PART,
    Segment,
)
from chalicelib.search.signatures import Signatures
from chalicelib.search.texts import Texts
from chalicelib.search.vocabulary import Vocabulary

# Words are never empty.
_NO_WORD = ""


def segment_of_entries(entries: Iterable[Entry]) -> Segment:
    """The customers, all different, in one segment."""
    return _Builder(sorted(entries, key=attrgetter("id"))).segment()


def segment_of_segments(segments: Sequence[Segment]) -> Segment:
    """One segment of several, whose customers are all different."""
    words = sorted(set().union(*(segment.vocabulary.words for segment in segments)))
    number_of = {word: number for number, word in enumerate(words)}
    renumbered = [
        np.array([*(number_of[word] for word in s.vocabulary.words), len(words)], np.uint32)
        for s in segments
    ]
    ids = np.concatenate([segment.ids for segment in segments])
    order, new_rows = _in_order(ids, map(len, segments))
    number_rows = np.concatenate(
        [new[segment.number_rows] for segment, new in zip(segments, new_rows, strict=True)]
    )
    number_order, new_numbers = _in_order(number_rows, (len(s.number_rows) for s in segments))
    days = np.concatenate([segment.births.days for segment in segments])
    return Segment(
        ids=ids[order],
        updated=np.concatenate([segment.updated for segment in segments])[order],
        texts=Texts.joined([segment.texts for segment in segments]).in_order(order),
        vocabulary=Vocabulary.with_signatures(
            words, _signatures_joined(segments, renumbered, len(words))
        ),
        with_word=_postings_joined(
            [segment.with_word for segment in segments], renumbered, new_rows, len(words)
        ),
        words=_tables_joined([segment.words for segment in segments], renumbered)[order],
        of_surname=np.concatenate([segment.of_surname for segment in segments])[order],
        has_more=np.concatenate([segment.has_more for segment in segments])[order],
        births=Births.of_days(days[order]),
        numbers=Texts.joined([segment.numbers for segment in segments]).in_order(number_order),
        number_grams=_grams_joined([segment.number_grams for segment in segments], new_numbers),
        number_rows=number_rows[number_order],
    )


def segment_of_rows(segment: Segment, wanted: Flags) -> Segment:
    """The wanted rows alone: nothing is left of the others, nor of their words."""
    new_row = np.cumsum(wanted, dtype=np.uint32) - np.uint32(1)
    words, rows = segment.with_word.pairs()
    there = wanted[rows]
    words, rows = words[there], new_row[rows[there]]
    is_used = np.zeros(len(segment.vocabulary.words) + 1, np.bool_)
    is_used[words] = True
    new_word = np.cumsum(is_used, dtype=np.uint32) - np.uint32(1)
    used = [word for word, one in zip(segment.vocabulary.words, is_used, strict=False) if one]
    # The word that is not there stays the last.
    new_word[-1] = len(used)
    is_kept = wanted[segment.number_rows]
    new_number = np.cumsum(is_kept, dtype=np.uint32) - np.uint32(1)
    pieces, numbers = segment.number_grams.postings.pairs()
    kept_pieces = is_kept[numbers]
    return Segment(
        ids=segment.ids[wanted],
        updated=segment.updated[wanted],
        texts=segment.texts.only(wanted),
        vocabulary=Vocabulary.with_signatures(
            used, segment.vocabulary.signatures.only(is_used[:-1])
        ),
        with_word=Postings.of_pairs(new_word[words], rows, len(used)),
        words=new_word[segment.words[wanted]],
        of_surname=segment.of_surname[wanted],
        has_more=segment.has_more[wanted],
        births=Births.of_days(segment.births.days[wanted]),
        numbers=segment.numbers.only(is_kept),
        number_grams=Grams.of_pieces(
            pieces[kept_pieces],
            new_number[numbers[kept_pieces]],
            int(np.count_nonzero(is_kept)),
        ),
        number_rows=new_row[segment.number_rows[is_kept]],
    )


class _Builder:
    """Makes a segment of entries, row by row."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._names = [_name_words(entry.customer) for entry in entries]
        self._others = [_other_words(entry.customer) for entry in entries]
        called = {word for words in (*self._names, *self._others) for word in words}
        self._words = sorted(called)
        # The largest number stands for no word.
        self._number_of = {word: number for number, word in enumerate([*self._words, _NO_WORD])}

    def segment(self) -> Segment:
        entries = self._entries
        days = [day_number(entry.customer.dob) for entry in entries]
        numbers = [(n, row) for row, entry in enumerate(entries) for n in _numbers(entry.customer)]
        compared = [
            _compared_names(words, len(entry.customer.surname.split()))
            for entry, words in zip(entries, self._names, strict=True)
        ]
        return Segment(
            ids=np.array([entry.id.encode() for entry in entries], np.bytes_),
            updated=np.array([entry.updated for entry in entries], np.int64),
            texts=Texts.of(_text(entry.customer) for entry in entries),
            vocabulary=Vocabulary.of_words(self._words),
            with_word=self._with_word(),
            words=self._table([words for words, _ in compared]),
            of_surname=np.array([count for _, count in compared], np.uint8),
            has_more=self._has_more(),
            births=Births.of_days(np.array(days, np.uint32)),
            numbers=Texts.of(number for number, _ in numbers),
            number_grams=Grams.of_texts([number for number, _ in numbers]),
            number_rows=np.array([row for _, row in numbers], np.uint32),
        )

    def _with_word(self) -> Postings:
        words = [[*names, *some] for names, some in zip(self._names, self._others, strict=True)]
        rows = np.arange(len(words), dtype=np.uint32).repeat([*map(len, words)])
        return Postings.of_pairs(self._numbers_of(words), rows, len(self._words))

    def _table(self, names: Iterable[Sequence[str]]) -> Ints:
        """A row for each of these: words of names, and the first of its other words."""
        rows = (
            [*_filled(words, NAME_COLUMNS), *_filled(others, OTHER_COLUMNS)]
            for words, others in zip(names, self._others, strict=True)
        )
        return self._numbers_of(rows).reshape(-1, NAME_COLUMNS + OTHER_COLUMNS)

    def _has_more(self) -> Flags:
        """For each row whether some of its words are in no column."""
        words = zip(self._names, self._others, strict=True)
        has_more = (len(a) > NAME_COLUMNS or len(b) > OTHER_COLUMNS for a, b in words)
        return np.fromiter(has_more, np.bool_)

    def _numbers_of(self, words: Iterable[Iterable[str]]) -> Ints:
        """The numbers of all these, end to end."""
        return np.fromiter(map(self._number_of.__getitem__, chain.from_iterable(words)), np.uint32)


def _in_order(keys: NDArray[Any], lengths: Iterable[int]) -> tuple[NDArray[np.int64], list[Ints]]:
    """Where each of the keys, end to end of several parts, comes from when they are put in order.

    And for each part where its own went.
    """
    order = np.argsort(keys, kind="stable")
    new = np.empty(len(keys), np.uint32)
    new[order] = np.arange(len(keys), dtype=np.uint32)
    ends = [*accumulate(lengths)]
    return order, np.split(new, ends[:-1])


def _tables_joined(tables: Sequence[Ints], renumbered: Sequence[Ints]) -> Ints:
    return np.concatenate([new[table] for table, new in zip(tables, renumbered, strict=True)])


def _signatures_joined(
    segments: Sequence[Segment], renumbered: Sequence[Ints], count: int
) -> Signatures:
    letters, pairs = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    for segment, new in zip(segments, renumbered, strict=True):
        known = segment.vocabulary.signatures
        letters[new[:-1]], pairs[new[:-1]] = known.letters, known.pairs
    return Signatures(letters, pairs)


def _postings_joined(
    parts: Sequence[Postings],
    new_keys: Sequence[Ints],
    new_numbers: Sequence[Ints],
    key_count: int,
) -> Postings:
    pairs = [part.pairs() for part in parts]
    keys = [new[one] for (one, _), new in zip(pairs, new_keys, strict=True)]
    numbers = [new[one] for (_, one), new in zip(pairs, new_numbers, strict=True)]
    return Postings.of_pairs(np.concatenate(keys), np.concatenate(numbers), key_count)


def _grams_joined(parts: Sequence[Grams], new_numbers: Sequence[Ints]) -> Grams:
    pairs = [part.postings.pairs() for part in parts]
    buckets = np.concatenate([one for one, _ in pairs])
    owners = np.concatenate([new[one] for (_, one), new in zip(pairs, new_numbers, strict=True)])
    return Grams.of_pieces(buckets, owners, sum(len(part.counts) for part in parts))


def _name_words(customer: Searchable) -> list[str]:
    return f"{customer.surname} {customer.name}".split()


def _compared_names(words: list[str], of_surname: int) -> tuple[list[str], int]:
    """Of a name's words those that are compared as arrays, and how many are the surname's."""
    if len(words) <= NAME_COLUMNS:
        return words, of_surname

    # Of too many the longest, which tell most: one of each name, and then whichever they are.
    def shortness(at: int) -> int:
        return -len(words[at])

    surname, name = range(of_surname), range(of_surname, len(words))
    longest = {min(some, key=shortness) for some in (surname, name) if some}
    kept = sorted(range(len(words)), key=lambda at: (at not in longest, shortness(at)))
    kept = sorted(kept[:NAME_COLUMNS])
    return [words[at] for at in kept], sum(at < of_surname for at in kept)


def _filled(words: Sequence[str], columns: int) -> list[str]:
    """So many of the words, or none behind them."""
    return [*words, *[_NO_WORD] * columns][:columns]


def _other_words(customer: Searchable) -> list[str]:
    """What a typed word may be, beside one of the names' words; the most telling first."""
    of_fields = [word for _, value in customer.extra for word in value.split()]
    names = together(customer.surname, customer.name)
    return names + sorted(of_fields, key=len, reverse=True)


def _numbers(customer: Searchable) -> list[str]:
    """What may be typed as a number.

    The document number; what has a digit of the names, by words and as one; each dynamic field as a
    whole, and its words that have one.
    """
    names = together(customer.surname, customer.name, f"{customer.surname} {customer.name}")
    values = [customer.document_number, *filter(has_digit, [*_name_words(customer), *names])]
    for _, value in customer.extra:
        words = value.split()
        values += ["".join(words), *filter(has_digit, words)]
    return [*filter(None, dict.fromkeys(values))]


def _text(customer: Searchable) -> str:
    extra = "".join(f"{FIELD}{key}{PAIR}{value}" for key, value in customer.extra)
    values = (customer.surname, customer.name, customer.dob, customer.document_number)
    return PART.join(values) + extra
