"""Equality: whether a customer is just what was looked for."""

from collections.abc import Collection

from chalicelib.domain.folding import without_spaces
from chalicelib.domain.query import Query, days_in
from chalicelib.domain.searchable import Searchable


class Equality:
    """Equality without regard to case, accents, punctuation and spaces.

    What was typed equals one field or the whole name; or each part of it, the names, the date and
    the number or each of several, equals one. What was asked of a value equals it.
    `text` is what was typed, written as one word, and `in_parts` how it can be taken apart, if it
    has parts. `as_one` is what was typed as a number or a field has it, `days` the dates that it
    may mean.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.text = without_spaces(query.text)
        self.as_one = _as_one(query)
        self.days = tuple(day for one in sorted(self.as_one) for day in days_in(one))
        self.in_parts = _in_parts(query)
        self._asks = bool(query.surname or query.name or query.dob or query.document_number)

    def accepts(self, customer: Searchable) -> bool:
        is_typed = self._is_typed(customer) if self.text else self._asks
        return is_typed and self._is_asked_for(customer)

    def _is_typed(self, customer: Searchable) -> bool:
        return (
            _is_called(self.text, customer)
            or customer.dob in self.days
            or any(number in self.as_one for number in self._numbers_of(customer))
            or any(self._has_each(parts, customer) for parts in self.in_parts)
        )

    def _has_each(self, parts: Query, customer: Searchable) -> bool:
        names, numbers = without_spaces(parts.names_text), self._numbers_of(customer)
        return (
            (not names or _is_called(names, customer) or names in numbers)
            and (parts.day in ("", customer.dob) or parts.day_digits in numbers)
            and (not parts.number or _has_each_number(parts, customer, numbers))
        )

    def _numbers_of(self, customer: Searchable) -> list[str]:
        """The document number, and the dynamic fields as if each were one."""
        if not customer.extra:
            return [customer.document_number]
        fields = (without_spaces(text) for _, text in customer.fields_for(self.query))
        return [customer.document_number, *fields]

    def _is_asked_for(self, customer: Searchable) -> bool:
        query = self.query
        return (
            _is_same(query.surname_text, customer.surname)
            and _is_same(query.name_text, customer.name)
            and query.dob in ("", customer.dob)
            and query.document_number in ("", customer.document_number)
        )


def _as_one(query: Query) -> frozenset[str]:
    typed = {without_spaces(query.text)}
    if query.day and not query.words and not query.number:
        typed.add(query.day_digits)
    return frozenset(typed - {""})


def _in_parts(query: Query) -> list[Query]:
    """The ways to take a query apart: what is a number may be a name too."""
    names = without_spaces(query.names_text)
    if not query.parts and without_spaces(query.text) in (names, query.number):
        return []
    ways = [query, query.as_names()] if query.number else [query]
    return [way for way in ways if way.names_text or way.day or way.number]


def _is_called(typed: str, customer: Searchable) -> bool:
    surname, name = without_spaces(customer.surname), without_spaces(customer.name)
    if len(typed) != len(surname) + len(name):
        return typed in (surname, name)
    # One of them may be missing.
    return typed in (surname + name, name + surname)


def _has_each_number(query: Query, customer: Searchable, numbers: Collection[str]) -> bool:
    def has(number: str) -> bool:
        return number in numbers or customer.dob in days_in(number)

    # Of very many not all are kept apart.
    parts = query.parts if "".join(query.parts) == query.number else ()
    return has(query.number) or (bool(parts) and all(map(has, parts)))


def _is_same(asked: str, own: str) -> bool:
    return not asked or without_spaces(asked) == without_spaces(own)
