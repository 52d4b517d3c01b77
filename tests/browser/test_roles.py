"""Who may do what: what a role may not do is not offered, and is refused all the same."""

from collections.abc import Callable, Iterator
from uuid import uuid4

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
    "service_agent": ["fields", "new-field", "audit", "locations"],
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
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys").locator("kbd")
    expect(keys.get_by_text("e", exact=True)).to_have_count(OFFERED[role][1])
    expect(keys.get_by_text("h", exact=True)).to_have_count(OFFERED[role][2])


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


def test_an_expired_token_takes_nothing_away_from_the_same_person(
    place_with_tokens: Place, visit: Visit
) -> None:
    page = visit(place_with_tokens.url, role=None)
    sign_in_as(page, "zoe")
    type_a_customer(page, place_with_tokens)
    end_the_token(page)
    sign_in_as(page, "zoe")
    expect(page.get_by_label("Given name")).to_have_value("Anna")
    expect(page.get_by_role("searchbox")).to_have_value("nowak")
    expect(page.get_by_text("not yet saved")).to_be_visible()


@pytest.mark.parametrize("claims", [{"sub": "bob"}, {"sub": "bob", "name": "Zoe Meyer"}])
def test_an_expired_token_leaves_nothing_to_somebody_else(
    place_with_tokens: Place, visit: Visit, claims: dict[str, str]
) -> None:
    page = visit(place_with_tokens.url, role=None)
    if "name" in claims:
        show_names_of_people(page)
    sign_in_as(page, "zoe", name="Zoe Meyer")
    type_a_customer(page, place_with_tokens)
    end_the_token(page)
    sign_in_as(page, **claims)
    expect(page.get_by_label("Given name")).to_have_value("")
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.get_by_text("not yet saved")).to_have_count(0)


def test_a_late_answer_to_an_old_token_signs_nobody_out(
    place_with_tokens: Place, visit: Visit
) -> None:
    page = visit(place_with_tokens.url, role=None)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/customers/fields", hold, times=1)
    with page.expect_request("**/customers/fields"):
        sign_in_as(page, "zoe")
    page.locator("#who").click()
    sign_in_as(page, "zoe", button="Done")
    with page.expect_response("**/customers/fields"):
        held[0].fulfill(status=401, json={"detail": "the token is over"})
    page.get_by_role("searchbox").fill("meyer")
    expect(page.get_by_text("Nobody like that is here.")).to_be_visible()
    expect(page.locator("#who")).to_contain_text("zoe")


def test_the_next_person_does_not_see_what_was_searched(place: Place, visit: Visit) -> None:
    place.api.create("Nowak")
    page = visit(place.url)
    introduce(page, "Bob", searched="nowak", left="")
    introduce(page, "Bob", searched="nowak", left="nowak", role="customer")
    page.get_by_role("searchbox").fill("nowak")
    expect(page.locator(".find .hit")).to_have_count(1)
    page.locator("#who").click()
    page.get_by_role("button", name="Forget me").click()
    assert page.locator(".find .hit").count() == 0
    page.get_by_label("Your name").fill("Bob")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("searchbox")).to_have_value("")


def introduce(
    page: Page, actor: str, searched: str, left: str, role: str = "service_agent"
) -> None:
    """Somebody takes over who finds this much of a search."""
    page.get_by_role("searchbox").fill(searched)
    expect(page.locator(".find .hit")).to_have_count(1)
    page.locator("#who").click()
    page.get_by_role("dialog").get_by_label("Your name").fill(actor)
    page.get_by_role("dialog").locator(f"[value={role}]").check()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#who")).to_contain_text(actor)
    expect(page.get_by_role("searchbox")).to_have_value(left)
    expect(page.locator(".find .hit")).to_have_count(1 if left else 0)


def sign_in_as(page: Page, sub: str, button: str = "Start", **claims: str) -> None:
    # Written a moment ago, so that it is never the same token again.
    page.locator("#who-token").fill(token(sub=sub, jti=str(uuid4()), **claims))
    page.get_by_role("button", name=button).click()
    expect(page.locator("#who-token")).to_have_count(0)


def type_a_customer(page: Page, place: Place) -> None:
    page.get_by_role("searchbox").fill("nowak")
    expect(page.get_by_text("Nobody like that is here.")).to_be_visible()
    page.goto(f"{place.url}#/customers/new")
    page.get_by_label("Given name").fill("Anna")


def end_the_token(page: Page) -> None:
    def over(route: Route) -> None:
        route.fulfill(status=401, json={"detail": "the token is over"})

    page.route("**/api/**", over)
    page.get_by_label("Surname").fill("Nowak")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.unroute("**/api/**", over)


def show_names_of_people(page: Page) -> None:
    """As where the registry writes people down by a claim that two of them can share."""
    page.route("**/", lambda route: fulfil_with_names(route))
    page.reload()


def fulfil_with_names(route: Route) -> None:
    answer = route.fetch()
    html = answer.text().replace('data-actor-claim="sub"', 'data-actor-claim="name"')
    route.fulfill(response=answer, body=html)
