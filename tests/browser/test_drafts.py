"""What was typed for one customer, and the customer after that."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.conftest import Place, Visit

Leave = Callable[[Page], None]


def cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel").click()


def escape(page: Page) -> None:
    page.keyboard.press("Escape")


def open_a_likely_match(page: Page) -> None:
    page.get_by_role("region", name="Likely the same").get_by_role("link").click()
    expect(page.locator(".values")).to_be_visible()


def leave_half_done(page: Page) -> None:
    begin(page, "Soderstrom Ada")
    page.get_by_label("Document number").fill("AB 1")
    page.get_by_role("link", name="SINS").click()


@pytest.mark.parametrize("leave", [cancel, escape])
def test_a_form_that_was_given_up_leaves_nothing_to_the_next_one(
    place: Place, visit: Visit, leave: Leave
) -> None:
    place.api.create("Söderström", name="Ada", dob="1984-02-29", document_number="AB 1")
    page = visit(place.url)
    begin(page, "Soderstrom Ada 1984-02-29")
    page.get_by_label("Document number").fill("AB 1")
    expect(page.get_by_role("region", name="Likely the same")).to_be_visible()
    leave(page)
    begin(page, "Nowak")
    assert written(page) == ("Nowak", "", "", "")
    expect(remark(page)).to_have_count(0)


def test_a_form_that_was_only_left_is_there_again_and_says_so(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    leave_half_done(page)
    begin(page, "Nowak")
    expect(remark(page)).to_be_visible()
    assert written(page) == ("Soderstrom", "Ada", "", "AB 1")


def look_at_a_likely_match(place: Place, page: Page) -> None:
    """Types a whole new customer, and looks at one who may be the same."""
    place.api.create("Söderström", name="Ada", dob="1984-02-29")
    begin(page, "Soderstrom Ada 1984-02-29")
    page.get_by_label("Document number").fill("AB 1")
    open_a_likely_match(page)


def come_back(page: Page) -> None:
    page.go_back()


def begin_again(page: Page) -> None:
    page.locator(".find-head a").click()


@pytest.mark.parametrize("again", [come_back, begin_again])
def test_a_look_at_a_likely_match_loses_nothing_that_was_typed(
    place: Place, visit: Visit, again: Leave
) -> None:
    page = visit(place.url)
    look_at_a_likely_match(place, page)
    again(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("New customer")
    expect(remark(page)).to_be_visible()
    assert written(page) == ("Soderstrom", "Ada", "1984-02-29", "AB 1")


def test_who_is_likely_there_stands_not_in_the_way_of_the_next_one(
    place: Place, visit: Visit
) -> None:
    page = visit(place.url)
    look_at_a_likely_match(place, page)
    begin(page, "Nowak")
    assert written(page) == ("Nowak", "", "", "")
    expect(offer(page)).to_contain_text("What you typed for Soderstrom Ada is kept")
    page.get_by_label("Given name").fill("Piotr")
    expect(offer(page)).to_have_count(0)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nowak Piotr")
    begin(page, "Meyer")
    expect(offer(page)).to_have_count(0)
    assert written(page) == ("Meyer", "", "", "")


@pytest.mark.parametrize("then", ["nothing", "Cancel", "Create"])
def test_what_was_typed_before_that_look_can_be_shown_until_something_else_is_typed(
    place: Place, visit: Visit, then: str
) -> None:
    page = visit(place.url)
    look_at_a_likely_match(place, page)
    begin(page, "Nowak")
    expect(offer(page)).to_be_visible()
    if then != "nothing":
        page.locator(".fields .actions").get_by_text(then, exact=True).click()
        expect(page.locator(".fields")).to_have_count(0)
        begin(page, "Meyer")
    offer(page).get_by_role("button", name="Show it").click()
    expect(remark(page)).to_be_visible()
    assert written(page) == ("Soderstrom", "Ada", "1984-02-29", "AB 1")


def test_a_form_that_is_there_again_can_start_anew(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    leave_half_done(page)
    begin(page, "Nowak")
    page.get_by_role("button", name="Start anew").click()
    expect(remark(page)).to_have_count(0)
    assert written(page) == ("Nowak", "", "", "")
    expect(page.get_by_label("Surname")).to_be_focused()


def test_escape_in_the_box_empties_it_and_gives_up_no_form(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Ana")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Anna")
    box = page.get_by_role("searchbox")
    box.fill("meyer")
    expect(page.locator(".find .hit .name")).to_have_text("Meyer Ana")
    for _ in range(2):
        box.press("Escape")
        expect(box).to_have_value("")
        expect(page.get_by_label("Given name")).to_have_value("Anna")
    expect(page.get_by_text("Type what you know.")).to_be_visible()
    page.get_by_label("Given name").press("Escape")
    expect(page.locator(".values")).to_be_visible()


def test_a_letter_beside_yes_and_no_leads_out_of_no_form(place: Place, visit: Visit) -> None:
    place.api.define("newsletter", "boolean", label="Newsletter")
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_role("group", name="Newsletter").get_by_label("Yes").press("n")
    page.wait_for_timeout(200)
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Meyer")


@pytest.mark.parametrize("composing", [{"isComposing": True}, {"keyCode": 229}])
def test_escape_that_ends_a_word_being_composed_gives_up_no_form(
    place: Place, visit: Visit, composing: dict[str, object]
) -> None:
    page = visit(place.url, "#/customers/new")
    surname = page.get_by_label("Surname")
    surname.fill("さとう")
    surname.dispatch_event("keydown", {"key": "Escape", "cancelable": True, **composing})
    expect(surname).to_have_value("さとう")
    expect(page.get_by_role("heading", level=1)).to_have_text("New customer")


def test_what_is_no_value_yet_is_there_again_too(place: Place, visit: Visit) -> None:
    place.api.define("points", "integer")
    customer = place.api.create("Meyer", extra_fields={"points": 12})
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Points").fill("a dozen")
    page.get_by_role("link", name="SINS").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.go_back()
    expect(page.get_by_label("Points")).to_have_value("a dozen")


def test_what_was_entered_before_a_field_got_another_type_empties_nothing(
    place: Place, visit: Visit
) -> None:
    place.api.define("city", label="City")
    customer = place.api.create("Meyer", extra_fields={"city": "Ulm"})
    page = visit(place.url, f"#/customers/{customer['id']}/edit", role="service_provider")
    page.get_by_label("City").fill("Bonn")
    page.goto(f"{place.url}#/fields/city")
    page.get_by_label("Type").select_option("choice")
    page.get_by_label("Choices").fill("Ulm")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("table")).to_be_visible()
    page.goto(f"{place.url}#/customers/{customer['id']}/edit")
    expect(page.get_by_label("City")).to_have_value("Ulm")


@pytest.mark.parametrize(("where", "before"), [("#/new-field", ""), ("#/fields/city", "City")])
def test_what_was_typed_for_a_field_is_there_again_until_it_is_given_up(
    place: Place, visit: Visit, where: str, before: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, where, role="service_provider")
    label, choices = page.get_by_label("Label"), page.get_by_label("Choices")
    label.fill("Town")
    page.get_by_label("Type").select_option("choice")
    choices.fill("Ulm\nBonn")
    page.get_by_label("Inactive").last.check()
    page.get_by_role("link", name="Fields").click()
    expect(page.get_by_role("table")).to_be_visible()
    page.go_back()
    expect(remark(page)).to_be_visible()
    expect(label).to_have_value("Town")
    expect(choices).to_have_value("Ulm\nBonn")
    expect(page.get_by_label("Inactive").last).to_be_checked()
    cancel(page)
    page.goto(place.url + where)
    expect(label).to_have_value(before)
    expect(choices).to_be_hidden()
    expect(remark(page)).to_have_count(0)


@pytest.mark.parametrize(("own", "then"), [("", "home_town"), ("place", "place")])
def test_the_key_of_a_field_that_is_there_again_follows_its_label_as_before(
    place: Place, visit: Visit, own: str, then: str
) -> None:
    page = visit(place.url, "#/new-field", role="service_provider")
    page.get_by_label("Label").fill("Town")
    if own:
        page.get_by_label("Key").fill(own)
    page.get_by_role("link", name="SINS").click()
    page.go_back()
    expect(remark(page)).to_be_visible()
    page.get_by_label("Label").fill("Home town")
    expect(page.get_by_label("Key")).to_have_value(then)
    page.get_by_role("button", name="Start anew").click()
    expect(page.get_by_label("Label")).to_have_value("")


@pytest.mark.parametrize(
    ("form", "view"), [("#/customers/{}/edit", "#/customers/{}"), ("#/fields/city", "#/fields")]
)
def test_nobody_is_kept_from_leaving_for_what_is_deleted(
    place: Place, visit: Visit, form: str, view: str
) -> None:
    place.api.define("city", label="City")
    customer = place.api.create("Meyer")["id"]
    page = visit(place.url, form.format(customer), role="service_provider")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.locator(".fields input").first.press_sequentially("X")
    page.goto(place.url + view.format(customer))
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_contain_text("is deleted.")
    page.reload()
    assert asked == []


def begin(page: Page, searched: str) -> None:
    """Searches somebody, and finds that they are new."""
    page.get_by_role("searchbox").fill(searched)
    page.locator(".find-head a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New customer")


def written(page: Page) -> tuple[str, ...]:
    labels = ("Surname", "Given name", "Date of birth", "Document number")
    return tuple(page.get_by_label(label).input_value() for label in labels)


def offer(page: Page) -> Locator:
    return page.locator(".remark", has_text="is kept until you type something here")


def remark(page: Page) -> Locator:
    return page.get_by_text("What you typed before is still here")
