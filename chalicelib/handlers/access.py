"""/api/access: who saw what at this location, newest first."""

from chalice.app import Blueprint
from msgspec import UNSET

from chalicelib.domain.access import Permission
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import AccessQuery
from chalicelib.handlers.outputs import Access, Accesses
from chalicelib.handlers.request import HttpRequest
from chalicelib.handlers.times import interval
from chalicelib.services.access import AccessAsked, AccessLine, read_access

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET", "/api/access", Permission.READ_AUDIT)
def list_access(request: HttpRequest, query: AccessQuery) -> Answer[Accesses]:
    """Lists who saw whom at this location, and what was refused, newest first.

    Without `since` it is the thirty days before `until`, which is now where it is left out. A page
    with no items and a `next` is not the last.
    """
    since, until = interval(query.since, query.until)
    customer = None if query.customer is UNSET else str(query.customer)
    asked = AccessAsked(since, until, query.actor or None, customer)
    before = decode_cursor("access", query.cursor)
    page = read_access(asked, before, query.limit, request.caller, request.registry)
    return Answer(Accesses([*map(_output, page.items)], encode_cursor("access", page.next)))


def _output(shown: AccessLine) -> Access:
    entry = shown.entry
    return Access(
        at=moment(entry.at),
        actor=entry.caller.actor,
        role=entry.caller.role,
        action=entry.action,
        resource=entry.resource or None,
        detail=entry.detail,
        outcome=entry.outcome,
        request_id=entry.caller.request_id,
        withheld=shown.withheld,
    )
