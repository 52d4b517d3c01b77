"""Who may do what: what a role may not do is not offered, and is refused all the same."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.conftest import MakeParts, with_settings
from tests.api.identity import AUDIENCE, ISSUER, SignIn, rsa_key, sign_in_service, signed
from tests.browser.conftest import Place, Visit, standing

Keep = Callable[[Page, str], None]
SECTIONS = {
    "customer": [],
    "service_agent": ["Find", "Conflicts"],
    "service_provider": ["Find", "Conflicts", "Fields", "Audit", "Locations"],
}
# What each role is offered on a customer.
OFFERED = {
    "customer": (0, 0, 0),
    "service_agent": (1, 1, 1),
    "service_provider": (1, 1, 1),
}
CLOSED = {
    "customer": [
        "customers/new",
        "customers/{}/edit",
        "customers/{}/history",
        "conflicts",
        "fields",
        "audit",
    ],
    "service_agent": ["fields", "fields/new", "audit", "locations"],
    "service_provider": [],
}


@pytest.mark.parametrize("role", OFFERED)
def test_a_role_is_offered_what_it_may_do(place: Place, visit: Visit, role: str) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}", role=role)
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer")
    assert page.get_by_label("Sections").get_by_role("link").all_inner_texts() == SECTIONS[role]
    names = ("New customer", "Edit", "History")
    counts = tuple(page.get_by_role("link", name=name, exact=True).count() for name in names)
    assert counts == OFFERED[role]
    assert page.get_by_role("button", name="Delete").count() == OFFERED[role][0]


@pytest.mark.parametrize("role", CLOSED)
def test_an_address_beyond_the_role_says_so(place: Place, visit: Visit, role: str) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, role=role)
    for where in CLOSED[role]:
        page.goto(f"{place.url}#/{where.format(customer['id'])}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Your role may not see this.")


def test_what_the_registry_refuses_is_told_in_words(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Anna")

    def as_customer(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "x-role": "customer"})

    page.route("**/items/*", as_customer)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".form-error")).to_have_text("Not saved. Your role may not do this.")


def test_somebody_new_says_who_they_are(place: Place, visit: Visit, keep: Keep) -> None:
    page = visit(place.url, role=None)
    expect(page.get_by_label("Your name")).to_be_focused()
    keep(page, "who")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your name is required.")).to_be_visible()
    page.keyboard.type("Zoë Łuczak")
    page.get_by_label("Service provider").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    place.api.create("Meyer")
    page.reload()
    expect(page.locator("#who")).to_contain_text("Zoë Łuczak")
    page.goto(f"{place.url}#/customers/new")
    page.get_by_label("Surname").fill("Nowak")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nowak")
    assert place.api.items("/api/audit")[0]["actor"] == "Zoë Łuczak"


def test_changing_the_role_forgets_what_the_one_before_had_open(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}")
    expect(page.locator(".find .hit")).to_have_count(1)
    page.locator("#who").click()
    page.get_by_role("dialog").get_by_label("Your name").fill("Cleo")
    page.get_by_role("dialog").locator("[value=customer]").check()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    page.get_by_role("link", name="SINS").click()
    expect(page.locator("#who")).to_contain_text("Cleo")


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    with sign_in_service() as service:
        service.publish("rsa-1", rsa_key("signing"))
        yield service


@pytest.fixture
def place_with_tokens(make_parts: MakeParts, sign_in: SignIn) -> Iterator[Place]:
    parts = with_settings(
        make_parts(),
        auth_mode="oidc",
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=sign_in.url,
    )
    with standing(parts) as at:
        yield at


def token(**claims: object) -> str:
    return signed(rsa_key("signing"), "RS256", "rsa-1", **claims)


def test_a_token_signs_in(place_with_tokens: Place, visit: Visit, keep: Keep) -> None:
    page = visit(place_with_tokens.url, role=None)
    expect(page.get_by_label("Your name")).to_have_count(0)
    page.get_by_label("Token").fill(token(role=["service_provider", "other"]))
    keep(page, "token")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#who")).to_contain_text("zoe")
    page.get_by_role("link", name="Fields").click()
    expect(page.get_by_text("No fields have been added.")).to_be_visible()
    assert "token" not in page.evaluate("JSON.stringify({...localStorage})")
    page.locator("#who").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_token_that_cannot_be_read_is_told_at_once(
    place_with_tokens: Place, visit: Visit
) -> None:
    page = visit(place_with_tokens.url, role=None)
    for wrong in ("nonsense", token(exp=1), token(role="nobody")):
        page.get_by_label("Token").fill(wrong)
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert").filter(has_text="no token that names")).to_be_visible()


def test_a_token_the_registry_refuses_leads_back_to_the_door(
    place_with_tokens: Place, visit: Visit
) -> None:
    page = visit(place_with_tokens.url, role=None)
    page.get_by_label("Token").fill(token(iss="https://elsewhere.example"))
    page.get_by_role("button", name="Start").click()
    page.keyboard.type("meyer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("alert").filter(has_text="The registry said")).to_be_visible()
