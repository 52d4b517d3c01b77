"""/ and /web: the page, and the files that pages are made of."""

import hashlib
import re
from functools import cache

from chalice.app import Blueprint

from chalicelib.domain.errors import NotFound
from chalicelib.handlers.answer import File, Html
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.request import HttpRequest

blueprint = Blueprint(__name__)
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "connect-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # The browser itself refuses to turn text into markup or code.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
# Modules that the page at / has no use for.
OTHER_PAGES = ("reference.js",)
# What is imported only for those who may see it, or with the view that leads to it.
LOADED_LATER = (
    "audit.js",
    "compare.js",
    "entry.js",
    "field-form.js",
    "fields.js",
    "filtered.js",
    "history.js",
    "locations.js",
    "seen.js",
    "stale.js",
)
FOREVER = "public, max-age=31536000, immutable"
_BLANK = re.compile(r"\{\{(\w+)\}\}")


@endpoint(blueprint, "GET", "/", None)
def read_page(request: HttpRequest) -> Html:
    """The page."""
    return html_page("index.html", request)


@endpoint(blueprint, "GET", "/web/{version}/{name}", None)
def read_asset(_request: HttpRequest, version: str, name: str) -> File:
    """A file that the pages are made of."""
    content = _files().get(name)
    if content is None:
        raise NotFound("there is no such file")
    # A page from before an update gets today's file, and must not keep it under the old name.
    return _file(name, content, FOREVER if version == _version() else "no-store")


def html_page(name: str, request: HttpRequest) -> Html:
    """An HTML file with its blanks filled in."""
    from html import escape

    settings = request.parts.settings
    values = {
        "version": _version(),
        "location": settings.location,
        "auth_mode": settings.auth_mode,
        "role_claim": settings.oidc_role_claim,
        "actor_claim": settings.oidc_actor_claim,
        # From an address with a slash at its end the files are one step up.
        "root": "../" if request.ends_with_slash else "",
    }
    filled = _BLANK.sub(lambda blank: escape(values[blank[1]]), _files()[name])
    content = filled.replace("<!-- modules -->", _preloads())
    return Html(content, content_type=_kind(name), headers=_headers("no-cache"))


def _file(name: str, content: str, caching: str) -> File:
    return File(content, content_type=_kind(name), headers=_headers(caching))


def _kind(name: str) -> str:
    return f"{TYPES[name[name.rindex('.') :]]}; charset=utf-8"


def _headers(caching: str) -> dict[str, str]:
    return {**SECURITY, "Cache-Control": caching}


def _preloads() -> str:
    """Names the modules at once, so that none waits for the one that imports it."""
    return "\n".join(
        f'<link rel="modulepreload" href="web/{_version()}/{name}">'
        for name in sorted(_files())
        if name.endswith(".js") and name not in (*OTHER_PAGES, *LOADED_LATER)
    )


@cache
def _version() -> str:
    """Changes whenever a file does: what is asked for by version may be kept for good."""
    digest = hashlib.sha256()
    for name, content in sorted(_files().items()):
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:12]


@cache
def _files() -> dict[str, str]:
    """The page's own files by name: nothing outside the folder can be asked for."""
    from pathlib import Path

    web = Path(__file__).parents[1] / "web"
    return {path.name: path.read_text("utf-8") for path in web.iterdir() if path.suffix in TYPES}
