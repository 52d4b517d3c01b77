"""Equality: whether a customer is just what was looked for."""

from chalicelib.domain.query import Query, days_in
from chalicelib.domain.searchable import Searchable


class Equality:
    """Equality without regard to case, accents and punctuation.

    What was typed equals one field or the whole name, and what was asked of a value equals it.
    `as_one` is what was typed as a number or a field has it, `days` the dates that it may mean.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.as_one = _as_one(query)
        self.days = tuple(day for one in sorted(self.as_one) for day in days_in(one))
        self._asks = bool(query.surname or query.name or query.dob or query.document_number)

    def accepts(self, customer: Searchable) -> bool:
        is_typed = self._is_typed(customer) if self.query.text else self._asks
        return is_typed and self._is_asked_for(customer)

    def _is_typed(self, customer: Searchable) -> bool:
        typed, surname, name = self.query.text, customer.surname, customer.name
        return (
            typed in (surname, name, f"{surname} {name}", f"{name} {surname}")
            or customer.document_number in self.as_one
            or customer.dob in self.days
            or any(
                _without_spaces(text) in self.as_one for _, text in customer.fields_for(self.query)
            )
        )

    def _is_asked_for(self, customer: Searchable) -> bool:
        query = self.query
        return (
            query.surname_text in ("", customer.surname)
            and query.name_text in ("", customer.name)
            and query.dob in ("", customer.dob)
            and query.document_number in ("", customer.document_number)
        )


def _as_one(query: Query) -> frozenset[str]:
    typed = {_without_spaces(query.text)}
    if query.day and not query.words and not query.number:
        typed.add(query.day.replace("-", ""))
    return frozenset(typed - {""})


def _without_spaces(text: str) -> str:
    return text.replace(" ", "")
