"""Every five minutes: what this location holds is told to the others, and compared with theirs."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib.bootstrap import Parts
from chalicelib.handlers.functions import logged
from chalicelib.metrics import emit

blueprint = Blueprint("app")


@blueprint.schedule(Rate(5, unit=Rate.MINUTES), name="take_digest")
@logged
def take_digest(_event: Any, parts: Parts) -> Mapping[str, object]:
    from chalicelib.services.digest import divergent_buckets, exchange_digests
    from chalicelib.services.retention import note_days

    # First, as the rest fails where the broker is away.
    note_days(parts.registry)
    taken, _ = exchange_digests(parts.registry, parts.board)
    emit(
        parts.settings.location,
        DivergentBuckets=divergent_buckets(parts.registry),
        DeadLetters=taken.dead_letters,
    )
    return {"digest": taken.whole, "records": taken.records, "at": taken.at}
