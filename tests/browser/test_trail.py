"""The history of a customer, and the audit of everything."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.api.client import AUDIT, accepted, field, item
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]


def test_a_history_tells_who_changed_what_when_and_where(
    place: Place, visit: Visit, keep: Keep
) -> None:
    place.api.define("city", label="City")
    customer = place.api.create("Meyer", dob="1984-02-29")
    change = {"name": "Anna", "dob": "1984-03-01", "extra_fields": {"city": "Ulm"}}
    place.api.by("service_agent", "Zoë").patch(item(customer["id"]), change)
    page = visit(place.url, f"#/customers/{customer['id']}")
    expect(page.locator(".values")).to_be_visible()
    page.keyboard.press("h")
    newest = page.locator(".timeline .entry").first
    expect(newest).to_contain_text("Zoë changed 3 values")
    expect(newest).to_contain_text(f"at {customer['origin']}")
    expect(newest).to_contain_text("service agent")
    dob = newest.locator(".changes > div").filter(has_text="Date of birth")
    expect(dob.locator("del")).to_contain_text("29 Feb 1984")
    expect(dob.locator("ins")).to_contain_text("1 Mar 1984")
    expect(newest.locator("dt").filter(has_text="City")).to_be_visible()
    expect(page.locator(".timeline .entry").last).to_contain_text("created the record")
    keep(page, "history")


def test_a_history_counts_the_values_of_inactive_fields_and_does_not_tell_them(
    place: Place, visit: Visit
) -> None:
    place.api.define("city", label="City")
    customer = place.api.create("Meyer")
    change = {"name": "Anna", "extra_fields": {"city": "Ulm"}}
    place.api.patch(item(customer["id"]), change)
    accepted(place.api.patch(field("city"), {"active": False}))
    page = visit(place.url, f"#/customers/{customer['id']}/history")
    newest = page.locator(".timeline .entry").first
    expect(newest).to_contain_text("changed 2 values")
    expect(newest).to_contain_text("Of fields that are not active, not shown: 1 value.")
    expect(newest).not_to_contain_text("Ulm")
    expect(newest.locator(".changes > div")).to_have_count(1)


def without_two(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, json=answer.json() | {"missing": 2})


def test_a_history_says_how_many_changes_are_missing(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}")
    page.route("**/history?*", without_two)
    expect(page.locator(".values")).to_be_visible()
    page.keyboard.press("h")
    expect(page.locator(".timeline .entry")).to_have_count(1)
    expect(page.get_by_text("2 changes are missing here")).to_be_visible()


def test_older_changes_come_on_demand_and_keep_the_keyboard_where_it_was(
    place: Place, visit: Visit
) -> None:
    customer = place.api.create("Meyer")
    for number in range(50):
        accepted(place.api.patch(item(customer["id"]), {"name": f"Anna {number}"}))
    page = visit(place.url, f"#/customers/{customer['id']}/history")
    entries = page.locator(".timeline .entry")
    expect(entries).to_have_count(50)
    page.route("**/history?*", lambda route: route.fulfill(status=503, json={"detail": "busy"}))
    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    page.unroute_all()
    page.keyboard.press("Enter")
    expect(entries).to_have_count(51)
    expect(entries.last).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_the_history_of_a_deleted_customer_stays(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Anna")
    place.api.delete(item(customer["id"]))
    page = visit(place.url, f"#/customers/{customer['id']}/history")
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer Anna")
    expect(page.get_by_text("The record is no longer here.")).to_be_visible()
    expect(page.locator(".timeline .entry")).to_have_count(2)


def test_a_deleted_customer_is_restored_from_the_history(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Anna")
    place.api.delete(item(customer["id"]))
    page = visit(place.url, f"#/customers/{customer['id']}/history")
    page.get_by_role("button", name="Restore the record").click()
    expect(page).to_have_url(f"{place.url}#/customers/{customer['id']}")
    expect(page.locator(".values")).to_be_visible()
    expect(page.get_by_text("The record is back.")).to_be_visible()


def test_the_audit_shows_every_change_and_filters(place: Place, visit: Visit, keep: Keep) -> None:
    place.api.define("city", label="City")
    customer = place.api.by("service_agent", "Bob").create("Meyer")
    place.api.by("service_agent", "Zoë").patch(item(customer["id"]), {"name": "Anna"})
    page = visit(place.url, "#/audit", role="service_provider")
    entries = page.locator(".timeline .entry")
    expect(entries).to_have_count(3)
    keep(page, "audit")
    page.get_by_label("Who").fill("Bob")
    page.keyboard.press("Enter")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("Bob created Meyer")
    expect(page.get_by_role("status").filter(has_text="1 change shown")).to_be_attached()
    page.get_by_label("Who").fill("")
    page.get_by_label("Did").select_option("changed")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("Zoë changed")
    page.get_by_label("From", exact=True).fill("2000-01-01")
    page.get_by_label("To", exact=True).fill("2000-01-02")
    expect(page.get_by_text("Nothing was changed like that.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Nothing found")).to_be_attached()
    page.reload()
    expect(page.get_by_label("To", exact=True)).to_have_value("2000-01-02")


def test_a_day_of_no_calendar_is_told_beside_it_and_filters_nothing(
    place: Place, visit: Visit
) -> None:
    place.api.create("Meyer")
    page = visit(place.url, "#/audit", role="service_provider")
    expect(page.locator(".timeline .entry")).to_have_count(1)
    page.get_by_label("From", exact=True).fill("202026-01-01")
    error = page.get_by_text("Write the year in four digits.")
    expect(error).to_be_visible()
    expect(page.locator(".timeline .entry")).to_have_count(1)
    expect(page.locator(".trouble")).to_have_count(0)
    page.reload()
    expect(error).to_be_visible()
    expect(page.locator(".timeline .entry")).to_have_count(1)
    page.get_by_label("From", exact=True).fill("2020-01-01")
    expect(error).to_have_count(0)
    expect(page.locator(".timeline .entry")).to_have_count(1)


def test_an_address_with_no_day_in_it_filters_nothing(place: Place, visit: Visit) -> None:
    place.api.create("Meyer")
    page = visit(place.url, "#/audit?since=yesterday&until=2026-13-01", role="service_provider")
    expect(page.locator(".timeline .entry")).to_have_count(1)


def test_the_audit_says_how_many_changes_cannot_be_read(place: Place, visit: Visit) -> None:
    place.api.create("Meyer")
    page = visit(place.url, "#/", role="service_provider")
    page.route("**/api/audit*", without_two)
    page.goto(f"{place.url}#/audit")
    expect(page.locator(".timeline .entry")).to_have_count(1)
    expect(page.get_by_text("2 changes are missing here")).to_be_visible()


def test_a_page_without_entries_is_not_the_last_one(place: Place, visit: Visit) -> None:
    place.api.create("Meyer")

    def nothing_at_first(route: Route) -> None:
        if "cursor=x" in route.request.url:
            route.fulfill(response=route.fetch(url=f"{place.url}/api/audit"))
        else:
            route.fulfill(json={"items": [], "next": "x", "missing": 0})

    page = visit(place.url, "#/", role="service_provider")
    page.route("**/api/audit*", nothing_at_first)
    page.goto(f"{place.url}#/audit")
    expect(page.locator(".timeline .entry")).to_have_count(1)


def test_an_entry_leads_to_the_history_of_its_customer(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, "#/audit", role="service_provider")
    page.get_by_role("link", name="Meyer").click()
    expect(page).to_have_url(f"{place.url}#/customers/{customer['id']}/history")


def test_older_entries_come_on_demand(place: Place, visit: Visit) -> None:
    for number in range(33):
        place.api.create(f"Number {number}")
    page = visit(place.url, "#/audit", role="service_provider")
    expect(page.locator(".timeline .entry")).to_have_count(30)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".timeline .entry")).to_have_count(33)
    assert len(place.api.items(f"{AUDIT}?limit=100")) == 33
