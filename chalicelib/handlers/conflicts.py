"""/api/customers/conflicts and duplicates: what locations decided for people, and undoing it."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import InvalidValue
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.customers import ITEM, known_customer
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import RestoreInput
from chalicelib.handlers.request import HttpRequest
from chalicelib.services import conflicts, documents
from chalicelib.services.conflicts import Lost, Source

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET", "/api/customers/conflicts", Permission.READ_HISTORY)
def list_conflicts(request: HttpRequest) -> Answer:
    limit = request.query_number("limit", 50, 1, 100)
    before = decode_cursor("conflicts", request.query("cursor"))
    page = conflicts.list_conflicts(before, limit, request.caller, request.registry)
    items = [_body(lost) for lost in page.items]
    return Answer({"items": items, "next": encode_cursor("conflicts", page.next)})


@endpoint(blueprint, "GET", "/api/customers/duplicates", Permission.READ_CUSTOMER)
def list_duplicates(request: HttpRequest) -> Answer:
    limit = request.query_number("limit", 50, 1, 100)
    after = decode_cursor("duplicates", request.query("cursor"))
    page = documents.list_duplicates(after, limit, request.caller, request.registry)
    return Answer({"items": page.items, "next": encode_cursor("duplicates", page.next)})


@endpoint(blueprint, "POST", ITEM + "/restore", Permission.WRITE_CUSTOMER)
def restore_customer(request: HttpRequest, customer_id: str) -> Answer:
    customer = conflicts.restore_customer(
        known_customer(customer_id),
        _source(request.body(RestoreInput)),
        request.caller,
        request.registry,
        request.expected(),
    )
    return Answer(customer, version=customer.version)


def _source(given: RestoreInput) -> Source | None:
    if given.origin is None and given.seq is None and not given.fields:
        return None
    if given.origin is None or given.seq is None:
        raise InvalidValue("name the entry by its origin and its seq", "origin")
    return Source(given.origin, given.seq, given.fields)


def _body(lost: Lost) -> dict[str, Any]:
    entry = lost.entry
    return {
        "customer_id": entry.record_id,
        "surname": lost.record.value("surname"),
        "name": lost.record.value("name"),
        "origin": entry.origin,
        "seq": entry.seq,
        "location": entry.location,
        "actor": entry.caller.actor,
        "written_at": moment(entry.stamp.wall),
        "noticed_at": moment(lost.at),
        "reason": "another location wrote the same values later, without knowing of these",
        "lost": lost.lost,
        "kept": lost.kept,
    }
