"""Two people change the same record."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.api.client import field, item
from tests.browser.conftest import Place, Visit

Keep = Callable[[Page, str], None]


def test_a_stale_edit_is_shown_field_by_field_and_the_person_chooses(
    place: Place, visit: Visit, keep: Keep
) -> None:
    values = {"name": "Ava", "dob": "1984-02-28", "document_number": "AB 1"}
    customer = place.api.create("Söderström", **values)
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Avery")
    page.get_by_label("Document number").fill("AB 2")
    change = {"name": "Avelina", "dob": "1984-03-01"}
    place.api.by("service_agent", "Bob").patch(item(customer["id"]), change)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody changed this meanwhile")
    expect(page.locator(".stale header")).to_contain_text("Bob at")
    # Only one of them changed these: nobody has to think about it.
    expect(choice(page, "Date of birth", "Theirs")).to_be_checked()
    expect(choice(page, "Document number", "Yours")).to_be_checked()
    expect(page.get_by_role("group", name="Surname")).to_have_count(0)
    keep(page, "stale")
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_text("Both of you changed this. Choose one.")).to_be_visible()
    choice(page, "Given name", "Yours").check()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Söderström Avery")
    now = place.api.read(customer["id"])
    assert (now["name"], now["dob"], now["document_number"]) == ("Avery", "1984-03-01", "AB 2")


def test_what_a_field_held_that_is_hidden_meanwhile_counts_as_emptied_by_nobody(
    place: Place, visit: Visit
) -> None:
    place.api.define("city", label="City")
    place.api.define("hobby", label="Hobby")
    customer = place.api.create("Meyer", extra_fields={"city": "Ulm", "hobby": "chess"})
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Mine")
    page.get_by_label("Hobby").fill("go")
    place.api.patch(item(customer["id"]), {"name": "Theirs"})
    for key in ("city", "hobby"):
        place.api.patch(field(key), {"active": False})
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".compare legend")).to_have_text(["Given name"])
    choice(page, "Given name", "Yours").check()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer Mine")


def test_a_second_change_while_one_chooses_is_compared_again(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="A")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Mine")
    for theirs in ("First", "Second"):
        place.api.patch(item(customer["id"]), {"name": theirs})
        page.locator("button.primary").click()
        expect(page.get_by_role("group", name="Given name")).to_contain_text(theirs)
        choice(page, "Given name", "Yours").check()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer Mine")


def test_the_name_of_whoever_was_first_turns_no_sentence_around(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Mine")
    change = {"name": "Theirs"}
    place.api.by("service_agent", "%E2%80%AEBob").patch(item(customer["id"]), change)
    page.get_by_role("button", name="Save").click()
    sentence = page.locator(".stale header p")
    expect(sentence).to_contain_text("changed Meyer Theirs")
    assert left(sentence.locator("b").first) < left(sentence.locator(".name"))


def test_theirs_can_be_kept(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="A")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Mine")
    place.api.patch(item(customer["id"]), {"name": "Theirs"})
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Keep theirs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer Theirs")
    expect(page.locator(".values")).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_label("Given name")).to_have_value("Theirs")


def test_a_customer_who_was_deleted_meanwhile_is_told_of(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}/edit")
    page.get_by_label("Given name").fill("Anna")
    place.api.delete(item(customer["id"]))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("deleted this customer meanwhile")
    page.get_by_role("link", name="See its history").click()
    expect(page.locator(".timeline")).to_contain_text("deleted")


def test_a_stale_field_is_compared_too(place: Place, visit: Visit) -> None:
    place.api.define("city", label="City")
    page = visit(place.url, "#/fields/city", role="service_provider")
    page.get_by_label("Label").fill("Town")
    place.api.patch(field("city"), {"label": "Place"})
    page.get_by_role("button", name="Save").click()
    choice(page, "Label", "Yours").check()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.get_by_role("table")).to_contain_text("Town")


def left(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["x"]


def choice(page: Page, label: str, whose: str) -> Locator:
    return page.get_by_role("group", name=label).get_by_label(whose)
