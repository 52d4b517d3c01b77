"""/openapi.json: it is valid, it knows every route and every error, and real answers fit it."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from app import app
from chalicelib.bootstrap import Parts
from chalicelib.domain import errors
from chalicelib.domain.change import Author, create, update
from chalicelib.domain.errors import SinsError
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.record import Kind
from chalicelib.domain.rows import COLUMNS, EXTRA_COLUMN
from chalicelib.handlers.reference import document_of
from chalicelib.handlers.transfer import MAX_ROWS
from chalicelib.services.digest import take_digest
from chalicelib.services.replication import apply_event, bury
from chalicelib.settings import Settings
from tests.api.client import AUDIT, FIELDS, ITEMS, SEARCH, STATUS, Api, accepted, item
from tests.api.conftest import ApiOn, with_settings
from tests.api.test_roles import DECIDED
from tests.fakes import AGENT, customer_id, event_of

DOCUMENT = document_of(app, Settings())
OPERATIONS = [
    (method.upper(), path, described)
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
]
LISTS = [
    (path, parameter["schema"])
    for _, path, described in OPERATIONS
    for parameter in described.get("parameters", ())
    if parameter.get("name") == "limit"
]


def fits(answer: object, shape: str) -> bool:
    """Whether an answer is of a shape of the document, and says no more than that."""
    closed = {"$ref": f"#/components/schemas/{shape}", "unevaluatedProperties": False}
    validator = Draft202012Validator(
        {**closed, "components": DOCUMENT["components"]}, format_checker=FormatChecker()
    )
    return not list(validator.iter_errors(answer))


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(auth_mode="oidc"), Settings(require_if_match=True)]
)
def test_the_document_is_valid(settings: Settings) -> None:
    validate(document_of(app, settings))


def test_the_document_is_served_to_everybody(common: Api) -> None:
    assert accepted(Api(common.send, {}).get("/openapi.json")) == DOCUMENT


def test_every_route_is_in_the_document_and_no_other() -> None:
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert {(method, path) for method, path, _ in OPERATIONS} == routes


def test_the_columns_that_are_documented_are_the_ones_that_are_read() -> None:
    said = DOCUMENT["paths"]["/api/customers/import"]["post"]["description"]
    columns, _, rest = said.partition("A line of JSON Lines")
    assert re.findall("`([^`]+)`", columns) == [*COLUMNS, f"{EXTRA_COLUMN}<key>"]
    assert f"at most {MAX_ROWS:,} rows" in rest


def test_every_code_is_documented_and_no_other() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = sorted(kind.code for kind in kinds if issubclass(kind, SinsError))
    described = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["oneOf"]
    assert sorted(one["const"] for one in described) == codes
    assert len(set(codes)) == len(codes)
    assert all(one["description"] for one in described)


@pytest.mark.parametrize(("method", "path", "described"), OPERATIONS)
def test_an_operation_says_what_it_promises_of_whom_and_for_whom(
    method: str, path: str, described: dict[str, Any]
) -> None:
    assert described["summary"].endswith(".")
    names = [one["name"] for one in described.get("parameters", ()) if one.get("in") == "path"]
    assert names == re.findall(r"\{(\w+)\}", path)
    roles = {"customer", "service_agent", "service_provider"}
    assert set(described.get("x-roles", roles)) == DECIDED[method, path] & roles
    is_open = None in DECIDED[method, path]
    refusals = ("security", "401", "403")
    assert [one in {**described, **described["responses"]} for one in refusals] == [not is_open] * 3


@pytest.mark.parametrize(("path", "schema"), LISTS)
def test_the_limits_that_are_documented_are_the_ones_that_are_held(
    parts: Parts, api_on: ApiOn, path: str, schema: dict[str, Any]
) -> None:
    api = api_on(with_settings(parts, fuzzy_hit_limit=schema["maximum"]))
    path = path.format(customer_id=api.create("Meyer")["id"])
    for limit, status in (
        (schema["minimum"] - 1, 422),
        (schema["minimum"], 200),
        (schema["maximum"], 200),
        (schema["maximum"] + 1, 422),
    ):
        assert api.get(f"{path}?q=Meyer&limit={limit}").status == status


def test_a_list_says_that_it_may_refuse_a_cursor() -> None:
    with_cursor = [
        (path, described["responses"])
        for _, path, described in OPERATIONS
        if "cursor" in {one.get("name") for one in described.get("parameters", ())}
    ]
    assert [path for path, responses in with_cursor if "400" not in responses] == []
    assert with_cursor


def test_a_required_precondition_is_documented() -> None:
    usual, strict = (document_of(app, Settings(require_if_match=on)) for on in (False, True))
    for document, required in ((usual, False), (strict, True)):
        assert document["components"]["parameters"]["If-Match"]["required"] is required
        for method in ("put", "patch", "delete"):
            answers = document["paths"][f"{ITEMS}/{{customer_id}}"][method]["responses"]
            assert ("428" in answers) is required


def test_the_document_says_how_this_location_knows_its_callers() -> None:
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"role", "actor"}
    tokens = document_of(app, Settings(auth_mode="oidc"))
    assert tokens["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert tokens["paths"][ITEMS]["get"]["security"] == [{"token": []}]


def test_real_answers_fit_their_shapes(api: Api) -> None:
    api.define("city", "choice", choices=["Kiel"], searchable=True)
    customer = api.create("Meyer", dob="1984-02-29", extra_fields={"city": "Kiel"})
    assert fits(customer, "CustomerOutput")
    assert fits(accepted(api.get(ITEMS)), "Customers")
    assert fits(accepted(api.get(f"{SEARCH}?q=Meyer+Kiel")), "Hits")
    assert fits(accepted(api.get(f"{item(customer['id'])}/history")), "History")
    assert fits(accepted(api.get(AUDIT)), "Entries")
    assert fits(accepted(api.get(FIELDS)), "Fields")
    assert fits(api.get(item("nobody")).json, "Problem")
    assert fits(api.post(ITEMS, {"surname": ""}).json, "Problem")


def test_real_answers_about_other_locations_fit_their_shapes(api: Api, parts: Parts) -> None:
    customer = api.create("Meyer", name="Anna", document_number="AB 1")
    another_claim(parts)
    lose(api, parts, customer["id"])
    bury(DeadLetter("topic", 0, 1, b"key", b"\xff", "no event", 1, 1), parts.registry)
    take_digest(parts.registry)
    for path, shape in (
        ("/api/customers/conflicts", "Conflicts"),
        ("/api/customers/duplicates", "Duplicates"),
        ("/api/locations/dead-letters", "Letters"),
    ):
        page = accepted(api.get(path))
        assert len(page["items"]) == 1
        assert fits(page, shape)
    letter = "/api/locations/dead-letters/topic-0-000000000000001"
    assert fits(accepted(api.get(letter)), "WholeLetter")
    assert fits(accepted(api.get(STATUS)), "StatusOutput")


def test_what_is_no_such_answer_does_not_fit() -> None:
    assert fits({"status": "ok", "location": "loc1"}, "Health")
    assert not fits({"status": "ok"}, "Health")
    assert not fits({"status": "fine", "location": "loc1"}, "Health")
    assert not fits({"status": "ok", "location": "loc1", "more": 1}, "Health")


def lose(api: Api, parts: Parts, record_id: str) -> None:
    """A name that was written here loses against one that was written elsewhere a moment later."""
    record = parts.registry.store.records.get(Kind.CUSTOMER, record_id)
    assert record is not None
    accepted(api.patch(item(record_id), {"name": "Anne"}))
    later = Author(AGENT, "loc9-abcd", parts.registry.clock() + 1000)
    there = update(record, {"name": "Anja"}, later)
    assert there is not None
    apply_event(event_of(there), parts.registry)


def another_claim(parts: Parts) -> None:
    """Another location gave the same document number to somebody else."""
    author = Author(AGENT, "loc9-abcd", parts.registry.clock())
    made = create(
        Kind.CUSTOMER, customer_id(1), {"surname": "Li", "document_number": "ab1"}, author
    )
    apply_event(event_of(made), parts.registry)
