"""Every minute: whatever the stream did not ring for is sent."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged, publish

blueprint = Blueprint("app")


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_relay")
@logged
def sweep_relay(_event: Any, parts: Parts) -> Mapping[str, object]:
    return publish(parts)
