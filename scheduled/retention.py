"""Every night: customers that nobody may keep any longer are erased."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Cron

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import erase_expired, logged

blueprint = Blueprint("app")
# Below the 15 minutes a function may run; the next night goes on.
SECONDS = 13 * 60


@blueprint.schedule(Cron("0", "2", "*", "*", "?", "*"), name="sweep_expired")
@logged
def sweep_expired(_event: Any, parts: Parts) -> Mapping[str, object]:
    return erase_expired(parts, SECONDS)
