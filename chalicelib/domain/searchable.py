"""Searchable: what of a customer a search compares."""

import re
from collections.abc import Iterable

from msgspec import Struct

from chalicelib.domain.folding import fold, fold_number, has_digit
from chalicelib.domain.query import Query

# A value that was changed elsewhere may be anything.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Searchable(Struct, frozen=True):
    """What of one customer is compared, all of it folded. `extra` holds dynamic fields by key."""

    surname: str
    name: str
    dob: str = ""
    document_number: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def has_number_in_name(self) -> bool:
        return is_number_in(self.surname, self.name)

    def fields_for(self, query: Query) -> Iterable[tuple[str, str]]:
        """The dynamic fields that are searched too, with their values."""
        return (one for one in self.extra if one[0] in query.fields)


def is_number_in(surname: str, name: str) -> bool:
    """Whether somebody is called what may have been typed as a number."""
    return has_digit(surname + name)


def searchable(
    surname: str,
    name: str | None,
    dob: str | None,
    document_number: str | None,
    extra: Iterable[tuple[str, str]] = (),
) -> Searchable:
    """What of a customer can be searched, from its values as stored."""
    return Searchable(
        surname=fold(surname),
        name=fold(name or ""),
        dob=dob if dob and _DATE.fullmatch(dob) else "",
        document_number=fold_number(document_number or ""),
        extra=tuple((key, fold(value)) for key, value in extra if fold(value)),
    )
