"""/api/customers/import and /api/customers/export: many customers at once, as CSV or JSON Lines.

Neither lets anybody do what they may not do customer by customer, so each asks for the permission
of the single request: whoever may not import would only send as many requests instead.
"""

from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import UnreadableRow
from chalicelib.domain.transfer_terms import Format, Result
from chalicelib.handlers.answer import Answer, Rows
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import ExportQuery, ImportQuery, RowsUpload
from chalicelib.handlers.outputs import Imported, Refused, shaped
from chalicelib.handlers.request import MAX_BODY_BYTES, HttpRequest
from chalicelib.services.writing import IdempotencyKey

if TYPE_CHECKING:
    from chalicelib.services.transfer import Outcome

blueprint = Blueprint(__name__)
# More take too long for a gateway that waits 29 s.
MAX_ROWS = 1000
WRITTEN = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSONL: "application/x-ndjson",
}


@endpoint(
    blueprint,
    "POST",
    "/api/customers/import",
    Permission.WRITE_CUSTOMER,
    raises=(UnreadableRow,),
)
def import_customers(
    request: HttpRequest,
    query: ImportQuery,
    upload: RowsUpload,
    idempotency: IdempotencyKey | None,
) -> Answer[Imported]:
    """Creates and updates customers from rows; what of a row is on record already stays.

    The first line of CSV names its columns: `id`, `external_id`, `surname`, `name`, `dob`,
    `document_number` and `extra_fields.<key>`, some of them in any order. A line of JSON Lines is
    an object as POST takes one, with `id` and `external_id` beside. An empty cell, or null, empties
    a value; what is not named stays. A request has at most 1,000 rows.

    A row that is refused keeps none of the others from being taken. The same file sent again, with
    the same `Idempotency-Key`, makes nobody twice; another file is another import.
    """
    from chalicelib.services import transfer

    registry = request.registry
    run = transfer.run_of(idempotency) if idempotency else registry.new_id()
    job = transfer.Import.of(request.caller, registry, query.key, run, query.dry_run)
    stream = BytesIO(upload.data)
    outcomes = transfer.import_file(stream, upload.form, job, MAX_ROWS, MAX_BODY_BYTES)
    return Answer(_report(outcomes, query.dry_run))


@endpoint(blueprint, "GET", "/api/customers/export", Permission.READ_CUSTOMER)
def export_customers(request: HttpRequest, query: ExportQuery) -> Rows:
    """Writes customers as rows, page by page. Each page can be imported by itself.

    A header `X-Unreadable` says that a page is not complete: the rows of so many customers cannot
    be read.
    """
    from chalicelib.domain.rows import write_header, write_rows
    from chalicelib.services import transfer

    after = decode_cursor("export", query.cursor)
    page = transfer.export_page(after, query.limit, request.caller, request.registry)
    text = write_header(page.names, query.format) + write_rows(page.customers, query.format)
    headers = _links(query, page.next)
    if page.unreadable:
        headers["X-Unreadable"] = str(len(page.unreadable))
    return Rows(text, headers=headers, content_type=WRITTEN[query.format])


def _report(outcomes: "list[Outcome]", dry_run: bool) -> Imported:
    counts = Counter(one.result for one in outcomes)
    return Imported(
        dry_run=dry_run,
        refusals=[shaped(Refused, one.refusal) for one in outcomes if one.refusal],
        **{result.value: counts[result] for result in Result},
    )


def _links(query: ExportQuery, position: str) -> dict[str, str]:
    """Where the next page is (RFC 8288): the body has no room for a cursor."""
    cursor = encode_cursor("export", position)
    if cursor is None:
        return {}
    asked = urlencode({"format": query.format, "limit": query.limit, "cursor": cursor})
    return {"Link": f'<?{asked}>; rel="next"'}
