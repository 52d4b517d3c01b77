"""Who saw whom: the access log in the page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.client import ITEMS, SEARCH, accepted, item
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]


def test_the_access_log_tells_who_saw_whom(place: Place, visit: Visit, keep: Keep) -> None:
    mine, other = place.api.create("Meyer")["id"], place.api.create("Schulze")["id"]
    accepted(place.api.by("service_agent", "Zoë").get(f"{SEARCH}?q=meyer"))
    accepted(place.api.by("service_agent", "Zoë").get(item(mine)))
    accepted(place.api.by("customer", "Bob").get(ITEMS))
    assert place.api.by("customer", "Bob").delete(item(other)).status == 403
    page = visit(place.url, "#/audit", role="service_provider")
    page.get_by_role("link", name="Who saw whom").click()
    lines = page.locator(".timeline .entry")
    expect(lines.filter(has_text="Bob listed customers")).to_have_count(1)
    expect(lines.filter(has_text=f"Zoë read customer …{mine[-6:]}")).to_have_count(1)
    searched = lines.filter(has_text="Zoë searched for “meyer”")
    searched.get_by_text("1 customer shown").click()
    expect(searched.get_by_role("link", name=f"customer …{mine[-6:]}")).to_be_visible()
    refused = lines.filter(has_text="Bob was refused DELETE /api/customers/items/")
    expect(refused).to_contain_text("forbidden")
    keep(page, "seen")


def test_the_access_log_is_filtered_by_who_and_when(place: Place, visit: Visit) -> None:
    for actor in ("Zoë", "Bob", "Zoë"):
        accepted(place.api.by("service_agent", actor).get(ITEMS))
    page = visit(place.url, "#/audit?show=access", role="service_provider")
    lines = page.locator(".timeline .entry")
    expect(lines).to_have_count(3)
    page.get_by_label("Who", exact=True).fill("Zoë")
    page.keyboard.press("Enter")
    expect(lines).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="2 lines shown")).to_be_attached()
    page.get_by_label("From", exact=True).fill("2000-01-01")
    page.get_by_label("To", exact=True).fill("2000-01-02")
    expect(page.get_by_text("Nobody saw anybody like that.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("To", exact=True)).to_have_value("2000-01-02")
    expect(page.get_by_text("Nobody saw anybody like that.")).to_be_visible()


def test_a_history_leads_to_who_saw_the_customer(place: Place, visit: Visit) -> None:
    mine, other = place.api.create("Meyer")["id"], place.api.create("Schulze")["id"]
    accepted(place.api.by("service_agent", "Zoë").get(item(mine)))
    accepted(place.api.by("service_agent", "Bob").get(item(other)))
    page = visit(place.url, f"#/customers/{mine}/history", role="service_provider")
    page.get_by_role("link", name="Who saw this customer").click()
    lines = page.locator(".timeline .entry")
    expect(lines.filter(has_text="Zoë read")).to_have_count(1)
    expect(lines.filter(has_text="Bob")).to_have_count(0)
    page.get_by_label("Who", exact=True).fill("Zoë")
    page.keyboard.press("Enter")
    expect(lines).to_have_count(1)
    page.get_by_role("link", name="Show all").click()
    expect(lines.filter(has_text="Bob read")).to_have_count(1)
    agent = visit(place.url, f"#/customers/{mine}/history")
    expect(agent.locator(".timeline .entry")).to_have_count(1)
    expect(agent.get_by_role("link", name="Who saw this customer")).to_have_count(0)


def tell_lines_as(page: Page, **values: object) -> None:
    """Every line comes with these values in place of its own."""

    def changed(route: Route) -> None:
        answer = route.fetch()
        items = [{**one, **values} for one in answer.json()["items"]]
        route.fulfill(response=answer, json={"items": items, "next": None})

    page.route("**/api/access*", changed)


def test_what_was_typed_long_ago_is_not_told(place: Place, visit: Visit) -> None:
    accepted(place.api.by("service_agent", "Zoë").get(f"{SEARCH}?q=meyer"))
    page = visit(place.url, "#/", role="service_provider")
    tell_lines_as(page, resource=None, withheld=True)
    page.goto(f"{place.url}#/audit?show=access")
    line = page.locator(".timeline .entry").filter(has_text="Zoë")
    expect(line).to_contain_text("searched for what is not told any more")


@pytest.mark.parametrize(("reason", "withheld"), [("a test", False), ("", True)])
def test_why_a_dead_letter_was_dropped_is_told_while_it_may_be(
    place: Place, visit: Visit, reason: str, withheld: bool
) -> None:
    accepted(place.api.by("service_provider", "Eve").get(f"{SEARCH}?q=meyer"))
    letter = "dead-letter/sins.customers-1-7"
    page = visit(place.url, "#/", role="service_provider")
    tell_lines_as(page, action="drop", resource=letter, detail=reason, withheld=withheld)
    page.goto(f"{place.url}#/audit?show=access")
    line = page.locator(".timeline .entry").filter(has_text=f"Eve dropped {letter}")
    expect(line).to_contain_text(reason)


def test_after_a_year_without_a_line_it_is_asked_whether_to_go_on(
    place: Place, visit: Visit
) -> None:
    asked = []

    def nothing_for_long(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json={"items": [], "next": "x" if len(asked) < 14 else None})

    page = visit(place.url, "#/", role="service_provider")
    page.route("**/api/access*", nothing_for_long)
    page.goto(f"{place.url}#/audit?show=access&since=2000-01-01")
    more = page.get_by_role("button", name="Show more")
    expect(more).to_be_visible()
    assert len(asked) == 12
    expect(page.locator(".timeline")).to_have_text("Nothing found so far.")
    expect(page.get_by_role("status").filter(has_text="Nothing found so far.")).to_be_attached()
    more.click()
    expect(page.get_by_text("Nobody saw anybody like that.")).to_be_visible()
    expect(page.get_by_text("Nothing found so far.")).to_have_count(0)


def test_the_focus_goes_on_with_older_lines(place: Place, visit: Visit) -> None:
    place.api.create("Meyer")
    for _ in range(31):
        accepted(place.api.get(ITEMS))
    page = visit(place.url, "#/audit?show=access", role="service_provider")
    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.locator(".timeline .entry")).to_have_count(31)
    expect(page.locator(".entry").last.locator("summary")).to_be_focused()


def test_the_lists_of_the_audit_keep_each_others_filters(place: Place, visit: Visit) -> None:
    accepted(place.api.by("service_agent", "Zoë").get(ITEMS))
    place.api.by("service_agent", "Bob").create("Meyer")
    page = visit(place.url, "#/audit", role="service_provider")
    lines = page.locator(".timeline .entry")
    expect(lines).to_have_count(1)
    page.get_by_label("Who", exact=True).fill("Zoë")
    page.keyboard.press("Enter")
    expect(lines).to_have_count(0)
    page.get_by_role("link", name="Who saw whom").click()
    expect(page.get_by_label("Who", exact=True)).to_have_value("Zoë")
    expect(lines).to_have_count(1)
    page.get_by_role("link", name="Changes").click()
    expect(page.get_by_label("Who", exact=True)).to_have_value("Zoë")
    expect(page.get_by_text("Nothing was changed like that.")).to_be_visible()


def test_nobody_is_asked_for_by_a_broken_address(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/audit?show=access&customer=x", role="service_provider")
    expect(page.locator(".trouble")).to_contain_text("Customer: Invalid UUID.")
