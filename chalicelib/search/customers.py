"""Customers as the index takes them in, one by one, and as they are scored, value by value."""

from collections.abc import Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import astuple

from chalicelib.domain.searchable import Searchable

Extra = tuple[tuple[str, str], ...]


class Entry(Struct, frozen=True):
    """One customer for the index; `updated` in milliseconds."""

    id: str
    customer: Searchable
    updated: int


class Customers(Struct, frozen=True):
    """Each list holds one value of every customer, in the same order. See `Searchable`."""

    ids: Sequence[str]
    surnames: Sequence[str]
    names: Sequence[str]
    dobs: Sequence[str]
    numbers: Sequence[str]
    extras: Sequence[Extra]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Customers":
        return cls(
            [one.id for one in entries],
            [one.customer.surname for one in entries],
            [one.customer.name for one in entries],
            [one.customer.dob for one in entries],
            [one.customer.document_number for one in entries],
            [one.customer.extra for one in entries],
        )

    @classmethod
    def joined(cls, parts: Sequence["Customers"]) -> "Customers":
        """Those of all the parts, of which there is one at least."""
        some = [one for one in parts if len(one)] or parts[:1]
        if len(some) == 1:
            return some[0]
        columns = zip(*map(astuple, some), strict=True)
        return cls(*([*chain.from_iterable(values)] for values in columns))

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, place: int) -> Searchable:
        """One of them."""
        return Searchable(
            self.surnames[place],
            self.names[place],
            self.dobs[place],
            self.numbers[place],
            self.extras[place],
        )
