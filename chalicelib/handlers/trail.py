"""/api/audit: every change, newest first; and how an audit entry is shown."""

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.audit import AuditFilter
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import AuditQuery
from chalicelib.handlers.outputs import Entries, Entry
from chalicelib.handlers.request import HttpRequest
from chalicelib.handlers.times import interval
from chalicelib.services.trail import TrailEntry, read_audit

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET", "/api/audit", Permission.READ_AUDIT)
def list_audit(request: HttpRequest, query: AuditQuery) -> Answer[Entries]:
    """Lists every change of customers and fields, newest first."""
    since, until = interval(query.since, query.until)
    wanted = AuditFilter(query.actor or None, query.action or None, since, until)
    before = decode_cursor("audit", query.cursor)
    page = read_audit(wanted, before, query.limit, request.caller, request.registry)
    items = [entry_output(entry) for entry in page.items]
    return Answer(Entries(items, encode_cursor("audit", page.next), page.missing))


def entry_output(shown: TrailEntry) -> Entry:
    """An audit entry as callers see it: values before and after by field."""
    entry = shown.entry
    told = {} if shown.withheld else entry.differences
    differences = {name: change for name, change in told.items() if name not in shown.hidden}
    return Entry(
        kind=entry.kind,
        record_id=entry.record_id,
        action=entry.action,
        actor=entry.caller.actor,
        role=entry.caller.role,
        location=entry.location,
        origin=entry.origin,
        seq=entry.seq,
        at=moment(entry.stamp.wall),
        stamp=str(entry.stamp),
        request_id=entry.caller.request_id,
        trace_id=entry.caller.trace_id,
        before={name: change.before for name, change in differences.items()},
        after={name: change.after for name, change in differences.items()},
        superseded=shown.superseded,
        withheld=shown.withheld,
        hidden=shown.hidden,
        hash=shown.hash,
    )
