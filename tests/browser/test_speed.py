"""The page is light and quick."""

from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Place, Visit

MOST_BYTES = 150_000
THROTTLED = 4


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
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy(browser)
    page.goto(place.url)
    expect(page.get_by_role("searchbox")).to_be_focused()
    # The time of the processor, not of the clock: what else runs here is not the page's.
    took = THROTTLED * (busy(browser) - before)
    print(f"usable after {took * 1000:.0f} ms of a processor {THROTTLED} times as slow")
    assert took < 1


def busy(browser: CDPSession) -> float:
    """The seconds that the page has kept its processor busy."""
    metrics = browser.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))
