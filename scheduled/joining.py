"""Every minute: a location that takes no writes yet looks whether it holds what the others do."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged

blueprint = Blueprint("app")


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="join")
@logged
def join(_event: Any, parts: Parts) -> Mapping[str, object]:
    from chalicelib.services import joining

    return {"joined": joining.join(parts.registry, parts.board)}
