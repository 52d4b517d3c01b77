"""Looking after the fields, as a service provider."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.api.client import FIELDS, Api, accepted, field
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]


def stored(api: Api, key: str) -> dict[str, object]:
    return accepted(api.get(field(key)))


def test_a_field_is_created_and_stands_in_the_form_of_a_customer(
    place: Place, visit: Visit, keep: Keep
) -> None:
    page = visit(place.url, "#/fields", role="service_provider")
    expect(page.get_by_text("No fields have been added.")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_label("Label").fill("Blood group")
    expect(page.get_by_label("Key")).to_have_value("blood_group")
    expect(page.get_by_label("Choices, one a line")).to_be_hidden()
    page.get_by_label("Type").select_option("choice")
    page.get_by_label("Choices, one a line").fill("0\nA\n\nB\nAB")
    keep(page, "field-form")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("row", name="Blood group")).to_contain_text("0, A, B, AB")
    assert stored(place.api, "blood_group")["choices"] == ["0", "A", "B", "AB"]
    page.goto(f"{place.url}#/customers/new")
    expect(page.get_by_label("Blood group").get_by_role("option")).to_have_count(5)


def test_a_mistake_stands_beside_the_property_that_caused_it(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/new-field", role="service_provider")
    page.get_by_label("Label").fill("Tax")
    page.get_by_label("Pattern").fill("(")
    page.get_by_role("button", name="Create").click()
    expect(page.locator('[data-field="pattern"] .error')).to_contain_text("regular expression")
    expect(page.get_by_label("Pattern")).to_be_focused()


def test_what_is_wrong_with_the_choices_is_a_whole_sentence(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/new-field", role="service_provider")
    page.get_by_label("Label").fill("Language")
    page.get_by_label("Type").select_option("choice")
    page.get_by_role("button", name="Create").click()
    error = page.locator('[data-field="choices"] .error')
    expect(error).to_have_text("Choices must be different texts, at least one.")


@pytest.mark.parametrize("pattern", ["[A-Z]+", "("])
def test_a_pattern_that_the_type_has_not_is_in_nobody_s_way(
    place: Place, visit: Visit, pattern: str
) -> None:
    page = visit(place.url, "#/new-field", role="service_provider")
    page.get_by_label("Label").fill("Points")
    page.get_by_label("Pattern").fill(pattern)
    page.get_by_label("Type").select_option("integer")
    expect(page.get_by_label("Pattern")).to_be_hidden()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("row", name="Points")).to_be_visible()
    assert stored(place.api, "points")["pattern"] is None


def test_a_type_without_patterns_takes_the_pattern_away(place: Place, visit: Visit) -> None:
    place.api.define("code", label="Code", pattern="[0-9]+")
    page = visit(place.url, "#/fields/code", role="service_provider")
    page.get_by_label("Type").select_option("integer")
    with page.expect_request(lambda request: request.method == "PATCH") as request:
        page.get_by_role("button", name="Save").click()
    assert request.value.post_data_json == {"type": "integer", "pattern": None}
    expect(page.get_by_role("row", name="Code")).to_contain_text("Whole number")


def test_a_key_that_is_taken_is_told_beside_it(place: Place, visit: Visit) -> None:
    place.api.define("city")
    page = visit(place.url, "#/new-field", role="service_provider")
    page.get_by_label("Label").fill("City")
    page.get_by_role("button", name="Create").click()
    expect(page.locator('[data-field="key"] .error')).to_contain_text("exists already")


def test_whoever_creates_a_deleted_field_again_is_told_that_old_values_come_back(
    place: Place, visit: Visit
) -> None:
    place.api.define("city")
    place.api.delete(field("city"))
    page = visit(place.url, "#/new-field", role="service_provider")
    page.get_by_label("Label").fill("City")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#notice")).to_contain_text("City is a field again. Values from before")
    page.goto(f"{place.url}#/new-field")
    page.get_by_label("Label").fill("Town")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#notice")).to_have_text("Town is a field now.")


def test_a_field_that_is_called_new_can_be_changed(place: Place, visit: Visit) -> None:
    place.api.define("new", label="New")
    page = visit(place.url, "#/fields", role="service_provider")
    page.get_by_role("row", name="New").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit New")


@pytest.mark.parametrize(
    ("state", "sent"),
    [
        ("Leave as it is (active)", {"label": "Town"}),
        ("Active", {"label": "Town"}),
        ("Inactive", {"label": "Town", "active": False}),
    ],
)
def test_a_change_says_nothing_of_what_it_leaves_alone(
    place: Place, visit: Visit, state: str, sent: dict[str, object]
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, "#/fields/city", role="service_provider")
    expect(page.get_by_label("Leave as it is (active)")).to_be_checked()
    page.get_by_label("Label").fill("Town")
    page.get_by_label(state, exact=True).check()
    with page.expect_request(lambda request: request.method == "PATCH") as request:
        page.get_by_role("button", name="Save").click()
    assert request.value.post_data_json == sent
    expect(page.get_by_role("row", name="Town")).to_be_visible()


def test_an_inactive_field_is_in_no_form(place: Place, visit: Visit, keep: Keep) -> None:
    place.api.define("city", label="City")
    place.api.define("nickname", label="Nickname", active=False)
    page = visit(place.url, "#/fields", role="service_provider")
    expect(page.get_by_role("row", name="Nickname")).to_contain_text("Inactive")
    keep(page, "fields")
    page.goto(f"{place.url}#/customers/new")
    expect(page.get_by_label("City")).to_be_visible()
    expect(page.get_by_label("Nickname")).to_have_count(0)


def test_deleting_a_field_in_use_asks_again(place: Place, visit: Visit) -> None:
    place.api.define("city", label="City")
    place.api.create("Meyer", extra_fields={"city": "Ulm"})
    page = visit(place.url, "#/fields", role="service_provider")
    page.get_by_role("button", name="Delete City").click()
    page.get_by_role("dialog", name="Delete City?").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("still have a value")
    page.get_by_role("button", name="Keep").click()
    assert len(place.api.items(FIELDS)) == 1
    page.get_by_role("button", name="Delete City").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it all the same").click()
    expect(page.get_by_text("No fields have been added.")).to_be_visible()
    assert place.api.items(FIELDS) == []
