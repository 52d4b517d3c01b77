"""An index as one file, and back.

The first line says the format, how long the header is, and a checksum of all that follows. The
header is JSON: the moment, the fields, and where each array stands. The arrays follow as they are
in memory. A reader maps the file and copies nothing, so that a starting function answers at once.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from chalicelib.search.births import Births
from chalicelib.search.grams import Grams
from chalicelib.search.index import SearchIndex
from chalicelib.search.postings import Postings
from chalicelib.search.segment import Segment
from chalicelib.search.signatures import ByLastLetter, Signatures
from chalicelib.search.texts import Texts
from chalicelib.search.vocabulary import Commonest, Near, Vocabulary

# Another number for every change of what is in the file: an older release refuses it.
FORMAT = 12
_NAME = "sins-search-index"
_FIRST_LINE = 64
_ALIGNED = 64
Arrays = Mapping[str, NDArray[Any]]


class UnreadableSnapshot(Exception):
    """The file is torn, or another release wrote it."""


def write_index(path: Path, index: SearchIndex, moment: int) -> None:
    """Writes the index as it is at `moment` (milliseconds)."""
    segment = index.as_one().knowing_commonest()
    arrays = {name: np.ascontiguousarray(a) for name, a in _arrays_of(segment).items()}
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = [end, str(array.dtype), list(array.shape)]
        end += array.nbytes + _padding(array.nbytes)
    header = {"moment": moment, "fields": sorted(index.fields), "arrays": places}
    text = json.dumps(header).encode()
    text += b" " * _padding(len(text))
    with path.open("wb") as file:
        file.write(bytes(_FIRST_LINE))
        checksum = _write(file, text, 0)
        for array in arrays.values():
            checksum = _write(file, array.tobytes() + bytes(_padding(array.nbytes)), checksum)
        file.seek(0)
        file.write(_first_line(len(text), checksum))


def read_index(path: Path) -> tuple[SearchIndex, int]:
    """The index in a file and its moment. Raises UnreadableSnapshot."""
    try:
        data = np.memmap(path, np.uint8, mode="r")
        first, rest = data[:_FIRST_LINE].tobytes(), data[_FIRST_LINE:]
        length = int(first.split()[2])
    except (OSError, ValueError, IndexError) as error:
        raise UnreadableSnapshot(f"no snapshot: {error!r}") from error
    if first != _first_line(length, zlib.crc32(rest.data)):
        raise UnreadableSnapshot("it is torn, or not of this format")
    header, body = json.loads(rest[:length].tobytes()), rest[length:]
    arrays = {name: _array(body, *place) for name, place in header["arrays"].items()}
    index = SearchIndex(header["fields"])
    index.adopt(_segment_of(arrays))
    return index, header["moment"]


def _first_line(header_length: int, checksum: int) -> bytes:
    line = f"{_NAME} {FORMAT} {header_length} {zlib.crc32(str(header_length).encode(), checksum)}"
    return line.encode().ljust(_FIRST_LINE - 1) + b"\n"


def _write(file: BinaryIO, data: bytes, checksum: int) -> int:
    file.write(data)
    return zlib.crc32(data, checksum)


def _padding(length: int) -> int:
    return -length % _ALIGNED


def _array(data: NDArray[np.uint8], start: int, dtype: str, shape: list[int]) -> NDArray[Any]:
    kind = np.dtype(dtype)
    size = kind.itemsize * int(np.prod(shape))
    return data[start : start + size].view(np.ndarray).view(kind).reshape(shape)


def _arrays_of(segment: Segment) -> Arrays:
    words = "\n".join(segment.vocabulary.words).encode()
    return {
        "ids": segment.ids,
        "updated": segment.updated,
        "texts": segment.texts.letters,
        "text_ends": segment.texts.ends,
        "vocabulary": np.frombuffer(words, np.uint8),
        "word_letters": segment.vocabulary.signatures.letters,
        "word_pairs": segment.vocabulary.signatures.pairs,
        "last_letter.numbers": segment.vocabulary.by_last_letter.numbers,
        "last_letter.letters": segment.vocabulary.by_last_letter.letters,
        "last_letter.starts": segment.vocabulary.by_last_letter.starts,
        "commonest": segment.vocabulary.commonest.words,
        "commonest.ends": segment.vocabulary.commonest.ends,
        "commonest.near": segment.vocabulary.commonest.near.words,
        "commonest.values": segment.vocabulary.commonest.near.values,
        "words": segment.words,
        "of_surname": segment.of_surname,
        "has_more": segment.has_more,
        "days": segment.births.days,
        "number_rows": segment.number_rows,
        **dict(_parts("with_word", segment.with_word)),
        **dict(_parts("born", segment.births.born)),
        "numbers": segment.numbers.letters,
        "number_ends": segment.numbers.ends,
        **dict(_parts("number_grams", segment.number_grams.postings)),
        "number_counts": segment.number_grams.counts,
    }


def _parts(name: str, postings: Postings) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{name}.numbers", postings.numbers
    yield f"{name}.ends", postings.ends


def _segment_of(arrays: Arrays) -> Segment:
    words = arrays["vocabulary"].tobytes().decode()
    vocabulary = Vocabulary(
        words.split("\n") if words else [],
        Signatures(arrays["word_letters"], arrays["word_pairs"]),
        ByLastLetter(*(arrays[f"last_letter.{name}"] for name in ("numbers", "letters", "starts"))),
        Commonest(
            arrays["commonest"],
            arrays["commonest.ends"],
            Near(arrays["commonest.near"], arrays["commonest.values"]),
        ),
    )
    return Segment(
        ids=arrays["ids"],
        updated=arrays["updated"],
        texts=Texts(arrays["texts"], arrays["text_ends"]),
        vocabulary=vocabulary,
        with_word=_postings(arrays, "with_word"),
        words=arrays["words"],
        of_surname=arrays["of_surname"],
        has_more=arrays["has_more"],
        births=Births(arrays["days"], _postings(arrays, "born")),
        numbers=Texts(arrays["numbers"], arrays["number_ends"]),
        number_grams=Grams(_postings(arrays, "number_grams"), arrays["number_counts"]),
        number_rows=arrays["number_rows"],
    )


def _postings(arrays: Arrays, name: str) -> Postings:
    return Postings(arrays[f"{name}.numbers"], arrays[f"{name}.ends"])
