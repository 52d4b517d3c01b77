"""An index as one file, and back.

The first line is JSON: the format, a checksum of all that follows, the moment, the fields, and
where each array stands. The arrays follow as they are in memory. A reader maps the file and
copies nothing, so that a starting function answers at once.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalicelib.search.births import Births
from chalicelib.search.grams import Grams
from chalicelib.search.index import SearchIndex
from chalicelib.search.postings import Postings
from chalicelib.search.segment import Segment
from chalicelib.search.vocabulary import Vocabulary

# Another number for every change of what is in the file: an older release refuses it.
FORMAT = 1
_ALIGNED = 64
_HEADER_BYTES = 4096
Arrays = Mapping[str, NDArray[Any]]


class UnreadableSnapshot(Exception):
    """The file is torn, or another release wrote it."""


def write_index(path: Path, index: SearchIndex, moment: int) -> None:
    """Writes the index as it is at `moment` (milliseconds)."""
    arrays = _arrays_of(index.as_one())
    places, end, checksum = {}, _HEADER_BYTES, 0
    with path.open("wb") as file:
        file.write(bytes(_HEADER_BYTES))
        for name, array in arrays.items():
            data = np.ascontiguousarray(array).tobytes()
            data += bytes(-len(data) % _ALIGNED)
            places[name] = [end, str(array.dtype), list(array.shape)]
            checksum = zlib.crc32(data, checksum)
            file.write(data)
            end += len(data)
        header = {
            "format": FORMAT,
            "checksum": checksum,
            "bytes": end,
            "moment": moment,
            "fields": sorted(index.fields),
            "arrays": places,
        }
        file.seek(0)
        file.write(json.dumps(header).encode().ljust(_HEADER_BYTES - 1) + b"\n")


def read_index(path: Path) -> tuple[SearchIndex, int]:
    """The index in a file and its moment. Raises UnreadableSnapshot."""
    try:
        data = np.memmap(path, np.uint8, mode="r")
        header = json.loads(data[:_HEADER_BYTES].tobytes())
    except (OSError, ValueError) as error:
        raise UnreadableSnapshot(f"no header: {error!r}") from error
    if header.get("format") != FORMAT:
        raise UnreadableSnapshot(f"format {header.get('format')} is not {FORMAT}")
    if header["bytes"] != len(data) or zlib.crc32(data[_HEADER_BYTES:].data) != header["checksum"]:
        raise UnreadableSnapshot("the checksum is wrong")
    arrays = {name: _array(data, *place) for name, place in header["arrays"].items()}
    index = SearchIndex(header["fields"])
    index.adopt(_segment_of(arrays))
    return index, header["moment"]


def _array(data: NDArray[np.uint8], start: int, dtype: str, shape: list[int]) -> NDArray[Any]:
    kind = np.dtype(dtype)
    size = kind.itemsize * int(np.prod(shape))
    return data[start : start + size].view(np.ndarray).view(kind).reshape(shape)


def _arrays_of(segment: Segment) -> Arrays:
    words = "\n".join(segment.vocabulary.words).encode()
    return {
        "ids": segment.ids,
        "by_id": segment.by_id,
        "rank": segment.rank,
        "updated": segment.updated,
        "texts": segment.texts,
        "text_ends": segment.text_ends,
        "words": np.frombuffer(words, np.uint8),
        "names": segment.names,
        "others": segment.others,
        "days": segment.births.days,
        "number_rows": segment.number_rows,
        **dict(_parts("with_word", segment.with_word)),
        **dict(_parts("born", segment.births.born)),
        **dict(_parts("word_grams", segment.vocabulary.grams.postings)),
        "word_counts": segment.vocabulary.grams.counts,
        **dict(_parts("number_grams", segment.numbers.postings)),
        "number_counts": segment.numbers.counts,
    }


def _parts(name: str, postings: Postings) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{name}.numbers", postings.numbers
    yield f"{name}.ends", postings.ends


def _segment_of(arrays: Arrays) -> Segment:
    words = arrays["words"].tobytes().decode()
    vocabulary = Vocabulary(
        words.split("\n") if words else [],
        Grams(Vocabulary.PAIRS, _postings(arrays, "word_grams"), arrays["word_counts"]),
    )
    return Segment(
        ids=arrays["ids"],
        by_id=arrays["by_id"],
        rank=arrays["rank"],
        updated=arrays["updated"],
        texts=arrays["texts"],
        text_ends=arrays["text_ends"],
        vocabulary=vocabulary,
        with_word=_postings(arrays, "with_word"),
        names=arrays["names"],
        others=arrays["others"],
        births=Births(arrays["days"], _postings(arrays, "born")),
        numbers=Grams(Segment.TRIPLES, _postings(arrays, "number_grams"), arrays["number_counts"]),
        number_rows=arrays["number_rows"],
    )


def _postings(arrays: Arrays, name: str) -> Postings:
    return Postings(arrays[f"{name}.numbers"], arrays[f"{name}.ends"])
