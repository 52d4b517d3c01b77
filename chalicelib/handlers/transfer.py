"""/api/customers/import and /api/customers/export: many customers at once, as CSV or JSON Lines.

Neither lets anybody do what they may not do customer by customer, so each asks for the permission
of the single request: whoever may not import would only send as many requests instead.
"""

from collections import Counter
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import urlencode

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import InvalidValue, TooLarge, UnsupportedMediaType
from chalicelib.domain.rows import Format, RowFile, open_rows, write_header, write_rows
from chalicelib.domain.transfer import Key, Result, derived_id, in_batches
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.request import MAX_BODY_BYTES, HttpRequest
from chalicelib.services import transfer
from chalicelib.services.transfer import Import, Outcome

blueprint = Blueprint(__name__)
# More take too long for a gateway that waits 29 s.
MAX_ROWS = 1000
# The access log has a line a page, and takes no more ids in one.
MAX_PAGE = 200
READ = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.JSONL,
    "application/jsonl": Format.JSONL,
}
WRITTEN = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSONL: "application/x-ndjson",
}
Choice = TypeVar("Choice", Format, Key)


@endpoint(blueprint, "POST", "/api/customers/import", Permission.WRITE_CUSTOMER)
def import_customers(request: HttpRequest) -> Answer:
    key = _one_of(Key, request, "key", Key.AUTO)
    dry_run = request.query_flag("dry_run")
    job = Import.of(request.caller, request.registry, key, _run(request), dry_run)
    rows = _rows(request)
    transfer.require_columns(rows.columns, request.registry)
    return Answer({"dry_run": dry_run, **_report(_imported(rows, job))})


@endpoint(blueprint, "GET", "/api/customers/export", Permission.READ_CUSTOMER)
def export_customers(request: HttpRequest) -> Answer:
    form = _one_of(Format, request, "format", Format.CSV)
    limit = request.query_number("limit", 100, 1, MAX_PAGE)
    after = decode_cursor("export", request.query("cursor"))
    page = transfer.export_page(after, limit, request.caller, request.registry)
    # Each page has the header, so that each can be imported.
    text = write_header(page.names, form) + write_rows(page.customers, form)
    return Answer(text, headers=_links(form, limit, page.next), content_type=WRITTEN[form])


def _rows(request: HttpRequest) -> RowFile:
    form = READ.get(request.media_type())
    if form is None:
        raise UnsupportedMediaType(f"send {' or '.join(READ)}")
    return open_rows(BytesIO(request.data()), form)


def _imported(file: RowFile, job: Import) -> list[Outcome]:
    rows = list(file.rows())
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"a request must have at most {MAX_ROWS} rows")
    batches = in_batches(rows, job.key, transfer.TOGETHER, MAX_BODY_BYTES)
    return [one for batch, _ in batches for one in transfer.import_rows(batch, job)]


def _run(request: HttpRequest) -> str:
    """A request that is sent again under its Idempotency-Key makes nobody twice."""
    idempotency = request.idempotency()
    return derived_id("run", idempotency.key) if idempotency else request.registry.new_id()


def _report(outcomes: list[Outcome]) -> dict[str, Any]:
    counts = Counter(one.result for one in outcomes)
    return {
        **{result.value: counts[result] for result in Result},
        "refusals": [one.refusal for one in outcomes if one.refusal],
    }


def _one_of(choices: type[Choice], request: HttpRequest, name: str, default: Choice) -> Choice:
    try:
        return choices(request.query(name, default))
    except ValueError as error:
        raise InvalidValue(f"{name} must be one of {', '.join(choices)}", name) from error


def _links(form: Format, limit: int, position: str) -> dict[str, str]:
    """Where the next page is (RFC 8288): the body has no room for a cursor."""
    cursor = encode_cursor("export", position)
    if cursor is None:
        return {}
    query = urlencode({"format": form, "limit": limit, "cursor": cursor})
    return {"Link": f'<?{query}>; rel="next"'}
