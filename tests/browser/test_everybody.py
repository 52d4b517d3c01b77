"""The page is for everybody: with a keyboard, a screen reader, a small screen, in the dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.client import item
from tests.browser.axe import violations
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]
Act = Callable[[Page], object]


def look(_page: Page) -> None:
    """Nothing is done."""


def search(page: Page) -> None:
    page.get_by_role("searchbox").fill("soderstrom ava 1984-02-28 AB1")
    page.get_by_role("button", name="Why Söderström").first.click()


def submit_nothing(page: Page) -> None:
    page.get_by_label("Surname").fill("")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Surname is required.")).to_be_visible()


def create_alike(page: Page) -> None:
    page.get_by_label("Surname").fill("Söderström")
    page.get_by_label("Given name").fill("Ada")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Likely the same")).to_be_focused()


def ask_to_delete(page: Page) -> None:
    page.get_by_role("button", name="Delete").first.click()


def ask_who(page: Page) -> None:
    page.locator("#who").click()


def ask_for_keys(page: Page) -> None:
    page.locator("h1").focus()
    page.keyboard.press("?")


VIEWS: dict[str, tuple[str, str, Act]] = {
    "start": ("#/", "#q", look),
    "hits": ("#/", "#q", search),
    "card": ("#/customers/{}", ".values", look),
    "form": ("#/customers/{}/edit", "form.fields", look),
    "form with mistakes": ("#/customers/new", "form.fields", submit_nothing),
    "likely duplicates": ("#/customers/new", "form.fields", create_alike),
    "delete": ("#/customers/{}", ".values", ask_to_delete),
    "history": ("#/customers/{}/history", ".timeline", look),
    "conflicts": ("#/conflicts", "#detail .empty", look),
    "fields": ("#/fields", "table", look),
    "field": ("#/fields/city", "form.fields", look),
    "new field": ("#/new-field", "form.fields", look),
    "audit": ("#/audit", ".entry", look),
    "who saw whom": ("#/audit?show=access", ".entry", look),
    "locations": ("#/locations", ".tiles", look),
    "who": ("#/locations", ".tiles", ask_who),
    "keys": ("#/customers/{}", ".values", ask_for_keys),
    "nothing": ("#/nowhere", "#detail .empty", look),
    "not here": ("#/customers/nobody", "#detail .empty", look),
}


def somebody(place: Place) -> str:
    place.api.define("city", label="City", pattern="[A-Z].*")
    place.api.define("language", "choice", label="Language", choices=["Deutsch", "Svenska"])
    place.api.define("newsletter", "boolean", label="Newsletter", active=False)
    place.api.define("one_word", label="Rindfleischetikettierung" * 4)
    values = {"name": "Ada", "dob": "1984-02-29", "document_number": "AB 1"}
    customer = place.api.create("Söderström", **values, extra_fields={"city": "Ulm"})
    place.api.patch(item(customer["id"]), {"name": "Ada Maria"})
    return str(customer["id"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(place: Place, visit: Visit, keep: Keep, scheme: str) -> None:
    customer = somebody(place)
    page = visit(
        place.url, role="service_provider", bypass_csp=True, color_scheme=scheme,
        reduced_motion="reduce",
    )  # fmt: skip
    wrong = {}
    for name, (where, shown, act) in VIEWS.items():
        page.goto("about:blank")
        page.goto(place.url + where.format(customer))
        expect(page.locator(shown).first).to_be_visible()
        act(page)
        wrong[name] = violations(page)
        keep(page, f"{name.replace(' ', '-')}-{scheme}")
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_at_the_door_and_in_a_comparison(
    place: Place, visit: Visit, scheme: str
) -> None:
    customer = somebody(place)
    door = visit(place.url, role=None, bypass_csp=True, color_scheme=scheme)
    expect(door.get_by_label("Your name")).to_be_visible()
    assert violations(door) == []
    edit = f"#/customers/{customer}/edit"
    page = visit(place.url, edit, bypass_csp=True, color_scheme=scheme)
    page.get_by_label("Given name").fill("Mine")
    place.api.patch(item(customer), {"name": "Theirs"})
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_text("Both of you changed this.")).to_be_visible()
    assert violations(page) == []


# The smallest is a large screen of which everything is four times as large.
@pytest.mark.parametrize("width", [320, 768, 1024])
def test_nothing_is_cut_off_on_a_small_screen(
    place: Place, visit: Visit, keep: Keep, width: int
) -> None:
    customer = somebody(place)
    page = visit(
        place.url, role="service_provider", viewport={"width": width, "height": 740}, has_touch=True
    )
    for name, (where, shown, act) in VIEWS.items():
        if name == "keys":  # needs a keyboard
            continue
        page.goto("about:blank")
        page.goto(place.url + where.format(customer))
        expect(page.locator(shown).first).to_be_visible()
        act(page)
        across = page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, name
        keep(page, f"{name.replace(' ', '-')}-{width}")


def test_no_choice_is_broken_within_a_word_on_a_small_screen(place: Place, visit: Visit) -> None:
    somebody(place)
    page = visit(place.url, viewport={"width": 320, "height": 740})
    page.get_by_role("searchbox").fill("soderstrom")
    expect(page.get_by_text(re.compile(r"customers? found"))).to_be_visible()
    for word in (page.get_by_text("Similar"), page.get_by_text("Exact")):
        lines = word.evaluate(
            "word => { const range = new Range(); range.selectNodeContents(word);"
            " return range.getClientRects().length; }"
        )
        assert lines == 1


def test_where_one_is_is_in_sight_on_a_small_screen(place: Place, visit: Visit) -> None:
    page = visit(
        place.url,
        role="service_provider",
        actor="Maximiliane Wolfeschlegel",
        viewport={"width": 320, "height": 740},
    )
    location = page.locator(".location")
    assert location.evaluate(
        "one => { one.textContent = 'loc1'; return one.scrollWidth <= one.clientWidth; }"
    )


def test_the_section_one_is_in_is_in_sight_on_a_small_screen(
    place: Place, visit: Visit, keep: Keep
) -> None:
    page = visit(
        place.url, "#/locations", role="service_provider", viewport={"width": 360, "height": 740}
    )
    sections = page.get_by_label("Sections")
    for name in ("Locations", "Find", "Audit"):
        sections.get_by_role("link", name=name).click()
        expect(sections.locator("[aria-current]")).to_have_text(name)
        expect(sections.locator("[aria-current]")).to_be_in_viewport(ratio=1)
    page.goto("about:blank")
    page.goto(f"{place.url}#/locations")
    expect(sections.locator("[aria-current]")).to_be_in_viewport(ratio=1)
    keep(page, "sections-360")


def test_a_look_through_the_locations_goes_on_when_their_state_is_read_anew(
    place: Place, visit: Visit
) -> None:
    def with_another(route: Route) -> None:
        answer = route.fetch()
        heard = {"loc9-abcd": {"at": "2026-01-01T00:00:00Z", "lag_ms": 12}}
        route.fulfill(response=answer, json=answer.json() | {"applied": heard})

    page = visit("about:blank", role="service_provider", viewport={"width": 360, "height": 740})
    page.clock.install()
    page.route("**/api/locations/status", with_another)
    page.goto(f"{place.url}#/locations")
    table = page.get_by_role("region", name="Other locations")
    table.focus()
    table.evaluate("element => element.scrollTo(50, 0)")
    table.evaluate("element => element.classList.add('before')")
    page.clock.fast_forward("00:06")
    expect(table).not_to_have_class(re.compile("before"))
    expect(table).to_be_focused()
    assert table.evaluate("element => element.scrollLeft") == 50


def test_a_customer_is_created_and_changed_with_the_keyboard(place: Place, visit: Visit) -> None:
    page = visit(place.url, "#/nowhere")
    heading = page.get_by_role("heading", level=1)
    press(page, "n")
    expect(page.get_by_label("Surname")).to_be_focused()
    page.keyboard.type("Meyer")
    press(page, "Tab")
    page.keyboard.type("Anna")
    press(page, "Control+Enter")
    expect(heading).to_have_text("Meyer Anna")
    press(page, "e")
    expect(page.get_by_label("Surname")).to_be_focused()
    page.keyboard.type("Maier ")
    press(page, "Control+Enter")
    expect(heading).to_have_text("Maier Meyer Anna")
    press(page, "h")
    expect(page.locator(".timeline .entry")).to_have_count(2)
    press(page, "d")
    expect(page.locator(".values")).to_be_visible()


def test_a_customer_is_found_and_deleted_with_the_keyboard(place: Place, visit: Visit) -> None:
    place.api.create("Maier", name="Anna")
    page = visit(place.url, "#/nowhere")
    press(page, "/")
    page.keyboard.type("maier")
    press(page, "Enter")
    expect(page.locator(".values")).to_be_visible()
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "Escape")
    tab_to(page, "Delete")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Delete Maier Anna?")).to_be_visible()
    tab_to(page, "Delete")
    press(page, "Enter")
    expect(page.locator("#notice")).to_have_text("Maier Anna is deleted.")


def test_the_way_to_the_content_leads_past_the_head_and_not_out_of_the_view(
    place: Place, visit: Visit
) -> None:
    customer = place.api.create("Meyer", name="Anna")
    page = visit(place.url, f"#/customers/{customer['id']}")
    expect(page.locator(".values")).to_be_visible()
    page.get_by_role("link", name="To the content").press("Enter")
    expect(page.locator("#detail")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer Anna")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(place.url)
    page.get_by_role("link", name="To the content").press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_single_keys_can_be_switched_off(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}")
    page.locator("#who").click()
    page.get_by_label("Keys without Ctrl").uncheck()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("e")
    expect(page.locator(".values")).to_be_visible()


def test_what_has_the_focus_can_be_seen(place: Place, visit: Visit) -> None:
    customer = somebody(place)
    page = visit(place.url, f"#/customers/{customer}", role="service_provider")
    expect(page.locator(".values")).to_be_visible()
    for _ in range(14):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue
        style = "getComputedStyle(document.activeElement)"
        outline = page.evaluate(f"{style}.outlineStyle")
        # What stands for a hidden radio button is outlined beside it.
        beside = page.evaluate("document.activeElement.type === 'radio'")
        assert outline == "solid" or beside, page.evaluate("document.activeElement.outerHTML")


def test_the_appearance_can_be_chosen(place: Place, visit: Visit) -> None:
    page = visit(place.url, color_scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#who").click()
    page.get_by_label("Appearance").select_option("Dark")
    page.get_by_role("button", name="Done").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def press(page: Page, key: str) -> None:
    # Keys belong to what is on the screen: it must be there first.
    expect(page.locator(".loading")).to_have_count(0)
    page.keyboard.press(key)


def tab_to(page: Page, text: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == text:
            return
    raise AssertionError(f"the Tab key never comes to {text}")
