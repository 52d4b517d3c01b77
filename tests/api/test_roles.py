"""Who may do what: every route that there is, asked by every role."""

from urllib.parse import quote

import pytest

from app import app
from chalicelib.domain.errors import SettingsError
from chalicelib.settings import read_settings
from tests.api.client import ITEMS, STATUS, Api, assert_refused

CUSTOMER = frozenset({"customer", "service_agent", "service_provider"})
AGENT = frozenset({"service_agent", "service_provider"})
PROVIDER = frozenset({"service_provider"})
EVERYBODY = frozenset({"customer", "service_agent", "service_provider", None, "root"})

DECIDED: dict[tuple[str, str], frozenset[str | None]] = {
    ("GET", "/"): EVERYBODY,
    ("GET", "/web/{version}/{name}"): EVERYBODY,
    ("GET", "/health"): EVERYBODY,
    ("GET", "/ready"): EVERYBODY,
    ("GET", "/openapi.json"): EVERYBODY,
    ("GET", "/docs"): EVERYBODY,
    ("POST", "/api/customers/items"): AGENT,
    ("GET", "/api/customers/items"): CUSTOMER,
    ("GET", "/api/customers/items/search"): CUSTOMER,
    ("GET", "/api/customers/items/{customer_id}"): CUSTOMER,
    ("PUT", "/api/customers/items/{customer_id}"): AGENT,
    ("PATCH", "/api/customers/items/{customer_id}"): AGENT,
    ("DELETE", "/api/customers/items/{customer_id}"): AGENT,
    ("GET", "/api/customers/items/{customer_id}/history"): AGENT,
    ("POST", "/api/customers/items/{customer_id}/restore"): AGENT,
    ("POST", "/api/customers/import"): AGENT,
    ("GET", "/api/customers/export"): CUSTOMER,
    ("GET", "/api/customers/conflicts"): AGENT,
    ("GET", "/api/customers/duplicates"): CUSTOMER,
    ("POST", "/api/customers/fields"): PROVIDER,
    ("GET", "/api/customers/fields"): CUSTOMER,
    ("GET", "/api/customers/fields/{key}"): CUSTOMER,
    ("PUT", "/api/customers/fields/{key}"): PROVIDER,
    ("PATCH", "/api/customers/fields/{key}"): PROVIDER,
    ("DELETE", "/api/customers/fields/{key}"): PROVIDER,
    ("GET", "/api/audit"): PROVIDER,
    ("GET", "/api/access"): PROVIDER,
    ("GET", "/api/locations/status"): PROVIDER,
    ("GET", "/api/locations/dead-letters"): PROVIDER,
    ("GET", "/api/locations/dead-letters/{letter_id}"): PROVIDER,
    ("POST", "/api/locations/dead-letters/{letter_id}/retry"): PROVIDER,
    ("DELETE", "/api/locations/dead-letters/{letter_id}"): PROVIDER,
}
ROUTES = sorted((method, path) for path, methods in app.routes.items() for method in methods)


def test_it_is_decided_for_every_route_who_may_take_it() -> None:
    assert [route for route in ROUTES if route not in DECIDED] == []


@pytest.mark.parametrize("role", ["customer", "service_agent", "service_provider", None, "root"])
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_a_role_gets_as_far_as_was_decided(
    common: Api, route: tuple[str, str], role: str | None
) -> None:
    caller = common.by(role) if role else Api(common.send, {})
    reply = caller.call(*route, {})
    if role in DECIDED[route]:
        assert reply.status not in (401, 403, 500)
    elif role in ("customer", "service_agent"):
        assert_refused(reply, 403, "forbidden")
    else:
        assert_refused(reply, 401, "unauthenticated")
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "role",
    [
        "",
        "Customer",
        "SERVICE_PROVIDER",
        " service_provider",
        "service_agent,service_provider",
        "service_provider\t",
        "admin",
        "*",
        "null",
        "ⓢervice_provider",
    ],
)
def test_what_is_not_exactly_a_role_is_none(common: Api, role: str) -> None:
    assert_refused(common.by(role).get(ITEMS), 401, "unauthenticated")


def test_who_may_not_do_it_is_told_before_the_request_is_read(common: Api) -> None:
    """A refusal must not tell what is there, nor what would have been wrong."""
    customer = common.by("customer")
    there = common.create()["id"]
    for body in (b"{", b"[]", b'{"surname":5}'):
        for customer_id in (there, "0190aaaa-0001-7000-8000-000000000000", "nobody"):
            refused = customer.call("PATCH", f"{ITEMS}/{customer_id}", body)
            assert_refused(refused, 403, "forbidden")


def test_a_role_that_was_refused_changed_nothing(common: Api) -> None:
    body = common.create()
    customer = common.by("customer")
    assert_refused(customer.delete(f"{ITEMS}/{body['id']}"), 403, "forbidden")
    assert_refused(customer.patch(f"{ITEMS}/{body['id']}", {"name": "x"}), 403, "forbidden")
    assert common.read(body["id"]) == body


@pytest.mark.parametrize(
    "actor",
    [
        "x" * 201,
        "a%00b",
        "a\x7fb",
        "%0a".join("ab"),
        "%FF",
        "a%ed%a0%80",
        "sins/relay",
        "SINS/x",
        "%E2%80%8Bsins/x",
        quote("\N{FULLWIDTH LATIN SMALL LETTER S}ins/retention"),
        quote("SINS\N{FULLWIDTH SOLIDUS}x"),
    ],
)
def test_an_actor_is_a_name(common: Api, actor: str) -> None:
    refused = common.by("service_agent", actor).get(ITEMS)
    assert_refused(refused, 401, "unauthenticated")


@pytest.mark.parametrize(
    ("sent", "recorded"),
    [
        ("Zo%C3%AB%20M%C3%BCller", "Zoë Müller"),
        ("%E5%B1%B1%E7%94%B0", "山田"),
        ("agent 7", "agent 7"),
        ("  ", "anonymous"),
        ("", "anonymous"),
    ],
)
def test_an_actor_is_recorded_as_the_name_that_was_sent(
    common: Api, sent: str, recorded: str
) -> None:
    body = common.by("service_agent", sent).create()
    (entry,) = common.items(f"{ITEMS}/{body['id']}/history")
    assert (entry["actor"], entry["role"]) == (recorded, "service_agent")


def test_trusting_headers_is_refused_where_the_product_is_deployed() -> None:
    deployed = {"AWS_LAMBDA_FUNCTION_NAME": "sins-dev", "AUTH_MODE": "header"}
    with pytest.raises(SettingsError, match="AUTH_MODE=oidc"):
        read_settings(deployed)
    with pytest.raises(SettingsError, match="AUTH_MODE=oidc"):
        read_settings({"AWS_LAMBDA_FUNCTION_NAME": "sins-dev"})
    assert read_settings({}).auth_mode == "header"


def test_status_is_not_for_everybody(common: Api) -> None:
    assert_refused(Api(common.send, {}).get(STATUS), 401, "unauthenticated")
