"""/api/customers/items: customers, finding them, and their history."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import InvalidValue, UnreadableEvent
from chalicelib.domain.field import TEXTS, clean_date
from chalicelib.domain.folding import fold
from chalicelib.domain.stamp import Stamp
from chalicelib.handlers.answer import Answer, Created, NoContent
from chalicelib.handlers.cursor import decode_cursor, encode_cursor, foreign_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import (
    CustomerId,
    CustomerInput,
    CustomerPatch,
    HistoryQuery,
    PageQuery,
    SearchQuery,
    values_of,
)
from chalicelib.handlers.outputs import CustomerOutput, Customers, History, Hit, Hits, shaped
from chalicelib.handlers.request import HttpRequest
from chalicelib.handlers.trail import entry_output
from chalicelib.services import customers, trail
from chalicelib.services.writing import Expected, IdempotencyKey

if TYPE_CHECKING:
    from chalicelib.services.search import Found

blueprint = Blueprint(__name__)
ITEMS = "/api/customers/items"
ITEM = ITEMS + "/{customer_id}"


@endpoint(blueprint, "POST", ITEMS, Permission.WRITE_CUSTOMER)
def create_customer(
    request: HttpRequest, body: CustomerInput, idempotency: IdempotencyKey | None
) -> Created[CustomerOutput]:
    """Creates a customer."""
    made = customers.create_customer(values_of(body), request.caller, request.registry, idempotency)
    location = {"Location": f"{ITEMS}/{made.id}"}
    return Created(shaped(CustomerOutput, made), version=made.version, headers=location)


@endpoint(blueprint, "GET", ITEMS, Permission.READ_CUSTOMER)
def list_customers(request: HttpRequest, query: PageQuery) -> Answer[Customers]:
    """Lists customers, page by page. A walk neither skips nor repeats one."""
    after = decode_cursor("customers", query.cursor)
    page = customers.list_customers(after, query.limit, request.caller, request.registry)
    items = [shaped(CustomerOutput, one) for one in page.items]
    return Answer(Customers(items, encode_cursor("customers", page.next)))


@endpoint(blueprint, "GET", ITEMS + "/search", Permission.READ_CUSTOMER)
def search_customers(request: HttpRequest, query: SearchQuery) -> Answer[Hits]:
    """Finds customers, also from misspelled names. Knows every change made before it began."""
    settings = request.parts.settings
    limit = query.limit or settings.fuzzy_hit_limit
    if limit > settings.fuzzy_hit_limit:
        raise InvalidValue(f"limit must be at most {settings.fuzzy_hit_limit} here", "limit")
    from chalicelib.services import search

    minimum, likely = settings.fuzzy_minimum_score, settings.fuzzy_likely_score
    found = search.search_customers(
        search.Search(query.mode, limit, minimum, likely, **_search_texts(query)),
        request.caller,
        request.parts.warm_index,
        request.registry,
    )
    return Answer(Hits([*map(_hit, found)], None, limit))


@endpoint(blueprint, "GET", ITEM, Permission.READ_CUSTOMER)
def read_customer(request: HttpRequest, customer_id: CustomerId) -> Answer[CustomerOutput]:
    """Reads a customer."""
    found = customers.read_customer(str(customer_id), request.caller, request.registry)
    return _answer(found)


@endpoint(blueprint, "PUT", ITEM, Permission.WRITE_CUSTOMER)
def replace_customer(
    request: HttpRequest, customer_id: CustomerId, body: CustomerInput, expected: Expected
) -> Answer[CustomerOutput]:
    """Replaces every value of a customer; what is left out is emptied."""
    changed = customers.replace_customer(
        str(customer_id), values_of(body), request.caller, request.registry, expected
    )
    return _answer(changed)


@endpoint(blueprint, "PATCH", ITEM, Permission.WRITE_CUSTOMER)
def patch_customer(
    request: HttpRequest, customer_id: CustomerId, body: CustomerPatch, expected: Expected
) -> Answer[CustomerOutput]:
    """Changes some values of a customer."""
    changed = customers.patch_customer(
        str(customer_id), values_of(body), request.caller, request.registry, expected
    )
    return _answer(changed)


@endpoint(blueprint, "DELETE", ITEM, Permission.WRITE_CUSTOMER)
def delete_customer(request: HttpRequest, customer_id: CustomerId, expected: Expected) -> NoContent:
    """Deletes a customer, at every location. Restoring brings one back."""
    version = customers.delete_customer(
        str(customer_id), request.caller, request.registry, expected
    )
    return NoContent(None, version=version)


@endpoint(blueprint, "GET", ITEM + "/history", Permission.READ_HISTORY)
def read_history(
    request: HttpRequest, customer_id: CustomerId, query: HistoryQuery
) -> Answer[History]:
    """Tells who changed a customer, newest first; of a deleted one too."""
    before = _stamp(decode_cursor("history", query.cursor))
    page = trail.read_history(
        str(customer_id), before, query.limit, request.caller, request.registry
    )
    items = [entry_output(entry) for entry in page.items]
    return Answer(History(items, encode_cursor("history", page.next), page.missing))


def _stamp(position: str) -> Stamp | None:
    try:
        return Stamp.parse(position) if position else None
    except UnreadableEvent as error:
        raise foreign_cursor() from error


def _answer(customer: Customer) -> Answer[CustomerOutput]:
    return Answer(shaped(CustomerOutput, customer), version=customer.version)


def _search_texts(query: SearchQuery) -> dict[str, str]:
    """What is looked for, by the names of `Search`. Raises InvalidValue."""
    texts = {name: getattr(query, name).strip() for name in TEXTS}
    texts["text"] = query.q.strip()
    if not any(texts.values()):
        raise InvalidValue(f"send q, or one of {', '.join(TEXTS)}", "q")
    for name in TEXTS:
        # Without one it would ask for nothing.
        if texts[name] and not fold(texts[name]):
            raise InvalidValue(f"{name} must have a letter or a digit", name)
    if texts["dob"]:
        clean_date(texts["dob"], "dob")
    return texts


def _hit(found: "Found") -> Hit:
    customer = {name: getattr(found.customer, name) for name in CustomerOutput.__struct_fields__}
    match = {
        "score": found.score.rounded,
        "likely": found.is_likely,
        "explanation": found.score.explanation,
    }
    return shaped(Hit, {**customer, **match})
