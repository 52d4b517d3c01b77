"""Whatever people write is shown as what it is: text."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]
HOSTILE = "<img src=x onerror=document.title=1>"
VIEWS = ("", "/edit", "/history")


def hostile(place: Place) -> str:
    place.api.define("note", label=HOSTILE)
    place.api.define("kind", "choice", label="Kind", choices=[HOSTILE])
    extra = {"note": HOSTILE, "kind": HOSTILE}
    author = place.api.by("service_agent", HOSTILE)
    values = {"name": HOSTILE, "document_number": HOSTILE, "extra_fields": extra}
    return str(author.create(HOSTILE, **values)["id"])


def test_markup_in_every_value_stays_text(place: Place, visit: Visit, keep: Keep) -> None:
    customer = hostile(place)
    page = visit(place.url, role="service_provider", actor=HOSTILE)
    page.get_by_role("searchbox").fill("img src x onerror document title 1")
    expect(page.locator(".hit .name")).to_have_text(f"{HOSTILE} {HOSTILE}")
    for where in (*(f"#/customers/{customer}{view}" for view in VIEWS), "#/fields", "#/audit"):
        page.goto(place.url + where)
        expect(page.locator("#detail h1")).to_be_visible()
        expect(page.get_by_text(HOSTILE).first).to_be_attached()
        assert page.locator("img").count() == 0
        assert page.title().endswith(place_name(page))
    keep(page, "hostile")


def test_a_deletion_names_hostile_text_as_text(place: Place, visit: Visit) -> None:
    page = visit(place.url, f"#/customers/{hostile(place)}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_have_text(f"{HOSTILE} {HOSTILE} is deleted.")
    assert page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("surname", "name"),
    [("الأحمد", "محمد"), ("כהן", "דוד"), ("Nguyễn", "Thị Minh Khai"), ("王", "小明")],
)
def test_names_of_any_script_keep_their_order_and_that_of_the_page(
    place: Place, visit: Visit, keep: Keep, surname: str, name: str
) -> None:
    customer = place.api.create(surname, name=name, dob="1971-05-05", document_number=surname)
    page = visit(place.url, f"#/customers/{customer['id']}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(f"{surname} {name}")
    first, second = (box(heading.locator("bdi").nth(at)) for at in (0, 1))
    assert first["x"] < second["x"], "the surname stands first, whatever its direction"
    label, value = box(page.locator(".values dt").first), box(page.locator(".values dd").first)
    assert label["x"] < value["x"]
    page.get_by_role("searchbox").fill(surname)
    expect(page.locator(".hit mark").first).to_have_text(surname)
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1).focus()
    keep(page, f"script-{ord(surname[0]):x}")


def test_the_page_runs_under_a_policy_that_lets_no_text_become_markup(
    place: Place, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(place.url)
    refused = page.evaluate(
        "(() => { try { document.body.innerHTML = '<b>' } catch (e) { return e.name } })()"
    )
    page.close()
    assert refused == "TypeError"


def place_name(page: Page) -> str:
    return str(page.evaluate("document.documentElement.dataset.location"))


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found is not None
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}
