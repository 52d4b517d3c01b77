"""Every minute: whatever the stream did not ring for is sent."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged, publish
from chalicelib.metrics import emit

blueprint = Blueprint("app")


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_relay")
@logged
def sweep_relay(_event: Any, parts: Parts) -> Mapping[str, object]:
    # What the relay cannot send stays in it: the figure has to come out before it fails.
    emit(parts.settings.location, OutboxDepth=parts.registry.store.outbox.depth())
    published = publish(parts)
    # Giving way to a relay that is at work is no failure: the next tick is soon.
    return {"sent": published.sent, "busy": published.busy}
