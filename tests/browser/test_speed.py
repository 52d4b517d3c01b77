"""The page is light and quick."""

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import Place, Visit

MOST_BYTES = 150_000
THROTTLED = 4
LOADS = 3
USABLE = """
    addEventListener("focusin", (event) => {
        if (event.target.id === "q") window.usable ??= performance.now();
    });
"""


def test_the_first_load_is_light(place: Place, visit: Visit) -> None:
    page = visit("about:blank")
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto(place.url)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.wait_for_load_state("networkidle")
    assert all(url.startswith((place.url, "data:")) for url in sizes), (
        "nothing comes from elsewhere"
    )
    assert sum(sizes.values()) < MOST_BYTES


def test_a_second_visit_loads_nothing_but_the_page_itself(place: Place, visit: Visit) -> None:
    page = visit(place.url)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.reload()
    expect(page.get_by_role("searchbox")).to_be_focused()
    loaded = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((one) => one.transferSize).map((one) => one.name)"
    )
    assert [name for name in loaded if "/web/" in name] == []


def test_it_is_usable_within_a_second_of_the_answer_on_a_slow_machine(
    place: Place, visit: Visit
) -> None:
    page = visit("about:blank")
    browser = page.context.new_cdp_session(page)
    browser.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLED})
    page.add_init_script(USABLE)
    took = [first_load(page, browser, place.url) for _ in range(LOADS)]
    print("usable after", ", ".join(f"{one:.0f}" for one in took), "ms")
    # The best: what else runs on this machine is not the page's.
    assert min(took) < 1000


def first_load(page: Page, browser: CDPSession, url: str) -> float:
    """Milliseconds from the end of the answer until one can type what is to be found."""
    page.goto("about:blank")
    browser.send("Network.clearBrowserCache")
    page.goto(url)
    expect(page.get_by_role("searchbox")).to_be_focused()
    return float(
        page.evaluate("usable - performance.getEntriesByType('navigation')[0].responseEnd")
    )
