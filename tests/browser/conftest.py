"""A browser, people who use it, and locations for them to use.

The browser is Debian's Chromium, without its windows where that package is there: it takes half the
processor time. Where both are missing the tests are skipped and say how to get it; with
SINS_REQUIRE_ENGINES=1 they fail instead.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from chalicelib import bootstrap
from chalicelib.bootstrap import Parts
from chalicelib.domain import change as changes
from chalicelib.domain.change import Author
from chalicelib.domain.record import Kind, Value
from chalicelib.services.replication import apply_event
from tests.api.client import Api, over_http
from tests.api.conftest import PROVIDER, MakeParts, make_parts, serving
from tests.fakes import AGENT, event_of

__all__ = ["make_parts"]

FOUND = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
CHROMIUM = Path(os.environ.get("CHROMIUM", FOUND))
HOW_TO_GET_IT = (
    "Chromium is not installed: apt-get install chromium-headless-shell, or set CHROMIUM to one"
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Whom the page knows when it opens; not where a blank page keeps nothing.
INTRODUCTION = """
    if (location.protocol !== "about:") {
        localStorage["sins.caller"] ??= JSON.stringify(%s);
    }
"""
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
PATIENCE_MILLISECONDS = 15_000


@dataclass(frozen=True)
class Place:
    """A location that a browser can go to, and its API."""

    url: str
    api: Api


class Visit(Protocol):
    """Opens the page as somebody; without a role as somebody the page does not know yet."""

    def __call__(
        self,
        url: str,
        where: str = "",
        role: str | None = "service_agent",
        actor: str = "Ann",
        **context: Any,
    ) -> Page: ...


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        missing = pytest.fail if os.environ.get("SINS_REQUIRE_ENGINES") == "1" else pytest.skip
        missing(HOW_TO_GET_IT)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def place(make_parts: MakeParts) -> Iterator[Place]:
    """A location of the test's own, with nobody in it."""
    with standing(make_parts()) as at:
        yield at


def overruled(
    place: Place, field: str = "name", here: Value = "Anne", there: Value = "Anja"
) -> str:
    """A customer who was changed here, and a moment later at another location."""
    registry = bootstrap.parts().registry
    record = registry.store.records.get(Kind.CUSTOMER, place.api.create("Meyer")["id"])
    assert record is not None
    ours = changes.update(record, {field: here}, registry.author(AGENT))
    later = Author(AGENT, "loc9-abcd", registry.clock() + 1000)
    theirs = changes.update(record, {field: there}, later)
    assert ours is not None
    assert theirs is not None
    registry.store.commit(ours)
    apply_event(event_of(theirs), registry)
    return record.id


@contextmanager
def standing(parts: Parts) -> Iterator[Place]:
    """A location on some parts, for a browser."""
    with serving(parts) as port:
        yield Place(f"http://localhost:{port}/", Api(over_http(port), PROVIDER))


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Whatever a test does, the page must not fail, nor try what its policy forbids."""
    contexts, complaints = [], []

    def heard(message: ConsoleMessage) -> None:
        # A refused request is told in the console too, and is not the page's mistake.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def make(
        url: str,
        where: str = "",
        role: str | None = "service_agent",
        actor: str = "Ann",
        **context: Any,
    ) -> Page:
        opened = chromium.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **context}
        )
        contexts.append(opened)
        if role:
            opened.add_init_script(INTRODUCTION % json.dumps({"actor": actor, "role": role}))
        page = opened.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url + where)
        return page

    yield make
    for opened in contexts:
        opened.close()
    assert complaints == []


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keeps what the page looks like, to look at afterwards."""

    def screenshot(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return screenshot
