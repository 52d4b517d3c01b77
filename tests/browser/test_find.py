"""Finding a customer while one types."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.client import ITEMS, item
from tests.api.conftest import MakeParts, with_settings
from tests.browser.conftest import Place, Visit, standing

Keep = Callable[[Page, str], None]
SCROLLED = "document.querySelector('#find').scrollTop"


def names(page: Page) -> list[str]:
    return page.locator(".find .hit .name").all_inner_texts()


def test_somebody_is_found_from_a_misspelled_name(place: Place, visit: Visit, keep: Keep) -> None:
    place.api.create("Söderström", name="Ada", dob="1984-02-29", document_number="AB 123-456")
    place.api.create("Söderman", name="Adam", dob="1984-02-29")
    place.api.create("Nguyễn", name="Thị Minh Khai")
    page = visit(place.url)
    page.keyboard.type("soderstrom ava 1984-02-28")
    expect(page.locator(".hit .name").first).to_have_text("Söderström Ada")
    expect(page.get_by_role("status").filter(has_text="found")).to_be_visible()
    # The answer to all that was typed marks the date too.
    expect(page.locator(".hit").first.locator(".facts mark")).to_be_visible()
    assert page.locator(".hit").first.locator(".name mark").all_inner_texts()[0] == "Söderström"
    page.get_by_role("button", name="Why Söderström").click()
    expect(page.locator(".reasons:visible")).to_contain_text("Date of birth")
    expect(page.locator(".reasons:visible")).to_contain_text("points")
    keep(page, "find")


def test_why_names_a_field_as_the_form_does(place: Place, visit: Visit) -> None:
    place.api.define("home", label="Town or village", searchable=True)
    place.api.create("Meyer", name="Anna", extra_fields={"home": "Ulm"})
    page = visit(place.url)
    page.keyboard.type("ulm")
    page.get_by_role("button", name="Why Meyer").click()
    expect(page.locator(".reasons:visible dt")).to_have_text("Town or village")


def test_why_tells_of_whom_where_many_have_one_name(place: Place, visit: Visit) -> None:
    place.api.create("Meyer", name="Anna", dob="1984-02-29", document_number="AB 1")
    place.api.create("Meyer", name="Anna", dob="1975-11-03")
    page = visit(place.url)
    page.keyboard.type("meyer anna")
    for told in ("Why Meyer, Anna, 29 Feb 1984, AB 1", "Why Meyer, Anna, 3 Nov 1975"):
        expect(page.get_by_role("button", name=told, exact=True)).to_be_visible()


def test_the_points_of_why_add_up_to_the_score_that_is_shown(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer", name="Anna", dob="1984-02-29")
    parts = {"names": 0.4354, "dob": 0.2651}
    hit = {
        **customer,
        "score": 0.7005,
        "likely": True,
        "explanation": [
            {"feature": feature, "similarity": 0.9, "points": points}
            for feature, points in parts.items()
        ],
    }
    found = {"items": [hit], "next": None, "limit": 20}
    page = visit(place.url)
    page.route("**/search?*", lambda route: route.fulfill(json=found))
    page.keyboard.type("meyer")
    page.get_by_role("button", name="Why Meyer").click()
    expect(page.locator(".hit .score")).to_contain_text("70 %")
    texts = page.locator(".reasons:visible dd").all_inner_texts()
    assert [text.split(", ")[1] for text in texts] == ["44 points", "26 points"]


def test_a_day_alone_is_marked_however_it_was_typed(place: Place, visit: Visit) -> None:
    place.api.create("Meyer", name="Anna", dob="1984-02-29")
    for text in ("1984-02-29", "29.2.1984", "29021984", "29.2.84", "29-Feb-84"):
        page = visit(place.url)
        page.keyboard.type(text)
        expect(page.locator(".hit .facts mark")).to_be_visible()
        expect(page.locator(".hit .facts mark.near")).to_have_count(0)


def test_a_year_beside_the_name_marks_the_date_as_near(place: Place, visit: Visit) -> None:
    place.api.create("Meyer", name="Anna", dob="1984-02-29")
    page = visit(place.url)
    page.keyboard.type("meyer 1984")
    expect(page.locator(".hit .facts mark.near")).to_be_visible()


def test_who_is_one_year_old_is_not_one_years(place: Place, visit: Visit) -> None:
    place.api.create("Meyer", dob="2024-11-03")
    page = visit(place.url)
    page.clock.set_fixed_time("2026-06-01")
    page.keyboard.type("meyer")
    expect(page.locator(".hit .facts")).to_have_text(re.compile(", 1 year$"))


@pytest.mark.parametrize(
    ("typed", "marks"),
    [
        ("łd 660081", ["ŁD", "660081"]),
        ("łdzik d", ["Łdzik", "D"]),
        ("łdzik danel", ["Łdzik", "Dan", "el"]),
        ("łdzk", ["Łdz"]),
        ("angelo ed", ["Angelo"]),
        ("neill 5523", ["Neill", "5523"]),
        ("o'neill", ["O", "Neill"]),
        ("محمدی", ["محمدي"]),
    ],
)
def test_marks_show_what_was_typed_and_why_somebody_was_found(
    place: Place, visit: Visit, typed: str, marks: list[str]
) -> None:
    place.api.create("Łdzik", name="Daniel", document_number="ŁD 660081")
    place.api.create("D'Angelo", name="Bob")
    place.api.create("O\u02bcNeill", name="محمدي", document_number="RR 5020 5523")
    page = visit(place.url)
    page.keyboard.type(typed)
    expect(page.locator(".find .hit").first.locator("mark")).to_have_text(marks)


def test_the_box_has_the_focus_from_the_first_moment(place: Place, visit: Visit) -> None:
    expect(visit(place.url).get_by_role("searchbox")).to_be_focused()


def test_exact_finds_only_what_is_the_same(place: Place, visit: Visit) -> None:
    place.api.create("Meyer")
    place.api.create("Meier")
    page = visit(place.url)
    page.keyboard.type("meyer")
    expect(page.locator(".hit")).to_have_count(2)
    page.get_by_label("Exact").check()
    expect(page.locator(".hit")).to_have_count(1)
    assert names(page) == ["Meyer"]


def test_exact_tells_what_counts_where_it_finds_nobody(
    place: Place, visit: Visit, keep: Keep
) -> None:
    place.api.create("Müller-Lüdenscheidt")
    page = visit(place.url)
    page.get_by_label("Exact").check()
    page.get_by_role("searchbox").fill("MULLER LUDENSCHEIDT")
    expect(page.locator(".hit")).to_have_count(1)
    page.get_by_role("searchbox").fill("Müller-Lüdenscheid")
    expect(page.locator(".results")).to_contain_text("but for case, accents and punctuation")
    keep(page, "exact-nobody")


def test_who_is_only_alike_stands_below_a_title(place: Place, visit: Visit, keep: Keep) -> None:
    place.api.create("Meyer", name="Anna", dob="1980-02-29")
    place.api.create("Meyer", name="Anna", dob="1975-11-03")
    page = visit(place.url)
    page.keyboard.type("meyer ana 1980-02-29")
    expect(page.get_by_role("heading", name="Less alike")).to_be_visible()
    above, below = page.locator(".hits").all()
    expect(above).to_contain_text("1980")
    expect(below).to_contain_text("1975")
    keep(page, "less-alike")
    page.get_by_label("Exact").check()
    page.get_by_role("searchbox").fill("meyer anna")
    expect(page.locator(".hit")).to_have_count(2)
    expect(page.get_by_role("heading", name="Less alike")).to_have_count(0)


def test_hits_stay_in_their_order_though_a_likely_one_is_less_alike(
    place: Place, visit: Visit
) -> None:
    for name, day in (("Anna", "1980-02-29"), ("Anna", "1980-02-28"), ("Maria", "1980-02-29")):
        place.api.create("Weidenfeller", name=name, dob=day)
    typed = "weidenfeller anna 1980-02-29"
    found = place.api.items(f"{ITEMS}/search?q={quote(typed)}")
    assert [hit["likely"] for hit in found] == [True, False, True]
    page = visit(place.url)
    page.keyboard.type(typed)
    shown = page.locator(".hit a")
    expect(shown).to_have_count(3)
    for link, hit in zip(shown.all(), found, strict=True):
        expect(link).to_have_attribute("href", re.compile(hit["id"]))


def test_an_older_answer_never_replaces_a_newer_one(place: Place, visit: Visit) -> None:
    place.api.create("Abel")
    place.api.create("Zorn")
    page = visit(place.url)
    held: list[Route] = []
    page.route("**/search?q=Abel*", lambda route: held.append(route))
    page.get_by_role("searchbox").fill("Abel")
    page.wait_for_timeout(200)
    page.get_by_role("searchbox").fill("Zorn")
    expect(page.locator(".hit .name")).to_have_text("Zorn")
    assert held
    for route in held:
        route.fulfill(json={"items": [], "next": None})
    page.wait_for_timeout(200)
    assert names(page) == ["Zorn"]


def test_a_slow_answer_does_not_hold_up_typing(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    page.route("**/search?*", lambda _route: None)
    page.keyboard.type("no answer comes")
    expect(page.get_by_role("searchbox")).to_have_value("no answer comes")
    expect(page.locator(".results")).to_have_attribute("aria-busy", "true")


def test_results_are_no_longer_shown_as_the_answer_where_the_next_one_takes_long(
    place: Place, visit: Visit, keep: Keep
) -> None:
    place.api.create("Abel")
    page = visit(place.url)
    page.get_by_role("searchbox").fill("Abel")
    summary, results = page.locator(".summary"), page.locator(".results")
    expect(summary).to_have_text("1 customer found")
    held: list[Route] = []
    page.route("**/search?*", lambda route: held.append(route))
    page.get_by_role("searchbox").fill("Zorn")
    expect(summary).to_have_text("Still searching…")
    expect(results).to_have_class(re.compile("outdated"))
    keep(page, "still-searching")
    held[0].fulfill(json={"items": [], "next": None})
    expect(page.get_by_text("Nobody like that is here.")).to_be_visible()
    expect(results).not_to_have_class(re.compile("outdated"))


def test_a_registry_that_never_answers_is_told(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    page.clock.install()
    page.route("**/search?*", lambda _route: None)
    page.get_by_role("searchbox").fill("Abel")
    page.clock.fast_forward("00:05")
    expect(page.locator(".summary")).to_have_text("Still searching…")
    page.clock.fast_forward("00:31")
    expect(page.locator(".results .trouble")).to_contain_text("There is no connection")


def test_who_asks_again_is_in_the_box_then(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    page.route("**/search?*", lambda route: route.fulfill(status=503, json={"detail": "busy"}))
    page.keyboard.type("meyer")
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator(".results .trouble")).to_be_visible()


def test_where_more_are_found_than_are_shown_it_is_said(place: Place, visit: Visit) -> None:
    for number in range(21):
        place.api.create("Meier", name=f"Anna {number}")
    page = visit(place.url)
    page.keyboard.type("meier")
    expect(page.locator(".hit")).to_have_count(20)
    expect(page.locator(".summary")).to_have_text("The best 20")
    page.get_by_label("Exact").check()
    expect(page.locator(".summary")).to_have_text("20 shown, there may be more")


@pytest.mark.parametrize(
    ("limit", "shown", "summary"), [(2, 2, "The best 2"), (30, 21, "21 customers found")]
)
def test_how_many_are_shown_is_the_location_s_to_say(
    make_parts: MakeParts, visit: Visit, limit: int, shown: int, summary: str
) -> None:
    with standing(with_settings(make_parts(), fuzzy_hit_limit=limit)) as at:
        for number in range(21):
            at.api.create("Meier", name=f"Anna {number}")
        page = visit(at.url)
        page.keyboard.type("meier")
        expect(page.locator(".hit")).to_have_count(shown)
        expect(page.locator(".summary")).to_have_text(summary)


def test_arrows_walk_through_the_hits_and_enter_opens(place: Place, visit: Visit) -> None:
    place.api.create("Meyer", name="Anna")
    place.api.create("Meyer", name="Berta")
    page = visit(place.url)
    page.keyboard.type("meyer")
    expect(page.locator(".hit")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator(".hit a").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Meyer")


def test_an_arrow_goes_nowhere_where_nobody_is_found(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    page.keyboard.type("zorn")
    expect(page.get_by_text("Nobody like that is here.")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_arrows_walk_on_from_the_button_beside_a_hit(place: Place, visit: Visit) -> None:
    for name in ("Anna", "Berta", "Clara"):
        place.api.create("Meyer", name=name)
    page = visit(place.url)
    page.keyboard.type("meyer")
    expect(page.locator(".hit")).to_have_count(3)
    links, second = page.locator(".hit a"), page.locator(".why").nth(1)
    second.click()
    page.keyboard.press("ArrowDown")
    expect(links.nth(2)).to_be_focused()
    second.focus()
    page.keyboard.press("ArrowUp")
    expect(links.nth(0)).to_be_focused()


def test_enter_waits_for_the_answer_to_what_was_typed_last(place: Place, visit: Visit) -> None:
    place.api.create("Quick", name="Fox")
    page = visit(place.url)
    page.keyboard.type("quick fox")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Quick Fox")


@pytest.mark.parametrize("key", [" ", "Enter"])
def test_enter_opens_the_best_answer_to_what_was_typed_whatever_key_comes_before_it(
    place: Place, visit: Visit, key: str
) -> None:
    page, held = asking_after_an_answer(place, visit)
    page.keyboard.press("Enter")
    page.keyboard.press(key)
    page.wait_for_timeout(200)
    expect(page).to_have_url(place.url)
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Becker Anna")


def test_enter_opens_nobody_of_a_list_before(place: Place, visit: Visit) -> None:
    page, _held = asking_after_an_answer(place, visit)
    page.keyboard.press("Enter")
    page.keyboard.type("b")
    page.wait_for_timeout(200)
    expect(page).to_have_url(place.url)
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_enter_opens_nobody_for_whoever_went_on_to_another_view(place: Place, visit: Visit) -> None:
    page, held = asking_after_an_answer(place, visit)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="New customer").click()
    expect(page.get_by_label("Surname")).to_be_focused()
    for route in held:
        route.continue_()
    expect(page.locator(".find .hit .name")).to_have_text("Becker Anna")
    expect(page.get_by_label("Surname")).to_be_visible()


def test_who_walks_through_the_hits_stays_with_a_customer_when_a_later_answer_comes(
    place: Place, visit: Visit
) -> None:
    for name in ("Anna", "Berta"):
        place.api.create("Meyer", name=name)
    page = visit(place.url)
    page.keyboard.type("meyer")
    expect(page.locator(".hit")).to_have_count(2)
    held: list[Route] = []
    page.route("**/search?*", lambda route: held.append(route))
    page.keyboard.type(" berta")
    page.wait_for_timeout(200)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".hit a").first).to_be_focused()
    for route in held:
        route.continue_()
    expect(page.locator(".hit .name").first).to_have_text("Meyer Berta")
    expect(page.locator(".hit a").nth(1)).to_be_focused()


def test_who_walked_to_a_customer_that_a_later_answer_lacks_is_back_in_the_box(
    place: Place, visit: Visit
) -> None:
    page, held = asking_after_an_answer(place, visit)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".hit a").first).to_be_focused()
    held[-1].fulfill(json={"items": [], "next": None, "limit": 20})
    expect(page.get_by_role("searchbox")).to_be_focused()


def asking_after_an_answer(place: Place, visit: Visit) -> tuple[Page, list[Route]]:
    """Müller was found, Becker is looked for, and the registry takes its time."""
    place.api.create("Müller", name="Jan")
    place.api.create("Becker", name="Anna")
    page = visit(place.url)
    page.keyboard.type("müller")
    expect(page.locator(".hit .name")).to_have_text("Müller Jan")
    held: list[Route] = []
    page.route("**/search?*", lambda route: held.append(route))
    page.keyboard.press("Control+a")
    page.keyboard.type("becker anna")
    # Who types slowly, as a busy machine does, asks several times: the last question counts.
    while not (held and "anna" in held[-1].request.url):
        page.wait_for_timeout(50)
    return page, held


def test_nobody_found_leads_to_a_new_customer_with_what_was_typed(
    place: Place, visit: Visit, keep: Keep
) -> None:
    page = visit(place.url)
    page.keyboard.type("lindqvist eva 1990-01-31 X77")
    expect(page.get_by_text("Nobody like that is here.")).to_be_visible()
    keep(page, "nobody-found")
    page.get_by_role("link", name="Create this customer").click()
    expect(page.get_by_label("Surname")).to_have_value("Lindqvist")
    expect(page.get_by_label("Given name")).to_have_value("Eva")
    expect(page.get_by_label("Date of birth")).to_have_value("1990-01-31")
    expect(page.get_by_label("Document number")).to_have_value("X77")


@pytest.mark.parametrize(
    ("typed", "dob", "number"),
    [
        ("3.4.1991", "1991-04-03", ""),
        ("03/04/1991", "1991-04-03", ""),
        ("3. 4. 1991", "1991-04-03", ""),
        ("3 4 1991", "1991-04-03", ""),
        ("12 11 4711", "", "12 11 4711"),
        ("AB 123 456 3.4.1991", "1991-04-03", "AB 123 456"),
        ("1991-4-3 X77", "1991-04-03", "X77"),
        ("30.2.1991", "", "30.2.1991"),
        ("33.4.1991 3.4.1991", "1991-04-03", "33.4.1991"),
        ("17 Apr 1961", "1961-04-17", ""),
        ("17 Sept 1961", "1961-09-17", ""),
        ("9/17/61", "1961-09-17", ""),
        ("09/17/1961", "1961-09-17", ""),
        ("17. September 1961", "1961-09-17", ""),
        ("April 17, 1961 X77", "1961-04-17", "X77"),
        ("3.4.1991 1985-02-03", "1991-04-03", "1985-02-03"),
    ],
)
def test_a_date_that_was_typed_is_a_new_customers_birth_however_it_is_written(
    place: Place, visit: Visit, typed: str, dob: str, number: str
) -> None:
    page = visit(place.url)
    page.keyboard.type(f"querejeta íñigo {typed}")
    page.get_by_role("link", name="Create this customer").click()
    expect(page.get_by_label("Date of birth")).to_have_value(dob)
    expect(page.get_by_label("Document number")).to_have_value(number)
    expect(page.get_by_label("Given name")).to_have_value("Íñigo")


@pytest.mark.parametrize(
    ("typed", "number"), [("QXZ 551341", "QXZ 551341"), ("ŁD 660081", "ŁD 660081")]
)
def test_a_number_that_nobody_has_is_a_new_customers_number(
    place: Place, visit: Visit, typed: str, number: str
) -> None:
    page = visit(place.url)
    page.keyboard.type(typed)
    page.get_by_role("link", name="Create this customer").click()
    expect(page.get_by_label("Document number")).to_have_value(number)
    expect(page.get_by_label("Surname")).to_have_value("")


@pytest.mark.parametrize("typed", ["querejeta íñigo 1984", "querejeta;íñigo;1984", "1984"])
def test_four_digits_are_no_new_customers_number(place: Place, visit: Visit, typed: str) -> None:
    page = visit(place.url)
    page.keyboard.type(typed)
    page.get_by_role("link", name="Create this customer").click()
    expect(page.get_by_label("Document number")).to_have_value("")
    is_named = typed.startswith("querejeta")
    expect(page.get_by_label("Surname")).to_have_value("Querejeta" if is_named else "")


def test_an_empty_registry_says_so(place: Place, visit: Visit, keep: Keep) -> None:
    page = visit(place.url)
    keep(page, "start")
    page.get_by_role("button", name="Look through all customers").press("Enter")
    expect(page.get_by_text("There are no customers yet.")).to_be_visible()
    expect(page.get_by_role("link", name="Create the first one")).to_be_focused()


def test_all_customers_can_be_looked_through_page_by_page(place: Place, visit: Visit) -> None:
    for number in range(53):
        place.api.create(f"Number {number:02}")
    page = visit(place.url)
    page.get_by_role("button", name="Look through all customers").press("Enter")
    expect(page.locator(".hit")).to_have_count(50)
    expect(page.locator(".hit a").first).to_be_focused()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".hit")).to_have_count(53)
    assert len(set(names(page))) == 53


def test_the_list_one_looks_through_stays_where_it_is_when_a_customer_is_saved(
    place: Place, visit: Visit, keep: Keep
) -> None:
    ids = [place.api.create(f"Number {number:02}", name="Ana")["id"] for number in range(61)]
    page = visit(place.url)
    look_through(page, 61)
    page.get_by_role("link", name="Number 58").click()
    expect(page.locator(".values")).to_be_visible()
    scrolled = page.evaluate(SCROLLED)
    assert scrolled > 0
    page.keyboard.press("e")
    page.get_by_label("Given name").fill("Anna")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Number 58 Anna")
    expect(page.locator(".find .hit")).to_have_count(61)
    expect(page.locator(".find .hit a[aria-current] .name")).to_have_text("Number 58 Anna")
    assert page.evaluate(SCROLLED) == scrolled
    keep(page, "list-after-a-save")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".find .hit")).to_have_count(60)
    assert names(page) == [f"Number {number:02} Ana" for number in range(61) if number != 58]
    page.goto(f"{place.url}#/customers/{ids[58]}/history")
    page.get_by_role("button", name="Restore the record").click()
    expect(page.locator(".find .hit .name").nth(58)).to_have_text("Number 58 Anna")


def test_a_small_screen_comes_back_to_where_it_was_on_the_list(place: Place, visit: Visit) -> None:
    for number in range(61):
        place.api.create(f"Number {number:02}")
    page = visit(place.url, viewport={"width": 360, "height": 740})
    look_through(page, 61)
    page.get_by_role("link", name="Number 58").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Given name").fill("Anna")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Number 58 Anna")
    page.get_by_role("link", name="Back to the search").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("link", name="Number 58 Anna")).to_be_in_viewport()


def test_a_new_customer_is_on_the_list_one_looks_through(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    page.get_by_role("button", name="Look through all customers").click()
    for surname in ("First", "Second"):
        page.get_by_role("link", name="New customer").click()
        page.get_by_label("Surname").fill(surname)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(surname)
    assert names(page) == ["First", "Second"]
    expect(page.get_by_text("There are no customers yet.")).to_have_count(0)


def test_the_list_one_looks_through_outlasts_a_broken_connection(
    place: Place, visit: Visit
) -> None:
    for number in range(61):
        place.api.create(f"Number {number:02}")
    page = visit(place.url)
    look_through(page, 50)
    page.route("**/*", lambda route: route.abort())
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".results .trouble")).to_contain_text("There is no connection")
    expect(page.locator("#connection")).not_to_be_empty()
    page.unroute_all()
    expect(page.locator(".find .hit")).to_have_count(61)
    expect(page.locator("#connection")).to_be_empty()
    assert len(set(names(page))) == 61
    expect(page.locator(".results .trouble")).to_have_count(0)


def look_through(page: Page, customers: int) -> None:
    page.get_by_role("button", name="Look through all customers").click()
    expect(page.locator(".find .hit")).to_have_count(50)
    if customers > 50:
        page.get_by_role("button", name="Show more").click()
        expect(page.locator(".find .hit")).to_have_count(customers)


def test_whom_one_opened_last_is_offered_again_and_not_kept(place: Place, visit: Visit) -> None:
    customer = place.api.create("Meyer")
    page = visit(place.url, f"#/customers/{customer['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Meyer")
    expect(page.locator(".find .hit .name")).to_have_text("Meyer")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Meyer" not in kept + page.title()


@pytest.mark.parametrize("view", ["", "/history"])
def test_whoever_turns_out_to_be_gone_is_not_offered_again(
    place: Place, visit: Visit, view: str
) -> None:
    customer = place.api.create("Meyer")["id"]
    page = visit(place.url, f"#/customers/{customer}")
    expect(page.locator(".find .hit .name")).to_have_text("Meyer")
    page.goto(f"{place.url}#/nowhere")
    place.api.delete(item(customer))
    page.goto(f"{place.url}#/customers/{customer}{view}")
    expect(page.get_by_text("no longer here" if view else "is not here")).to_be_visible()
    expect(page.get_by_text("Type what you know.")).to_be_visible()
