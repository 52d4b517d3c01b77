"""A field's type changes, and the values from before stay what they were."""

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.api.client import accepted, field
from tests.browser.conftest import Place, Visit, overruled

# What a field held, its type then and now, and the value as people read it.
EARLIER = [
    (12, "integer", "phone", "12"),
    (12, "integer", "email", "12"),
    (12, "integer", "date", "12"),
    (True, "boolean", "phone", "Yes"),
    ("Ulm 5", "text", "date", "Ulm 5"),
    ("2025-02-30", "text", "date", "2025-02-30"),
    ("Ulm 5", "text", "boolean", "Ulm 5"),
]


def held(place: Place, value: object, kind: str, now: str, **properties: Any) -> str:
    """A customer with a value of a type that its field has no longer."""
    place.api.define("extra", kind, label="Extra")
    values = {"extra_fields": {"extra": value}}
    customer: str = place.api.create("Meyer", **values)["id"]
    accepted(place.api.patch(field("extra"), {"type": now, **properties}))
    return customer


@pytest.mark.parametrize(("value", "kind", "now", "text"), EARLIER)
def test_a_value_of_an_earlier_type_is_read_everywhere(
    place: Place, visit: Visit, value: object, kind: str, now: str, text: str
) -> None:
    customer = held(place, value, kind, now)
    page = visit(place.url, f"#/customers/{customer}", role="service_provider")
    expect(page.locator(".values > div").filter(has_text="Extra").locator("dd")).to_have_text(text)
    page.keyboard.press("h")
    expect(page.locator(".timeline ins").filter(has_text=text).first).to_be_visible()
    page.goto(f"{place.url}#/audit")
    expect(page.locator(".timeline ins").filter(has_text=text).first).to_be_visible()


def test_a_value_of_an_earlier_type_that_lost_is_listed(place: Place, visit: Visit) -> None:
    place.api.define("extra", "integer", label="Extra")
    overruled(place, "extra.extra", 12, 13)
    accepted(place.api.patch(field("extra"), {"type": "phone"}))
    page = visit(place.url, "#/conflicts")
    expect(page.locator(".changes dd")).to_contain_text("lost: 12 → stands: 13")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("boolean", {}),
        ("boolean", {"required": True}),
        ("date", {}),
        ("date", {"required": True}),
        ("integer", {}),
    ],
)
def test_correcting_a_name_leaves_a_value_alone_that_does_not_fit_its_field(
    place: Place, visit: Visit, kind: str, properties: dict[str, Any]
) -> None:
    customer = held(place, "Ulm", "text", kind, **properties)
    page = visit(place.url, f"#/customers/{customer}/edit")
    expect(page.locator('[data-field="extra.extra"] .hint')).to_contain_text("Stored is Ulm")
    page.get_by_label("Surname").fill("Maier")
    assert sent_by_saving(page) == {"surname": "Maier"}
    now = place.api.read(customer)
    assert (now["surname"], now["extra_fields"]) == ("Maier", {"extra": "Ulm"})


def test_a_number_that_is_a_choice_since_is_offered_once(place: Place, visit: Visit) -> None:
    customer = held(place, 1, "integer", "choice", choices=["1", "2"])
    page = visit(place.url, f"#/customers/{customer}/edit")
    expect(page.get_by_label("Extra")).to_have_value("1")
    expect(page.get_by_label("Extra").locator("option")).to_have_text(["Not chosen", "1", "2"])
    page.get_by_label("Extra").select_option("2")
    assert sent_by_saving(page) == {"extra_fields": {"extra": "2"}}


def test_a_value_that_is_no_day_can_be_emptied(place: Place, visit: Visit) -> None:
    customer = held(place, "Ulm", "text", "date")
    page = visit(place.url, f"#/customers/{customer}/edit")
    page.get_by_label("Extra").fill("")
    assert sent_by_saving(page) == {"extra_fields": {"extra": None}}
    assert place.api.read(customer)["extra_fields"] == {}


def test_a_value_that_is_no_day_can_be_made_one(place: Place, visit: Visit) -> None:
    customer = held(place, "Ulm", "text", "date")
    page = visit(place.url, f"#/customers/{customer}/edit")
    page.get_by_label("Extra").fill("1 May")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('[data-field="extra.extra"] .error')).to_contain_text("Write a day")
    page.get_by_label("Extra").fill("2020-05-01")
    assert sent_by_saving(page) == {"extra_fields": {"extra": "2020-05-01"}}


def test_a_value_that_does_not_fit_its_field_can_be_emptied(place: Place, visit: Visit) -> None:
    customer = held(place, "Ulm", "text", "boolean")
    page = visit(place.url, f"#/customers/{customer}/edit")
    page.get_by_label("Not known").check()
    assert sent_by_saving(page) == {"extra_fields": {"extra": None}}
    assert place.api.read(customer)["extra_fields"] == {}


def test_a_value_that_fits_its_field_has_no_remark(place: Place, visit: Visit) -> None:
    customer = held(place, 12, "integer", "text")
    page = visit(place.url, f"#/customers/{customer}/edit")
    expect(page.get_by_label("Extra")).to_have_value("12")
    expect(page.locator(".hint")).to_have_count(0)


def sent_by_saving(page: Page) -> Any:
    """Saves, and tells the body of the one request that did."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PATCH" else None)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".values")).to_be_visible()
    (request,) = sent
    return request.post_data_json
