"""Every quarter of an hour: one number for everything on record, to compare between locations."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged
from chalicelib.services.status import take_digest as take

blueprint = Blueprint("app")


@blueprint.schedule(Rate(15, unit=Rate.MINUTES), name="take_digest")
@logged
def take_digest(_event: Any, parts: Parts) -> Mapping[str, object]:
    return take(parts.registry)
