"""When nothing gets through."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]


def cut(route: Route) -> None:
    route.abort()


def test_a_lost_connection_is_told_and_nothing_typed_is_lost(
    place: Place, visit: Visit, keep: Keep
) -> None:
    place.api.create("Meyer")
    page = visit(place.url)
    bar = page.locator("#connection")
    page.route("**/*", cut)
    page.keyboard.type("meyer")
    expect(bar).to_contain_text("No connection to the registry.")
    expect(page.get_by_role("searchbox")).to_have_value("meyer")
    keep(page, "no-connection")
    page.unroute("**/*", cut)
    expect(page.locator(".hit .name")).to_have_text("Meyer")
    expect(bar).to_be_empty()


def test_a_form_that_could_not_be_sent_can_be_sent_again(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Anna")
    page.route("**/api/**", cut)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".form-error")).to_contain_text("Not saved. There is no connection")
    page.unroute("**/api/**", cut)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer Anna")


def test_a_form_that_is_sent_without_an_answer_can_be_sent_again(
    place: Place, visit: Visit
) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Anna")
    page.clock.install()
    page.route(f"**/{customer['id']}", lambda _route: None)
    page.get_by_role("button", name="Save").click()
    page.clock.fast_forward("00:31")
    expect(page.locator(".form-error")).to_contain_text("Not saved. There is no connection")
    expect(page.get_by_label("Given name")).to_have_value("Anna")


def test_a_view_that_could_not_be_read_comes_by_itself_when_the_connection_is_back(
    place: Place, visit: Visit
) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url)
    page.route("**/*", cut)
    page.goto(f"{place.url}#/customers/{customer['id']}")
    expect(page.locator(".trouble").last).to_contain_text("There is no connection")
    page.unroute("**/*", cut)
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer")


def test_a_registry_that_cannot_answer_now_says_so_and_can_be_asked_again(
    place: Place, visit: Visit, keep: Keep
) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url)

    def unavailable(route: Route) -> None:
        problem = {"code": "unavailable", "detail": "the tables do not answer", "request_id": "r-1"}
        route.fulfill(status=503, json=problem, headers={"Retry-After": "1"})

    page.route("**/items/*", unavailable)
    page.goto(f"{place.url}#/customers/{customer['id']}")
    expect(page.locator(".trouble")).to_contain_text("cannot answer right now")
    expect(page.locator(".trouble")).to_contain_text("r-1")
    keep(page, "unavailable")
    again = page.get_by_role("button", name="Try again")
    again.press("Enter")
    expect(again).to_be_focused()
    page.unroute("**/items/*", unavailable)
    again.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer")
