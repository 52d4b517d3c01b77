"""axe-core, which finds what keeps people out of a page."""

from typing import Any

from playwright.sync_api import Page

from local.engines import npm

PACKAGE = npm.NpmPackage(
    name="axe-core",
    version="4.14.1",
    folder="package",
    sha512="FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)


def violations(page: Page) -> list[str]:
    """What is wrong on the page as it is now, a line each."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=npm.fetch(PACKAGE) / "axe.min.js")
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:160]} ({reason(node) or rule['help']})"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def reason(node: dict[str, Any]) -> str:
    return str(node["any"][0]["message"]) if node["any"] else ""
