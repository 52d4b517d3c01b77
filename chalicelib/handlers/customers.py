"""/api/customers/items: customers."""

from typing import Any

from chalice.app import Blueprint
from msgspec import to_builtins

from chalicelib.domain.access import Permission
from chalicelib.domain.customer import CUSTOMER_ID
from chalicelib.domain.errors import InvalidValue, NotFound
from chalicelib.domain.field import clean_date
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import CustomerInput, CustomerPatch, values_of
from chalicelib.handlers.request import HttpRequest
from chalicelib.handlers.trail import trail_body
from chalicelib.services import customers, search, trail

blueprint = Blueprint(__name__)
ITEMS = "/api/customers/items"
ITEM = ITEMS + "/{customer_id}"
MAX_QUERY = 200
MODES = ("fuzzy", "exact")
# What a search may ask of single values.
NARROWING = ("surname", "name", "dob", "document_number")


@endpoint(blueprint, "POST", ITEMS, Permission.WRITE_CUSTOMER)
def create_customer(request: HttpRequest) -> Answer:
    values = values_of(request.body(CustomerInput))
    body = customers.create_customer(
        values, request.caller, request.registry, request.idempotency()
    )
    location = {"Location": f"{ITEMS}/{body['id']}"}
    return Answer(body, status=201, version=body["version"], headers=location)


@endpoint(blueprint, "GET", ITEMS, Permission.READ_CUSTOMER)
def list_customers(request: HttpRequest) -> Answer:
    limit = request.query_number("limit", 50, 1, 100)
    after = decode_cursor("customers", request.query("cursor"))
    page = customers.list_customers(after, limit, request.caller, request.registry)
    return Answer({"items": page.items, "next": encode_cursor("customers", page.next)})


@endpoint(blueprint, "GET", ITEMS + "/search", Permission.READ_CUSTOMER)
def search_customers(request: HttpRequest) -> Answer:
    settings = request.parts.settings
    texts = _search_texts(request)
    mode = request.query("mode", "fuzzy")
    if mode not in MODES:
        raise InvalidValue(f"mode must be one of {', '.join(MODES)}", "mode")
    limit = request.query_number("limit", settings.fuzzy_hit_limit, 1, settings.fuzzy_hit_limit)
    found = search.search_customers(
        search.Search(mode, limit, settings.fuzzy_minimum_score, **texts),
        request.caller,
        request.parts.warm_index,
        request.registry,
    )
    return Answer({"items": [_hit(one) for one in found], "next": None})


@endpoint(blueprint, "GET", ITEM, Permission.READ_CUSTOMER)
def read_customer(request: HttpRequest, customer_id: str) -> Answer:
    customer = customers.read_customer(
        known_customer(customer_id), request.caller, request.registry
    )
    return Answer(customer, version=customer.version)


@endpoint(blueprint, "PUT", ITEM, Permission.WRITE_CUSTOMER)
def replace_customer(request: HttpRequest, customer_id: str) -> Answer:
    customer = customers.replace_customer(
        known_customer(customer_id),
        values_of(request.body(CustomerInput)),
        request.caller,
        request.registry,
        request.expected(),
    )
    return Answer(customer, version=customer.version)


@endpoint(blueprint, "PATCH", ITEM, Permission.WRITE_CUSTOMER)
def patch_customer(request: HttpRequest, customer_id: str) -> Answer:
    customer = customers.patch_customer(
        known_customer(customer_id),
        values_of(request.body(CustomerPatch)),
        request.caller,
        request.registry,
        request.expected(),
    )
    return Answer(customer, version=customer.version)


@endpoint(blueprint, "DELETE", ITEM, Permission.WRITE_CUSTOMER)
def delete_customer(request: HttpRequest, customer_id: str) -> Answer:
    version = customers.delete_customer(
        known_customer(customer_id), request.caller, request.registry, request.expected()
    )
    return Answer(status=204, version=version)


@endpoint(blueprint, "GET", ITEM + "/history", Permission.READ_HISTORY)
def read_history(request: HttpRequest, customer_id: str) -> Answer:
    entries = trail.read_history(known_customer(customer_id), request.caller, request.registry)
    return Answer({"items": [trail_body(entry) for entry in entries], "next": None})


def known_customer(customer_id: str) -> str:
    """The id, if it can be one: anything else never reaches a table. Raises NotFound."""
    if not CUSTOMER_ID.fullmatch(customer_id.lower()):
        raise NotFound("there is no such customer")
    return customer_id.lower()


def _search_texts(request: HttpRequest) -> dict[str, str]:
    """What is looked for, by the names of `Search`. Raises InvalidValue."""
    values = {name: request.query(name).strip() for name in ("q", *NARROWING)}
    for name, value in values.items():
        if len(value) > MAX_QUERY:
            raise InvalidValue(f"{name} must have at most {MAX_QUERY} characters", name)
    if not any(values.values()):
        raise InvalidValue(f"q must have 1 to {MAX_QUERY} characters", "q")
    if values["dob"]:
        clean_date(values["dob"], "dob")
    values["text"] = values.pop("q")
    return values


def _hit(found: search.Found) -> dict[str, Any]:
    return {
        **to_builtins(found.customer),
        "score": round(found.score.value, 6),
        "explanation": found.score.explanation,
    }
