"""Equality: whether a customer is just what was looked for."""

from chalicelib.domain.query import Query, Word, days_in
from chalicelib.domain.searchable import Searchable


def is_exact(query: Query, customer: Searchable) -> bool:
    """Equality without regard to case, accents and punctuation.

    What was typed equals one field or the whole name, and what was asked of a value equals it.
    """
    return _is_what_was_typed(query, customer) and _is_what_was_asked_for(query, customer)


def _is_what_was_typed(query: Query, customer: Searchable) -> bool:
    if not query.text:
        return bool(query.surname or query.name or query.dob or query.document_number)
    names = {customer.surname, customer.name}
    names |= {f"{customer.surname} {customer.name}", f"{customer.name} {customer.surname}"}
    if query.text in names:
        return True
    typed = {query.text.replace(" ", "")}
    if query.day and not query.words and not query.number:
        typed.add(query.day.replace("-", ""))
    if customer.document_number in typed:
        return True
    if customer.dob and any(customer.dob in days_in(text) for text in typed):
        return True
    return any(value.replace(" ", "") in typed for _, value in customer.fields_for(query))


def _is_what_was_asked_for(query: Query, customer: Searchable) -> bool:
    return (
        (not query.surname or _text(query.surname) == customer.surname)
        and (not query.name or _text(query.name) == customer.name)
        and query.dob in ("", customer.dob)
        and query.document_number in ("", customer.document_number)
    )


def _text(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)
