"""Every minute: what another location lacks is sent again, what is damaged here mended."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate
from msgspec.structs import asdict

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged, system_caller

blueprint = Blueprint("app")


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="repair_differences")
@logged
def repair_differences(_event: Any, parts: Parts) -> Mapping[str, object]:
    from chalicelib.services import repair

    caller = system_caller("repair")
    return asdict(repair.repair_differences(caller, parts.registry, parts.board, parts.producer))
