"""/api/access: who saw what at this location, newest first."""

import re

from chalice.app import Blueprint
from msgspec import UNSET

from chalicelib.domain.access import Permission
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor, foreign_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import AccessQuery
from chalicelib.handlers.outputs import Access, Accesses
from chalicelib.handlers.request import HttpRequest
from chalicelib.handlers.times import interval
from chalicelib.services.access import AccessAsked, AccessLine, read_access

blueprint = Blueprint(__name__)
# Where the whole walk ends, as that depends on when it began, and where the next page goes on.
_PLACE = re.compile(r"([0-9]{1,15}):(.+)")


@endpoint(blueprint, "GET", "/api/access", Permission.READ_AUDIT)
def list_access(request: HttpRequest, query: AccessQuery) -> Answer[Accesses]:
    """Lists who saw whom at this location, and what was refused, newest first.

    Without `since` it is the thirty days before `until`, which is now where it is left out. A page
    with no items and a `next` is not the last.
    """
    since, until = interval(query.since, query.until)
    walked_since, before = _place(decode_cursor("access", query.cursor))
    customer = None if query.customer is UNSET else str(query.customer)
    asked = AccessAsked(
        walked_since if since is None else since, until, query.actor or None, customer
    )
    page = read_access(asked, before, query.limit, request.caller, request.registry)
    after = f"{page.since}:{page.next}" if page.next else ""
    return Answer(Accesses([*map(_output, page.items)], encode_cursor("access", after)))


def _place(cursor: str) -> tuple[int | None, str]:
    if not cursor:
        return None, ""
    found = _PLACE.fullmatch(cursor)
    if not found:
        raise foreign_cursor()
    return int(found[1]), found[2]


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
