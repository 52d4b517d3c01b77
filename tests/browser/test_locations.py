"""Two locations side by side, and the broker between them stopped and back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.conftest import start
from tests.faults.rig import Rig, eventually, rig_in

Keep = Callable[[Page, str], None]
PATIENCE = 60_000
# The worker that has a rig already, of those for the fault tests: none is built beside it.
pytestmark = pytest.mark.xdist_group("rig 1")


@pytest.fixture(scope="module")
def rig(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig_in(tmp_path_factory.mktemp("rig"), start) as rig:
        yield rig


@pytest.fixture
def urls(rig: Rig) -> list[str]:
    return [f"{here.process.address}/" for here in rig]


def test_what_one_location_saves_the_other_shows(rig: Rig, urls: list[str], visit: Visit) -> None:
    customer = rig.locations[0].create(surname="Side", name="By")
    eventually(lambda: rig.locations[1].read(customer) is not None, "the customer is there too")
    here, there = (visit(url, f"#/customers/{customer}") for url in urls[:2])
    expect(here.locator(".values")).to_be_visible()
    here.keyboard.press("e")
    here.get_by_label("Given name").fill("By Side")
    here.get_by_role("button", name="Save").click()
    expect(here.get_by_role("heading", level=1)).to_have_text("Side By Side")
    eventually(
        lambda: (rig.locations[1].read(customer) or {})["name"] == "By Side", "the change arrived"
    )
    there.reload()
    expect(there.get_by_role("heading", level=1)).to_have_text("Side By Side")
    expect(there.locator(".values")).to_be_visible()
    there.keyboard.press("h")
    expect(there.locator(".timeline .entry").first).to_contain_text("at loc1")


def test_the_broker_away_is_told_in_words_and_what_lost_is_shown_when_it_is_back(
    rig: Rig, urls: list[str], visit: Visit, keep: Keep
) -> None:
    here, there = rig.locations[:2]
    customer = here.create(surname="Both")
    eventually(lambda: there.read(customer) is not None, "the customer is there too")
    page = visit(urls[0], "#/locations", role="service_provider")
    broker, outbox = (tile(page, name) for name in ("Broker", "Outbox"))
    expect(broker).to_contain_text("There")
    rig.broker.stop()
    here.patch(customer, name="Ours")
    expect(broker).to_contain_text("Away", timeout=PATIENCE)
    expect(broker).to_contain_text("sent when it is back")
    expect(outbox).to_contain_text("1 change")
    keep(page, "broker-away")
    there.patch(customer, name="Theirs")
    rig.broker.start()
    expect(outbox).to_contain_text("Empty", timeout=PATIENCE)
    expect(broker).to_contain_text("There", timeout=PATIENCE)
    expect(page.get_by_role("row", name="loc2")).to_be_visible(timeout=PATIENCE)
    keep(page, "locations")
    rig.settle()
    page.goto(f"{urls[0]}#/customers/{customer}/history")
    lost = page.locator(".superseded")
    expect(lost).to_contain_text("Ours")
    expect(lost).to_contain_text("superseded")
    keep(page, "superseded")


def test_a_value_that_lost_is_put_back_from_the_list_of_conflicts(
    rig: Rig, urls: list[str], visit: Visit, keep: Keep
) -> None:
    here, there = rig.locations[:2]
    customer = here.create(surname="Conflict")
    rig.settle()
    rig.broker.stop()
    here.patch(customer, name="Lost")
    there.patch(customer, name="Stands")
    rig.broker.start()
    rig.settle()
    page = visit(urls[2], "#/conflicts")
    entry = page.locator(".entry").filter(has_text="lost: Lost")
    expect(entry).to_contain_text("stands: Stands")
    keep(page, "conflicts")
    entry.get_by_role("button", name="Put it back").click()
    expect(page.get_by_text("It is put back.")).to_be_visible()
    expect(entry).to_have_count(0)
    rig.settle()
    assert [one.read(customer)["name"] for one in rig] == ["Lost"] * 3


def test_the_other_locations_are_compared(
    rig: Rig, urls: list[str], visit: Visit, keep: Keep
) -> None:
    rig.locations[0].create(surname="Compared")
    rig.settle()
    for here in rig:
        here.exchange_digests()
    rig.locations[0].exchange_digests()
    page = visit(urls[0], "#/locations", role="service_provider")
    for name in ("loc2", "loc3"):
        expect(page.get_by_role("row", name=name)).to_contain_text("The same")
    keep(page, "locations-compared")


def tile(page: Page, name: str) -> Locator:
    return page.locator(".tile").filter(has=page.get_by_role("heading", name=name))
