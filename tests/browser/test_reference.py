"""The reference at /docs: the document for people, made by the browser alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app import app
from tests.browser import axe
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]
OPERATIONS = sum(len(methods) for methods in app.routes.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_operation_and_shape_can_be_read_by_everybody(
    place: Place, visit: Visit, keep: Keep, scheme: str
) -> None:
    page = visit(place.url, "docs#patch_customer", role=None, color_scheme=scheme, bypass_csp=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("SINS API")
    expect(page.locator("#index a code")).to_have_count(OPERATIONS)
    operation = page.locator("#patch_customer")
    expect(operation).to_have_attribute("open", "")
    expect(operation).to_contain_text("/api/customers/items/{customer_id}")
    expect(operation).to_contain_text("For service_agent, service_provider (customer:write).")
    expect(operation).to_contain_text("stale_version")
    keep(page, f"reference-{scheme}")
    operation.get_by_role("link", name="CustomerPatch").click()
    expect(page.locator("#shape-CustomerPatch")).to_contain_text("document_number")
    expect(page.locator("#shape-CustomerPatch")).to_contain_text("1 to 200 characters.")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert axe.violations(page) == []


def test_an_example_can_be_copied_and_is_about_who_uses_the_page(
    place: Place, visit: Visit
) -> None:
    page = visit(place.url, "docs#create_customer", actor="Zoë", permissions=["clipboard-write"])
    page.locator("#create_customer").get_by_role("button", name="Copy").click()
    expect(page.locator("#create_customer").get_by_role("button")).to_have_text("Copied")
    text = page.locator("#create_customer pre").inner_text()
    assert f"curl -X POST '{place.url}api/customers/items'" in text
    assert "-H 'X-Role: service_agent'" in text
    assert "-H 'X-Actor: Zo%C3%AB'" in text
    assert '"surname":"Söderström"' in text


def test_a_body_that_is_a_file_is_shown_as_one(place: Place, visit: Visit) -> None:
    page = visit(place.url, "docs#import_customers", role=None)
    operation = page.locator("#import_customers")
    expect(operation).to_contain_text("A file: text/csv, application/x-ndjson")
    expect(operation.locator("pre")).to_contain_text("--data-binary @FILE")


def test_nothing_comes_from_elsewhere_also_below_a_slash(place: Place, visit: Visit) -> None:
    page = visit("about:blank")
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(f"{place.url}docs/")
    expect(page.get_by_role("heading", level=1)).to_have_text("SINS API")
    assert [url for url in urls if not url.startswith((place.url, "data:"))] == []
    expect(page.get_by_role("link", name="SINS")).to_have_js_property("href", place.url)


def test_the_page_at_the_root_does_not_load_the_reference(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert page.locator("[href*='/reference.'], [src*='/reference.']").count() == 0


def test_a_document_that_cannot_be_read_is_told(place: Place, visit: Visit) -> None:
    page = visit("about:blank")
    page.route("**/openapi.json", lambda route: route.fulfill(status=503))
    page.goto(f"{place.url}docs")
    expect(page.get_by_role("alert")).to_have_text("The API's document cannot be read right now.")
