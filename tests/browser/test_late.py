"""An answer that comes late, when whoever asked already does something else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.api.client import ITEMS, field, item
from tests.browser.conftest import Place, Visit, overruled

Answer = Callable[[Route], None]


def go_through(route: Route) -> None:
    route.continue_()


def be_refused(route: Route) -> None:
    problem = {"code": "invalid", "detail": "the name is too long", "field": "name"}
    route.fulfill(status=422, json=problem)


@contextmanager
def held(page: Page, method: str, answer: Answer = go_through) -> Iterator[None]:
    """What is asked inside is answered when the block ends."""
    asked: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == method:
            asked.append(route)
        else:
            route.fallback()

    page.route("**/api/**", hold)
    with page.expect_request(lambda request: request.method == method):
        yield
    # A request is told of before its route is.
    while not asked:
        page.wait_for_timeout(10)
    for route in asked:
        answer(route)
    page.unroute("**/api/**", hold)


@pytest.fixture
def meyer(place: Place) -> str:
    return str(place.api.create("Meyer", name="Ana")["id"])


@pytest.fixture
def nowak(place: Place) -> str:
    return str(place.api.create("Nowak", name="Piotr")["id"])


def save_meyer_and_go_on(page: Page, place: Place, meyer: str, nowak: str) -> None:
    page.get_by_label("Given name").fill("Anna")
    page.get_by_role("button", name="Save").click()
    type_for(page, place, nowak)


def type_for(page: Page, place: Place, nowak: str) -> None:
    page.goto(f"{place.url}#/customers/{nowak}/edit")
    expect(heading(page)).to_have_text("Edit Nowak Piotr")
    page.get_by_label("Given name").fill("Pawel")


def expect_still_typing(page: Page, place: Place, nowak: str) -> None:
    expect(page).to_have_url(f"{place.url}#/customers/{nowak}/edit")
    expect(page.get_by_label("Given name")).to_have_value("Pawel")
    expect(page.get_by_label("Given name")).to_be_focused()


def test_a_late_answer_to_a_save_is_told_where_one_is(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        save_meyer_and_go_on(page, place, meyer, nowak)
    expect(notice(page)).to_have_text("Meyer Anna is saved.")
    expect_still_typing(page, place, nowak)
    page.goto(f"{place.url}#/customers/{meyer}/edit")
    expect(heading(page)).to_have_text("Edit Meyer Anna")
    expect(page.get_by_text("not yet saved")).to_have_count(0)


def test_a_late_refusal_is_told_where_one_is_and_what_was_typed_stays(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH", be_refused):
        save_meyer_and_go_on(page, place, meyer, nowak)
    expect(notice(page)).to_have_text(
        "Meyer Ana is not saved. The name is too long. What you typed is still in the form."
    )
    expect_still_typing(page, place, nowak)
    page.goto(f"{place.url}#/customers/{meyer}/edit")
    expect(page.get_by_label("Given name")).to_have_value("Anna")
    expect(page.get_by_text("not yet saved")).to_be_visible()


def test_what_is_told_while_one_looks_at_another_window_waits(
    place: Place, visit: Visit, meyer: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}")
    page.clock.install()
    look(page, away=True)
    delete(page)
    expect(notice(page)).to_have_text("Meyer Ana is deleted.")
    page.clock.run_for("01:00")
    expect(notice(page)).to_have_text("Meyer Ana is deleted.")
    look(page, away=False)
    page.clock.run_for("00:04")
    expect(notice(page)).to_have_text("Meyer Ana is deleted.")
    page.clock.run_for("00:04")
    expect(notice(page)).to_be_empty()


def test_that_somebody_else_was_first_is_told_where_one_is(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        save_meyer_and_go_on(page, place, meyer, nowak)
        place.api.patch(item(meyer), {"name": "Anja"})
    expect(notice(page)).to_contain_text(
        "Meyer Ana is not saved. Somebody changed this customer meanwhile."
    )
    expect_still_typing(page, place, nowak)


def test_that_somebody_deleted_the_customer_is_told_where_one_is(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        save_meyer_and_go_on(page, place, meyer, nowak)
        place.api.delete(item(meyer))
    expect(notice(page)).to_have_text(
        "Meyer Ana is not saved. Somebody deleted this customer meanwhile."
    )
    expect_still_typing(page, place, nowak)


def test_what_was_typed_after_a_save_outlives_its_answer(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        save_meyer_and_go_on(page, place, meyer, nowak)
        page.goto(f"{place.url}#/customers/{meyer}/edit")
        page.get_by_label("Document number").fill("AB 1")
    expect(notice(page)).to_have_text("Meyer Anna is saved.")
    expect(page.get_by_label("Document number")).to_have_value("AB 1")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator(".values")).to_contain_text("AB 1")


def test_whoever_came_back_to_what_is_saved_then_sees_it_saved(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        save_meyer_and_go_on(page, place, meyer, nowak)
        page.goto(f"{place.url}#/customers/{meyer}/edit")
        expect(page.get_by_text("not yet saved")).to_be_visible()
    expect(heading(page)).to_have_text("Edit Meyer Anna")
    expect(page.get_by_text("not yet saved")).to_have_count(0)


def test_a_form_takes_nothing_while_it_is_sent_and_keeps_the_focus(
    place: Place, visit: Visit, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{nowak}/edit")
    name = page.get_by_label("Given name")
    name.fill("Pawel")
    with held(page, "PATCH", be_refused):
        name.press("Control+Enter")
        expect(page.locator("form[aria-busy=true]")).to_be_visible()
        page.keyboard.type(" n")
    expect(error_of(page, "name")).to_contain_text("too long")
    expect(name).to_have_value("Pawel")
    expect(name).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("a")
    page.get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text("Nowak Pawela")


def test_nothing_else_can_be_chosen_while_a_form_is_sent(
    place: Place, visit: Visit, nowak: str
) -> None:
    define_choices(place)
    place.api.patch(item(nowak), {"extra_fields": {"language": "Deutsch"}})
    page = visit(place.url, f"#/customers/{nowak}/edit")
    newsletter = page.get_by_role("group", name="Newsletter")
    page.get_by_label("Given name").fill("Pawel")
    with held(page, "PATCH", be_refused):
        page.get_by_role("button", name="Save").click()
        page.get_by_label("Language").press("ArrowDown")
        newsletter.get_by_label("Yes").click(force=True)
    expect(error_of(page, "name")).to_contain_text("too long")
    expect(page.get_by_label("Language")).to_have_value("Deutsch")
    expect(newsletter.get_by_label("Not known")).to_be_checked()
    page.get_by_label("Language").select_option("Svenska")
    newsletter.get_by_label("Yes").check()
    page.get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text("Nowak Pawel")
    extra = place.api.read(nowak)["extra_fields"]
    assert extra == {"language": "Svenska", "newsletter": True}


@pytest.mark.parametrize("focused", ["Given name", "Date of birth", "Language"])
def test_the_focus_is_where_it_was_after_a_refusal_that_names_no_field(
    place: Place, visit: Visit, nowak: str, focused: str
) -> None:
    define_choices(place)
    page = visit(place.url, f"#/customers/{nowak}/edit")
    page.get_by_label("Given name").fill("Pawel")
    with held(page, "PATCH", lambda route: route.abort()):
        page.get_by_label(focused).press("Control+Enter")
    expect(page.locator(".form-error")).to_contain_text("Not saved")
    expect(page.get_by_label(focused)).to_be_focused()
    expect(page.get_by_label("Given name")).to_be_editable()


def test_a_choice_between_two_versions_takes_nothing_while_it_is_sent(
    place: Place, visit: Visit, meyer: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    page.get_by_label("Given name").fill("Anna")
    place.api.patch(item(meyer), {"name": "Anja"})
    page.get_by_role("button", name="Save").click()
    mine = page.get_by_role("group", name="Given name").get_by_label("Yours")
    theirs = page.get_by_role("group", name="Given name").get_by_label("Theirs")
    mine.check()
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PATCH" else None)
    with held(page, "PATCH"):
        page.get_by_role("button", name="Save what is chosen").click()
        theirs.click(force=True)
        expect(mine).to_be_checked()
        page.get_by_role("button", name="Save what is chosen").click()
    expect(heading(page)).to_have_text("Meyer Anna")
    assert len(sent) == 1


def test_an_answer_takes_no_focus_from_the_search(place: Place, visit: Visit, meyer: str) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        page.get_by_label("Given name").fill("Anna")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("searchbox").press_sequentially("now")
    expect(heading(page)).to_have_text("Meyer Anna")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_refusal_takes_no_focus_from_the_search(place: Place, visit: Visit, meyer: str) -> None:
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH", be_refused):
        page.get_by_label("Given name").fill("Anna")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("searchbox").press_sequentially("now")
    expect(error_of(page, "name")).to_contain_text("too long")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_form_whose_fields_have_changed_takes_no_focus_from_the_search(
    place: Place, visit: Visit, meyer: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, f"#/customers/{meyer}/edit")
    with held(page, "PATCH"):
        page.get_by_label("City").fill("Ulm")
        page.get_by_role("button", name="Save").click()
        place.api.patch(field("city"), {"type": "integer"})
        page.get_by_role("searchbox").press_sequentially("now")
    expect(error_of(page, "extra.city")).to_contain_text("whole number")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("not yet saved")).to_be_visible()


def test_a_late_answer_to_a_deletion_is_told_where_one_is(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}")
    with held(page, "DELETE"):
        delete(page)
        type_for(page, place, nowak)
    expect(notice(page)).to_have_text("Meyer Ana is deleted.")
    expect_still_typing(page, place, nowak)


@pytest.mark.parametrize("where", ["#/customers/{}", "#/fields"])
def test_nobody_is_asked_again_while_a_deletion_is_under_way(
    place: Place, visit: Visit, meyer: str, where: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, where.format(meyer), role="service_provider")
    with held(page, "DELETE"):
        delete(page)
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(notice(page)).to_contain_text("is deleted.")


def test_that_somebody_was_not_deleted_is_told_where_one_is(
    place: Place, visit: Visit, meyer: str, nowak: str
) -> None:
    page = visit(place.url, f"#/customers/{meyer}")
    with held(page, "DELETE"):
        delete(page)
        type_for(page, place, nowak)
        place.api.patch(item(meyer), {"name": "Anja"})
    expect(notice(page)).to_have_text(
        "Meyer Ana is not deleted: somebody changed this customer meanwhile."
    )
    expect_still_typing(page, place, nowak)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (go_through, "Öztürk Ayşe is in the registry."),
        (
            be_refused,
            "Öztürk Ayşe is not saved. The name is too long. What you typed is still in the form.",
        ),
    ],
)
def test_a_late_answer_to_a_creation_is_told_where_one_is(
    place: Place, visit: Visit, nowak: str, answer: Answer, told: str
) -> None:
    page = visit(place.url, "#/customers/new")
    with held(page, "POST", answer):
        page.get_by_label("Surname").fill("Öztürk")
        page.get_by_label("Given name").fill("Ayşe")
        with page.expect_request(lambda request: request.method == "POST"):
            page.get_by_role("button", name="Create", exact=True).click()
        type_for(page, place, nowak)
    expect(notice(page)).to_have_text(told)
    expect_still_typing(page, place, nowak)
    page.goto(f"{place.url}#/customers/new")
    expect(page.get_by_label("Surname")).to_have_value("" if answer is go_through else "Öztürk")


def test_whoever_went_on_before_the_likely_ones_were_found_is_told_that_nobody_was_created(
    place: Place, visit: Visit, nowak: str
) -> None:
    page = visit(place.url, "#/customers/new")
    page.route("**/search?*", lambda _route: None)
    page.get_by_label("Surname").fill("Öztürk")
    page.get_by_role("button", name="Create", exact=True).click()
    type_for(page, place, nowak)
    expect(notice(page)).to_contain_text("Öztürk is not saved. You went on before it was sent.")
    assert [one["surname"] for one in place.api.items(ITEMS)] == ["Nowak"]


def test_a_late_answer_to_the_change_of_a_field_is_told_where_one_is(
    place: Place, visit: Visit, nowak: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, "#/fields/city", role="service_provider")
    with held(page, "PATCH"):
        page.get_by_label("Label").fill("Town")
        page.get_by_role("button", name="Save").click()
        type_for(page, place, nowak)
    expect(notice(page)).to_have_text("Town is saved.")
    expect_still_typing(page, place, nowak)


def test_that_a_field_was_not_changed_is_told_where_one_is_and_what_was_typed_stays(
    place: Place, visit: Visit, nowak: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, "#/fields/city", role="service_provider")
    with held(page, "PATCH"):
        page.get_by_label("Label").fill("Town")
        page.get_by_role("button", name="Save").click()
        type_for(page, place, nowak)
        place.api.patch(field("city"), {"label": "Place"})
    expect(notice(page)).to_have_text(
        "City is not saved. Somebody changed this field meanwhile. "
        "What you typed is still in the form."
    )
    expect_still_typing(page, place, nowak)
    page.goto(f"{place.url}#/fields/city")
    expect(page.get_by_label("Label")).to_have_value("Town")
    expect(page.get_by_text("not yet saved")).to_be_visible()


@pytest.mark.parametrize(
    ("where", "method", "then"),
    [("#/new-field", "POST", ""), ("#/fields/city", "PATCH", "Town")],
)
def test_whoever_came_back_to_a_field_that_is_saved_then_sees_it_saved(
    place: Place, visit: Visit, where: str, method: str, then: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, where, role="service_provider")
    page.get_by_label("Label").fill("Town")
    with held(page, method):
        page.locator("button.primary").click()
        page.get_by_role("link", name="SINS").click()
        page.go_back()
        expect(page.get_by_text("not yet saved")).to_be_visible()
    expect(page.get_by_text("not yet saved")).to_have_count(0)
    expect(page.get_by_label("Label")).to_have_value(then)


def test_a_late_answer_to_the_deletion_of_a_field_is_told_where_one_is(
    place: Place, visit: Visit, nowak: str
) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, "#/fields", role="service_provider")
    with held(page, "DELETE"):
        page.get_by_role("button", name="Delete City").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        type_for(page, place, nowak)
    expect(notice(page)).to_have_text("City is deleted.")
    expect_still_typing(page, place, nowak)


def test_a_late_answer_to_a_restoration_is_told_where_one_is(
    place: Place, visit: Visit, nowak: str
) -> None:
    customer = overruled(place)
    page = visit(place.url, f"#/customers/{customer}/history")
    with held(page, "POST"):
        page.get_by_role("button", name="Put it back").click()
        type_for(page, place, nowak)
    expect(notice(page)).to_have_text("It is put back.")
    expect_still_typing(page, place, nowak)


def test_that_nothing_was_restored_is_told_where_one_is(
    place: Place, visit: Visit, nowak: str
) -> None:
    customer = overruled(place)
    page = visit(place.url, f"#/customers/{customer}/history")
    with held(page, "POST"):
        page.get_by_role("button", name="Put it back").click()
        type_for(page, place, nowak)
        place.api.patch(item(customer), {"name": "Anita"})
    expect(notice(page)).to_have_text("Not restored: somebody changed this customer meanwhile.")
    expect_still_typing(page, place, nowak)


def define_choices(place: Place) -> None:
    place.api.define("language", "choice", label="Language", choices=["Deutsch", "Svenska"])
    place.api.define("newsletter", "boolean", label="Newsletter")


def delete(page: Page) -> None:
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def look(page: Page, away: bool) -> None:
    page.evaluate(
        """away => {
            Object.defineProperty(document, "hidden", {value: away, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        away,
    )


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def error_of(page: Page, name: str) -> Locator:
    return page.locator(f'[data-field="{name}"] .error')


def notice(page: Page) -> Locator:
    return page.locator("#notice")
