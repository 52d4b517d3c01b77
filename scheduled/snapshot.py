"""Every quarter of an hour: an index of all customers, for search functions that start."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged

blueprint = Blueprint("app")


@blueprint.schedule(Rate(15, unit=Rate.MINUTES), name="take_snapshot")
@logged
def take_snapshot(_event: Any, parts: Parts) -> Mapping[str, object]:
    from chalicelib.services import warm_index

    return warm_index.take_snapshot(parts.warm_index, parts.registry)
