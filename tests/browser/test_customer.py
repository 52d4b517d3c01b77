"""Reading, creating, changing and deleting a customer."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from chalicelib import bootstrap
from chalicelib.services.digest import take_digest
from tests.api.client import ITEMS, field, item
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]
FIELDS: dict[str, dict[str, Any]] = {
    "language": {"kind": "choice", "choices": ["Deutsch", "Svenska"], "required": True},
    "newsletter": {"kind": "boolean"},
    "member_since": {"kind": "date"},
    "points": {"kind": "integer"},
    "rate": {"kind": "number"},
    "email": {"kind": "email"},
    "phone": {"kind": "phone"},
    "tax_code": {"kind": "text", "pattern": "[A-Z]{2}[0-9]{4}"},
    "old": {"kind": "text", "active": False},
}


def test_a_number_that_belongs_to_somebody_else_is_flagged(place: Place, visit: Visit) -> None:
    first = place.api.create("Meyer", document_number="X 1")
    second = place.api.create("Maier", document_number="x-1")
    take_digest(bootstrap.parts().registry)
    page = visit(place.url, f"#/customers/{second['id']}")
    page.get_by_role("link", name="another customer").click()
    expect(page).to_have_url(f"{place.url}#/customers/{first['id']}")
    page.goto(f"{place.url}#/conflicts")
    expect(page.locator(".entry")).to_contain_text("belongs to")


def define_all(place: Place) -> None:
    for key, properties in FIELDS.items():
        place.api.define(key, label=key.replace("_", " ").capitalize(), **properties)


WITHOUT_COMMA = "Write it without a comma: 1000 for a thousand, 0.5 for a half."
DIGITS_ONLY = "Write a whole number of at most 15 digits and nothing else, like 1000."


@pytest.mark.parametrize(
    ("label", "typed", "reason"),
    [
        ("Rate", "1,000", WITHOUT_COMMA),
        ("Rate", "2,5", WITHOUT_COMMA),
        ("Rate", "1,000,000.50", WITHOUT_COMMA),
        *(("Rate", text, "Write a number, like 12.5.") for text in ("0x10", "1e3", "1.", "--1")),
        *(("Rate", text, "Write a number, like 12.5.") for text in ("Infinity", "NaN", "1 000")),
        *(("Points", text, DIGITS_ONLY) for text in ("1,000", "1.000", "1.0", "0x10", "1e3")),
        ("Points", "9007199254740993", DIGITS_ONLY),
    ],
)
def test_what_is_not_plainly_a_number_is_refused_and_stays_as_typed(
    place: Place, visit: Visit, label: str, typed: str, reason: str
) -> None:
    place.api.define("points", "integer", label="Points")
    place.api.define("rate", "number", label="Rate")
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Save").click()
    expect(error_of(page, f"extra.{label.lower()}")).to_have_text(reason)
    expect(page.get_by_label(label)).to_have_value(typed)
    assert place.api.read(customer["id"])["version"] == 1


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("points", "-12", -12),
        ("points", "+012", 12),
        ("rate", "1.000", 1),
        ("rate", "-0.25", -0.25),
        ("rate", "1e+21", 1e21),
    ],
)
def test_a_plain_number_is_stored_as_it_is_typed(
    place: Place, visit: Visit, key: str, typed: str, stored: float
) -> None:
    place.api.define("points", "integer", label="Points")
    place.api.define("rate", "number", label="Rate")
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label(key.title()).fill(typed)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".values")).to_be_visible()
    assert place.api.read(customer["id"])["extra_fields"] == {key: stored}


def error_of(page: Page, field: str) -> Any:
    return page.locator(f'[data-field="{field}"] .error')


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_a_form_is_drawn_from_the_definitions(place: Place, visit: Visit, keep: Keep) -> None:
    define_all(place)
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Söderström")
    page.get_by_label("Given name").fill("Ada")
    page.get_by_label("Date of birth").fill("1984-02-29")
    page.get_by_label("Language").select_option("Svenska")
    page.get_by_role("group", name="Newsletter").get_by_label("Yes").check()
    page.get_by_label("Member since").fill("2020-05-01")
    page.get_by_label("Points").fill("12")
    page.get_by_label("Rate").fill("2.5")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Phone").fill("+46 70 123")
    page.get_by_label("Tax code").fill("SE1234")
    expect(page.get_by_label("Old")).to_have_count(0)
    keep(page, "form")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(heading(page)).to_have_text("Söderström Ada")
    expect(page.locator(".values")).to_contain_text("1 May 2020")
    keep(page, "customer")
    (created,) = place.api.items(ITEMS)
    assert created["extra_fields"] == {
        "language": "Svenska",
        "newsletter": True,
        "member_since": "2020-05-01",
        "points": 12,
        "rate": 2.5,
        "email": "ada@example.org",
        "phone": "+46 70 123",
        "tax_code": "SE1234",
    }


def test_each_mistake_stands_beside_the_field_that_caused_it(
    place: Place, visit: Visit, keep: Keep
) -> None:
    define_all(place)
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Points").fill("many")
    page.get_by_label("Date of birth").fill("1700-01-01")
    page.keyboard.press("Control+Enter")
    expect(error_of(page, "surname")).to_have_text("Surname is required.")
    expect(error_of(page, "dob")).to_contain_text("from 1850")
    expect(error_of(page, "extra.language")).to_have_text("Language is required.")
    expect(error_of(page, "extra.points")).to_contain_text("whole number")
    expect(page.get_by_label("Surname")).to_be_focused()
    expect(page.get_by_role("alert").last).to_have_text("Not saved. 4 values are not right yet.")
    keep(page, "form-errors")
    assert place.api.items(ITEMS) == []


@pytest.mark.parametrize(
    ("label", "field", "value", "reason"),
    [
        ("Tax code", "extra.tax_code", "nonsense", "must match the pattern"),
        ("Email", "extra.email", "nobody", "must be an e-mail address"),
        ("Document number", "document_number", "x" * 65, "must have at most 64 characters"),
    ],
)
def test_what_the_registry_refuses_stands_beside_its_field_too(
    place: Place, visit: Visit, label: str, field: str, value: str, reason: str
) -> None:
    define_all(place)
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Meyer")
    page.get_by_label("Language").select_option("Deutsch")
    page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(error_of(page, field)).to_contain_text(f"{label} {reason}")
    expect(page.get_by_role("alert").last).to_have_text("Not saved. 1 value is not right yet.")
    expect(page.get_by_label(label)).to_be_focused()
    expect(page.get_by_label("Surname")).to_have_value("Meyer")


def test_likely_duplicates_are_offered_before_somebody_is_created(
    place: Place, visit: Visit, keep: Keep
) -> None:
    there = place.api.create("Söderström", name="Ada", dob="1984-02-29")
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Soderstrom")
    page.get_by_label("Given name").fill("Ada")
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely).to_contain_text("Söderström Ada")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(likely).to_be_focused()
    keep(page, "likely")
    assert len(place.api.items(ITEMS)) == 1
    likely.get_by_role("link").click()
    expect(page).to_have_url(f"{place.url}#/customers/{there['id']}")


def test_a_name_in_other_letters_is_asked_about_where_no_birth_tells_more(
    place: Place, visit: Visit
) -> None:
    place.api.create("Meyer", name="Anna", dob="1975-11-03")
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Meier")
    page.get_by_label("Given name").fill("Anna")
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely).to_contain_text("Meyer Anna")
    page.get_by_label("Date of birth").fill("1980-02-29")
    expect(likely).to_be_hidden()


def test_a_namesake_is_asked_about_whose_birth_may_be_a_slip(place: Place, visit: Visit) -> None:
    for day in ("1980-02-28", "1975-11-03"):
        place.api.create("Meyer", name="Anna", dob=day)
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Meyer")
    page.get_by_label("Given name").fill("Anna")
    page.get_by_label("Date of birth").fill("1980-02-29")
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely.locator(".hit")).to_have_count(1)
    expect(likely.locator(".hit")).to_contain_text("1980")
    page.get_by_label("Date of birth").fill("1990-06-15")
    expect(likely).to_be_hidden()


def test_a_number_that_somebody_has_is_asked_about_whatever_the_name(
    place: Place, visit: Visit, keep: Keep
) -> None:
    place.api.create("Nowak", name="Piotr", dob="1961-07-07", document_number="AB 123-456")
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Öztürk")
    page.get_by_label("Given name").fill("Ayşe")
    page.get_by_label("Date of birth").fill("1990-01-31")
    page.get_by_label("Document number").fill("ab123456")
    page.get_by_role("button", name="Create", exact=True).click()
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely).to_be_focused()
    expect(likely).to_contain_text("1 customer in the registry has this document number.")
    expect(likely.locator(".hit .name")).to_have_text("Nowak Piotr")
    keep(page, "same-number")
    assert len(place.api.items(ITEMS)) == 1
    page.get_by_role("button", name="It is somebody else").click()
    expect(heading(page)).to_have_text("Öztürk Ayşe")


def fill_in_piotr(page: Page) -> None:
    page.get_by_label("Surname").fill("Nowak")
    page.get_by_label("Given name").fill("Piotr")
    page.get_by_label("Date of birth").fill("1961-07-07")
    page.get_by_label("Document number").fill("AB 123")


def test_who_looks_alike_and_has_the_number_is_offered_once(place: Place, visit: Visit) -> None:
    place.api.create("Nowak", name="Piotr", dob="1961-07-07", document_number="AB 123")
    place.api.create("Nowak", name="Piotr", dob="1961-07-07")
    page = visit(place.url, "#/customers/new")
    fill_in_piotr(page)
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely.get_by_role("status")).to_have_text(
        "1 customer in the registry has this document number. "
        "1 customer in the registry looks alike."
    )
    expect(likely.locator(".hit")).to_have_count(2)
    expect(likely.locator(".hit .facts").first).to_contain_text("AB 123")


def test_a_number_that_is_new_hides_nobody_who_looks_alike(place: Place, visit: Visit) -> None:
    place.api.create("Nowak", name="Piotr", dob="1961-07-07")
    page = visit(place.url, "#/customers/new")
    fill_in_piotr(page)
    page.get_by_role("button", name="Create", exact=True).click()
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely).to_be_focused()
    expect(likely.locator(".hit .name")).to_have_text("Nowak Piotr")


def test_without_a_number_nobody_is_asked_for_its_owner(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/customers/new")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Surname").fill("Nowak")
    page.get_by_label("Document number").fill("--")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(heading(page)).to_have_text("Nowak")
    assert [url for url in asked if "mode=exact" in url] == []


def test_somebody_who_only_looks_alike_is_created_all_the_same(place: Place, visit: Visit) -> None:
    place.api.create("Söderström", name="Ada")
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Soderstrom")
    page.get_by_label("Given name").fill("Ada")
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_role("button", name="It is somebody else").click()
    expect(heading(page)).to_have_text("Soderstrom Ada")
    assert len(place.api.items(ITEMS)) == 2


def edit_number(page: Page, number: str) -> Any:
    """Saves another number, and gives what the page asks about it."""
    page.get_by_label("Document number").fill(number)
    page.get_by_role("button", name="Save", exact=True).click()
    return page.get_by_role("region", name="Likely the same")


def test_a_number_that_somebody_has_is_asked_about_when_it_is_given_to_another(
    place: Place, visit: Visit, keep: Keep
) -> None:
    place.api.create("Nowak", name="Piotr", dob="1961-07-07", document_number="AB 123-456")
    customer = place.api.create("Öztürk", name="Ayşe", document_number="X 1")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    likely = edit_number(page, "ab123456")
    expect(likely).to_be_focused()
    expect(likely).to_contain_text("1 other customer in the registry has this document number.")
    expect(likely.locator(".hit .name")).to_have_text("Nowak Piotr")
    keep(page, "number-of-another")
    assert place.api.read(customer["id"])["document_number"] == "X 1"
    likely.get_by_role("button", name="It is somebody else: save").click()
    expect(heading(page)).to_have_text("Öztürk Ayşe")
    expect(page.locator(".values")).to_contain_text("ab123456")
    assert place.api.read(customer["id"])["document_number"] == "ab123456"


@pytest.mark.parametrize("way", ["Go on editing", "Escape", "Nowak"])
def test_who_is_asked_about_a_number_can_go_back_and_loses_nothing(
    place: Place, visit: Visit, way: str
) -> None:
    place.api.create("Nowak", document_number="AB 123")
    customer = place.api.create("Öztürk", document_number="X 1")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Ayşe")
    likely = edit_number(page, "AB 123")
    expect(likely).to_be_focused()
    if way == "Nowak":
        likely.get_by_role("link", name="Nowak").click()
        expect(heading(page)).to_have_text("Nowak")
        page.go_back()
    elif way == "Escape":
        page.keyboard.press("Escape")
    else:
        likely.get_by_role("button", name=way).click()
    expect(page.get_by_label("Given name")).to_have_value("Ayşe")
    expect(page.get_by_label("Document number")).to_have_value("AB 123")
    expect(likely).to_contain_text("1 other customer")
    expect(likely.get_by_role("button", name="It is somebody else")).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(likely).to_be_focused()
    assert place.api.read(customer["id"])["version"] == 1


def test_nobody_is_asked_about_a_number_that_is_the_customer_s_own_or_not_changed(
    place: Place, visit: Visit
) -> None:
    place.api.create("Nowak", document_number="AB 123")
    alike = place.api.create("Nowak", document_number="AB 123")
    own = place.api.create("Öztürk", document_number="X 1")
    page = visit(place.url, f"#/customers/{own['id']}/edit")
    edit_number(page, "x-1")
    expect(page.locator(".values")).to_contain_text("x-1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{place.url}#/customers/{alike['id']}/edit")
    page.get_by_label("Given name").fill("Piotr")
    # Longer than the page waits for another letter.
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(heading(page)).to_have_text("Nowak Piotr")
    assert [url for url in asked if "/search" in url] == []


@pytest.mark.parametrize("again", ["Save", "Save all the same"])
def test_where_nobody_can_look_for_the_number_a_second_press_saves(
    place: Place, visit: Visit, again: str
) -> None:
    customer = place.api.create("Nowak")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    problem = {"code": "unavailable", "detail": "the search does not answer", "request_id": "r-1"}
    page.route("**/search?*", lambda route: route.fulfill(status=503, json=problem))
    likely = edit_number(page, "AB 123")
    expect(likely).to_be_focused()
    expect(likely).to_contain_text("Somebody else may have this number already")
    page.get_by_role("button", name=again, exact=True).click()
    expect(page.locator(".values")).to_contain_text("AB 123")


@pytest.mark.parametrize("again", ["Create", "Create all the same"])
def test_where_nobody_can_be_searched_a_second_press_creates(
    place: Place, visit: Visit, keep: Keep, again: str
) -> None:
    page = visit(place.url, "#/customers/new")
    problem = {"code": "unavailable", "detail": "the search does not answer", "request_id": "r-1"}
    page.route("**/search?*", lambda route: route.fulfill(status=503, json=problem))
    page.get_by_label("Surname").fill("Nowak")
    page.get_by_role("button", name="Create", exact=True).click()
    likely = page.get_by_role("region", name="Likely the same")
    expect(likely).to_be_focused()
    expect(likely).to_contain_text("Nobody could look for the same person")
    expect(likely).to_contain_text("the search does not answer. This customer may be there already")
    keep(page, "nobody-could-look")
    assert place.api.items(ITEMS) == []
    page.get_by_role("button", name=again, exact=True).click()
    expect(heading(page)).to_have_text("Nowak")
    assert len(place.api.items(ITEMS)) == 1


def test_nothing_is_created_unasked_once_there_is_a_connection_again(
    place: Place, visit: Visit
) -> None:
    place.api.create("Nowak", name="Piotr")
    page = visit(place.url, "#/customers/new")
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_label("Surname").fill("Nowak")
    page.get_by_label("Given name").fill("Piotr")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator(".form-error")).to_contain_text("Not saved. There is no connection")
    page.unroute_all()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("region", name="Likely the same")).to_be_focused()
    assert len(place.api.items(ITEMS)) == 1


def test_a_lost_answer_creates_nobody_twice(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/customers/new")

    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            return route.fallback()
        route.fetch()
        return route.abort()

    page.route("**/items", lose_the_first)
    page.get_by_label("Surname").fill("Meyer")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator(".form-error")).to_contain_text("Not saved. There is no connection")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(heading(page)).to_have_text("Meyer")
    assert keys[0] == keys[1]
    assert len(place.api.items(ITEMS)) == 1


def test_an_edit_sends_only_what_was_changed(place: Place, visit: Visit) -> None:
    place.api.define("city")
    customer = place.api.create("Meyer", name="Ana", extra_fields={"city": "Ulm"})
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PATCH" else None)
    page.get_by_label("Given name").fill("Anna")
    page.get_by_label("City").fill("")
    page.keyboard.press("Control+Enter")
    expect(heading(page)).to_have_text("Meyer Anna")
    (request,) = sent
    assert request.post_data_json == {"name": "Anna", "extra_fields": {"city": None}}
    assert request.headers["if-match"] == '"1"'
    expect(page.locator("#notice")).to_have_text("Meyer Anna is saved.")


def test_a_form_that_was_refused_knows_the_field_as_it_is_now(place: Place, visit: Visit) -> None:
    place.api.define("language", "choice", label="Language", choices=["Deutsch", "Svenska"])
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Language").select_option("Svenska")
    place.api.patch(field("language"), {"choices": ["Deutsch", "Suomi"]})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Language").get_by_role("option")).to_contain_text(
        ["Not chosen", "Deutsch", "Suomi"]
    )
    expect(page.locator("#notice")).to_contain_text("Meyer is not saved. Language must be one of")


def test_a_form_that_was_refused_takes_values_of_the_type_that_the_field_has_now(
    place: Place, visit: Visit
) -> None:
    place.api.define("size", label="Size")
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Surname").fill("Maier")
    page.get_by_label("Size").fill("5")
    place.api.patch(field("size"), {"type": "integer"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("not yet saved")).to_be_visible()
    expect(page.get_by_label("Size")).to_have_value("5")
    page.get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text("Maier")
    assert place.api.read(customer["id"])["extra_fields"] == {"size": 5}


def test_a_field_that_is_gone_is_in_no_form_after_a_refusal(place: Place, visit: Visit) -> None:
    place.api.define("shoe_size", label="Size of shoes")
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Meyer")
    page.get_by_label("Size of shoes").fill("44")
    place.api.patch(field("shoe_size"), {"active": False})
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("There is no field 'shoe_size'.")
    expect(page.get_by_label("Size of shoes")).to_have_count(0)
    expect(page.get_by_label("Surname")).to_have_value("Meyer")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(heading(page)).to_have_text("Meyer")


def test_a_field_that_is_required_meanwhile_is_asked_for_and_nothing_typed_is_lost(
    place: Place, visit: Visit
) -> None:
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Meyer")
    place.api.define("shoe_size", label="Size of shoes", required=True)
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_label("Size of shoes").fill("44")
    expect(page.locator("#notice")).to_contain_text("Meyer is not saved. Shoe_size is required.")
    expect(page.get_by_label("Surname")).to_have_value("Meyer")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(heading(page)).to_have_text("Meyer")


def test_a_field_that_is_gone_is_in_nobody_s_way_who_left_it_empty(
    place: Place, visit: Visit
) -> None:
    place.api.define("shoe_size", label="Size of shoes")
    page = visit(place.url, "#/customers/new")
    page.get_by_label("Surname").fill("Meyer")
    expect(page.get_by_label("Size of shoes")).to_be_visible()
    place.api.delete(field("shoe_size"))
    page.get_by_role("button", name="Create", exact=True).click()
    expect(heading(page)).to_have_text("Meyer")


def test_what_was_typed_is_still_there_after_a_look_at_something_else(
    place: Place, visit: Visit
) -> None:
    customer = place.api.create("Meyer", name="Ana")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Anna")
    page.get_by_role("link", name="SINS").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.go_back()
    expect(page.get_by_label("Given name")).to_have_value("Anna")
    expect(page.get_by_text("not yet saved")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(heading(page)).to_have_text("Meyer Ana")
    expect(page.locator(".values")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_label("Given name")).to_have_value("Ana")


def test_deleting_asks_once_and_names_the_customer(place: Place, visit: Visit, keep: Keep) -> None:
    customer = place.api.create("Meyer", name="Anna")
    page = visit(place.url, f"#/customers/{customer['id']}")
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete Meyer Anna?")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    keep(page, "delete")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert place.api.get(item(customer["id"])).status == 200
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_have_text("Meyer Anna is deleted.")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert place.api.get(item(customer["id"])).status == 404


def test_a_question_goes_with_the_view_that_it_is_about(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Anna")
    page = visit(place.url)
    page.goto(f"{place.url}#/customers/{customer['id']}")
    page.get_by_role("button", name="Delete").click()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert place.api.get(item(customer["id"])).status == 200


def test_whom_somebody_else_deleted_is_deleted(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Anna")
    page = visit(place.url, f"#/customers/{customer['id']}")
    page.get_by_role("button", name="Delete").click()
    place.api.delete(item(customer["id"]))
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_have_text("Meyer Anna is deleted.")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_nothing_is_deleted_that_was_changed_meanwhile(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Ana")
    page = visit(place.url, f"#/customers/{customer['id']}")
    page.get_by_role("button", name="Delete").click()
    place.api.patch(item(customer["id"]), {"name": "Anna"})
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_contain_text("Not deleted: somebody changed")
    expect(heading(page)).to_have_text("Meyer Anna")


def test_a_customer_who_is_not_here_is_told_of_in_words(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/customers/01a20621-0fe7-7792-959f-26561faa9813")
    expect(page.get_by_text("This customer is not here.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_what_was_just_changed_is_not_of_the_future_where_a_clock_is_slow(
    place: Place, visit: Visit
) -> None:
    customer = place.api.create("Meyer")
    page = visit("about:blank")
    page.clock.set_fixed_time("2020-01-01")
    page.goto(f"{place.url}#/customers/{customer['id']}")
    expect(page.locator(".about")).to_contain_text("Changed just now")
