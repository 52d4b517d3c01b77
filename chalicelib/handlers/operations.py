"""/health, /api/locations/status and the page."""

from functools import cache
from pathlib import Path

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import NotFound
from chalicelib.handlers.http import Answer, HttpRequest, endpoint
from chalicelib.services.status import read_status

blueprint = Blueprint(__name__)
WEB = Path(__file__).parents[1] / "web"
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
    )
)


@endpoint(blueprint, "GET", "/", None)
def read_page(_request: HttpRequest) -> Answer:
    return _file("index.html")


@endpoint(blueprint, "GET", "/web/{name}", None)
def read_asset(_request: HttpRequest, name: str) -> Answer:
    return _file(name)


@endpoint(blueprint, "GET", "/health", None)
def read_health(request: HttpRequest) -> Answer:
    return Answer({"status": "ok", "location": request.parts.settings.location})


@endpoint(blueprint, "GET", "/api/locations/status", Permission.READ_STATUS)
def read_locations_status(request: HttpRequest) -> Answer:
    return Answer(read_status(request.registry))


def _file(name: str) -> Answer:
    content = _files().get(name)
    if content is None:
        raise NotFound("there is no such file")
    headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Answer(
        content, content_type=f"{TYPES[Path(name).suffix]}; charset=utf-8", headers=headers
    )


@cache
def _files() -> dict[str, str]:
    """The page's own files by name: nothing outside the folder can be asked for."""
    return {path.name: path.read_text("utf-8") for path in WEB.iterdir() if path.suffix in TYPES}
