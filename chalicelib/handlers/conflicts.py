"""/api/customers/conflicts and duplicates: what locations decided for people, and undoing it."""

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import InvalidValue
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.customers import ITEM
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import CustomerId, PageQuery, RestoreInput
from chalicelib.handlers.outputs import (
    Conflict,
    Conflicts,
    CustomerOutput,
    Duplicate,
    Duplicates,
    shaped,
)
from chalicelib.handlers.request import HttpRequest
from chalicelib.services import conflicts, duplicates
from chalicelib.services.conflicts import Lost, Source
from chalicelib.services.writing import Expected

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET", "/api/customers/conflicts", Permission.READ_HISTORY)
def list_conflicts(request: HttpRequest, query: PageQuery) -> Answer[Conflicts]:
    """Lists values that lost against a change at another location, newest first."""
    before = decode_cursor("conflicts", query.cursor)
    page = conflicts.list_conflicts(before, query.limit, request.caller, request.registry)
    items = [_conflict(lost) for lost in page.items]
    return Answer(Conflicts(items, encode_cursor("conflicts", page.next)))


@endpoint(blueprint, "GET", "/api/customers/duplicates", Permission.READ_CUSTOMER)
def list_duplicates(request: HttpRequest, query: PageQuery) -> Answer[Duplicates]:
    """Lists document numbers that several customers claim, and whose they are."""
    after = decode_cursor("duplicates", query.cursor)
    page = duplicates.list_duplicates(after, query.limit, request.caller, request.registry)
    items = [shaped(Duplicate, claimed) for claimed in page.items]
    return Answer(Duplicates(items, encode_cursor("duplicates", page.next)))


@endpoint(blueprint, "POST", ITEM + "/restore", Permission.WRITE_CUSTOMER)
def restore_customer(
    request: HttpRequest, customer_id: CustomerId, body: RestoreInput, expected: Expected
) -> Answer[CustomerOutput]:
    """Brings a deleted customer back, or earlier values of a customer.

    Earlier values are refused where they could not be written now.
    """
    customer = conflicts.restore_customer(
        str(customer_id), _source(body), request.caller, request.registry, expected
    )
    return Answer(shaped(CustomerOutput, customer), version=customer.version)


def _source(given: RestoreInput) -> Source | None:
    if given.origin is None and given.seq is None and not given.fields:
        return None
    if given.origin is None or given.seq is None:
        raise InvalidValue("name the entry by its origin and its seq", "origin")
    return Source(given.origin, given.seq, given.fields)


def _conflict(lost: Lost) -> Conflict:
    entry, name = lost.entry, lost.record.value("name")
    return Conflict(
        customer_id=entry.record_id,
        surname=str(lost.record.value("surname") or ""),
        name=str(name) if name else None,
        origin=entry.origin,
        seq=entry.seq,
        location=entry.location,
        actor=entry.caller.actor,
        written_at=moment(entry.stamp.wall),
        noticed_at=moment(lost.at),
        reason="another location wrote the same values later, without knowing of these",
        lost=dict(lost.lost),
        kept=dict(lost.kept),
    )
