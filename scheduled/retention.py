"""Every night: customers that nobody may keep any longer are erased."""

import time
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Cron

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged, system_caller
from chalicelib.metrics import emit
from chalicelib.services.retention import sweep_expired as sweep

blueprint = Blueprint("app")
# Below the 15 minutes a function may run; the next night goes on.
SECONDS = 13 * 60


@blueprint.schedule(Cron("0", "2", "*", "*", "?", "*"), name="sweep_expired")
@logged
def sweep_expired(_event: Any, parts: Parts) -> Mapping[str, object]:
    end = time.monotonic() + SECONDS
    swept = sweep(system_caller("retention"), parts.registry, lambda: time.monotonic() < end)
    unfinished = int(not swept.finished)
    emit(parts.settings.location, Erased=swept.erased, Unfinished=unfinished)
    return {"erased": swept.erased, "finished": swept.finished}
