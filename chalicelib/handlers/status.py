"""/health, /ready and /api/locations/status: how the location is doing."""

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import Joining, Unavailable
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.outputs import Health, Ready, StatusOutput, shaped
from chalicelib.handlers.request import HttpRequest
from chalicelib.services.status import read_status, snapshot_at

blueprint = Blueprint(__name__)


@endpoint(blueprint, "GET", "/health", None)
def read_health(request: HttpRequest) -> Answer[Health]:
    """Whether the location is alive."""
    return Answer(Health("ok", request.parts.settings.location))


@endpoint(blueprint, "GET", "/ready", None, raises=(Unavailable, Joining))
def read_ready(request: HttpRequest) -> Answer[Ready]:
    """Whether the tables answer and the location takes changes, and the age of its search index."""
    request.registry.membership.require_joined()
    # Membership is remembered for a while: this asks the tables each time.
    saved = snapshot_at(request.registry)
    return Answer(Ready("ready", request.parts.settings.location, saved))


@endpoint(blueprint, "GET", "/api/locations/status", Permission.READ_STATUS)
def read_locations_status(request: HttpRequest) -> Answer[StatusOutput]:
    """How the location is doing: what waits, how late it is, whether it equals the others."""
    return Answer(shaped(StatusOutput, read_status(request.registry)))
