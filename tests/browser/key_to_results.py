"""How long it takes from a key in the search box to the results of it.

    python -m tests.browser.key_to_results http://localhost:8001 --names 20

Types the names of customers who are there, each with two letters swapped, as fast as people do.
"""

import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import click
import requests
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS

BETWEEN_KEYS = 150
# From each key to the first moment at which its results are there.
WATCH = """
    const results = document.querySelector(".results");
    window.took = [];
    let since = null;
    document.querySelector("#q").addEventListener("input", () => (since = performance.now()));
    new MutationObserver(() => {
        if (since === null || results.ariaBusy === "true") return;
        window.took.push(performance.now() - since);
        since = null;
    }).observe(results, { attributes: true });
"""


@dataclass(frozen=True)
class Figures:
    """Milliseconds from key to results."""

    keys: int
    median: float
    worst_of_twenty: float

    def __str__(self) -> str:
        return (
            f"{self.keys} keys: median {self.median:.0f} ms, "
            f"95th percentile {self.worst_of_twenty:.0f} ms"
        )


@click.command()
@click.argument("url")
@click.option("--names", default=20, show_default=True, help="How many names are typed.")
def main(url: str, names: int) -> None:
    """Measure at the location that answers at URL."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        enter(page, url)
        click.echo(measure(page, misspelled(url, names)))
        browser.close()


def enter(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")


def measure(page: Page, names: Iterator[str]) -> Figures:
    box = page.get_by_role("searchbox")
    box.wait_for()
    page.evaluate(WATCH)
    for name in names:
        box.fill("")
        box.press_sequentially(name, delay=BETWEEN_KEYS)
        page.wait_for_timeout(BETWEEN_KEYS)
    took = sorted(page.evaluate("took"))
    return Figures(len(took), statistics.median(took), took[int(len(took) * 0.95)])


def misspelled(url: str, count: int) -> Iterator[str]:
    chance = random.Random(1)
    answer = requests.get(
        f"{url.rstrip('/')}/api/customers/items",
        params={"limit": 100},
        headers={"X-Role": "service_agent"},
        timeout=30,
    )
    everybody = answer.json()["items"]
    for customer in chance.sample(everybody, min(count, len(everybody))):
        name = f"{customer['surname']} {customer['name'] or ''}".strip()
        at = chance.randrange(1, max(2, len(name) - 1))
        yield name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


if __name__ == "__main__":
    main()
