"""Putting back what lost or was deleted, where every change has to name what it replaces."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.api.client import item
from tests.api.conftest import MakeParts, with_settings
from tests.browser.conftest import Place, Visit, overruled, standing


@pytest.fixture
def strict_place(make_parts: MakeParts) -> Iterator[Place]:
    with standing(with_settings(make_parts(), require_if_match=True)) as at:
        yield at


def test_a_value_that_lost_is_put_back_from_the_conflicts(
    strict_place: Place, visit: Visit
) -> None:
    customer = overruled(strict_place)
    page = visit(strict_place.url, "#/conflicts")
    assert replaced(page, "Put it back", "It is put back.") == "*"
    expect(page.get_by_text("No value was lost lately.")).to_be_visible()
    assert strict_place.api.read(customer)["name"] == "Anne"


def test_a_value_is_put_back_from_the_history_in_the_version_that_it_shows(
    strict_place: Place, visit: Visit
) -> None:
    customer = overruled(strict_place)
    shown = strict_place.api.read(customer)["version"]
    page = visit(strict_place.url, f"#/customers/{customer}/history")
    assert replaced(page, "Put it back", "It is put back.") == f'"{shown}"'
    assert strict_place.api.read(customer)["name"] == "Anne"


def test_a_value_that_is_put_back_is_told_of_as_the_one_that_stands(
    strict_place: Place, visit: Visit
) -> None:
    customer = overruled(strict_place, "surname", "Maier", "Mayr")
    page = visit(strict_place.url, f"#/customers/{customer}")
    opened_last = page.locator(".find .hit .name")
    expect(opened_last).to_have_text("Mayr")
    page.keyboard.press("h")
    entry = page.locator(".entry", has_text="without knowing of this change")
    expect(entry).to_contain_text("superseded")
    expect(entry).to_contain_text("That value won.")
    page.get_by_role("button", name="Put it back").click()
    expect(entry).to_contain_text("This value stands again.")
    expect(entry).not_to_contain_text("superseded")
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Maier")
    expect(opened_last).to_have_text("Maier")


def test_nothing_is_put_back_over_a_change_that_the_history_does_not_show(
    strict_place: Place, visit: Visit
) -> None:
    customer = overruled(strict_place)
    page = visit(strict_place.url, f"#/customers/{customer}/history")
    expect(page.get_by_role("button", name="Put it back")).to_be_visible()
    strict_place.api.patch(item(customer), {"name": "Anita"}, if_match="*")
    replaced(page, "Put it back", "Not restored: somebody changed this customer meanwhile.")
    expect(page.locator(".timeline")).to_contain_text("Anita")
    assert strict_place.api.read(customer)["name"] == "Anita"


def test_a_deleted_record_is_restored(strict_place: Place, visit: Visit) -> None:
    customer = strict_place.api.create("Meyer")["id"]
    strict_place.api.delete(item(customer), if_match="*")
    page = visit(strict_place.url, f"#/customers/{customer}/history")
    assert replaced(page, "Restore the record", "The record is back.") == "*"
    assert strict_place.api.read(customer)["surname"] == "Meyer"


@pytest.mark.parametrize("button", ["Put it back", "Restore the record"])
def test_a_second_press_does_nothing_while_the_first_is_under_way(
    strict_place: Place, visit: Visit, button: str
) -> None:
    customer = overruled(strict_place)
    if button == "Restore the record":
        strict_place.api.delete(item(customer), if_match="*")
    page = visit(strict_place.url, f"#/customers/{customer}/history")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if is_restore(request) else None)
    page.get_by_role("button", name=button).dblclick()
    expect(page.locator("#notice")).to_contain_text("back.")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#notice")).to_contain_text("back.")
    assert len(sent) == 1


def replaced(page: Page, button: str, notice: str) -> str:
    """Presses a button, reads what the page says, and tells which version was named."""
    with page.expect_request(is_restore) as sent:
        page.get_by_role("button", name=button).click()
    expect(page.locator("#notice")).to_contain_text(notice)
    return sent.value.headers.get("if-match", "none")


def is_restore(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/restore")
