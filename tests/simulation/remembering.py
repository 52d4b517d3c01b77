"""What follows from a value alone is computed once a history.

All locations read the same messages, and look at the same records again and again. The product's
own functions do the work, the first time that each value is met.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType
from typing import TypeVar

import pytest
from msgspec.structs import replace

from chalicelib.domain import digest
from chalicelib.domain.change import Event
from chalicelib.handlers import functions
from chalicelib.messaging import codec, consumer

Value = TypeVar("Value")
Result = TypeVar("Result")
Decode = Callable[[bytes | None], Event]


@contextmanager
def remembering() -> Iterator[None]:
    """Of each message its form and its event, and of each record its hash."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consumer, "_lambda_record", once_each(consumer._lambda_record))
        patch.setattr(functions, "_bytes", cache(functions._bytes))
        patch.setattr(codec, "decode", cache(read_only(codec.decode)))
        patch.setattr(digest, "_number", once_each(digest._number))
        yield


def read_only(decode: Decode) -> Decode:
    """Nobody changes a value in place: an event that all locations share refuses it."""

    def decoded(data: bytes | None) -> Event:
        event = decode(data)
        return Event(
            replace(event.entry, differences=MappingProxyType(event.entry.differences)),
            replace(event.record, values=MappingProxyType(event.record.values)),
            event.via,
        )

    return decoded


def once_each(compute: Callable[[Value], Result]) -> Callable[[Value], Result]:
    """A `cache` by identity, for what cannot be hashed, or is slow to be.

    Nothing changes in place, and the values are kept, so that none takes the id of another.
    """
    known: dict[int, tuple[Value, Result]] = {}

    def remembered(value: Value) -> Result:
        found = known.get(id(value))
        if found is None:
            found = known[id(value)] = value, compute(value)
        return found[1]

    return remembered
