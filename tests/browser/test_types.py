"""A field's type changes, and the values from before stay what they were."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.client import accepted, field
from tests.browser.conftest import Place, Visit, overruled

# What a field held, its type then and now, and the value as people read it.
EARLIER = [
    (12, "integer", "phone", "12"),
    (12, "integer", "email", "12"),
    (12, "integer", "date", "12"),
    (True, "boolean", "phone", "Yes"),
    ("Ulm 5", "text", "date", "Ulm 5"),
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
