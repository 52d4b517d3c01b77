"""The functions behind the API: called with a stream's, Kafka's or the clock's event."""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.domain.audit import OWN_ACTOR, Caller
from chalicelib.domain.change import Event
from chalicelib.domain.errors import SinsError, TooLarge, Unavailable, UnreadableEvent
from chalicelib.domain.notes import DeadLetter
from chalicelib.log import LOGGER, fields
from chalicelib.metrics import emit

if TYPE_CHECKING:
    from chalicelib.services.replication import Published

# Named after the module that Lambda imports: the handler is `app.relay`, and it loads the app.
blueprint = Blueprint("app")

Body = Callable[[Any, bootstrap.Parts], Mapping[str, object]]
# Below the five minutes that a relay may run, by more than the last batch takes.
RELAY_SECONDS = 4 * 60


def logged(body: Body) -> Callable[[Any, Any], Mapping[str, object]]:
    """The function as Lambda calls it: the body with the parts, and one line in the log."""

    @wraps(body)
    def function(event: Any, context: Any = None) -> Mapping[str, object]:
        parts, started = bootstrap.parts(), time.perf_counter_ns()
        where = fields(labels__location=parts.settings.location)
        outcome = "failure"
        try:
            result = body(event, parts)
            outcome = "success"
            return result
        except Unavailable as error:
            # It passes, and what called it tries again: no error that somebody has to look at.
            LOGGER.warning("%s has to run again: %s", body.__name__, error, extra=where)
            raise
        except Exception:
            LOGGER.exception("%s failed", body.__name__, extra=where)
            raise
        finally:
            LOGGER.info(
                "%s: %s",
                body.__name__,
                outcome,
                extra=fields(
                    faas__name=body.__name__,
                    faas__execution=getattr(context, "aws_request_id", None),
                    labels__location=parts.settings.location,
                    event__outcome=outcome,
                    event__duration=time.perf_counter_ns() - started,
                ),
            )

    return function


def system_caller(name: str) -> Caller:
    """Who acts when no person does: the product itself."""
    return Caller(f"{OWN_ACTOR}{name}", "system", secrets.token_hex(16), secrets.token_hex(16))


@blueprint.lambda_function(name="relay")
@logged
def relay(_event: Any, parts: bootstrap.Parts) -> Mapping[str, object]:
    """The stream of `changes` rings: whatever it says, everything pending is sent.

    Raises Unavailable where another relay is at work, so that the event source rings again: it may
    have looked for the last time before this was committed.
    """
    published = publish(parts)
    if published.busy:
        raise Unavailable("another relay is at work")
    return {"sent": published.sent}


def publish(parts: bootstrap.Parts) -> "Published":
    """One run of the message relay. Raises Unavailable where the broker did not take something."""
    from chalicelib.services import replication

    end = time.monotonic() + RELAY_SECONDS
    published = replication.publish_pending(
        parts.registry,
        parts.producer,
        secrets.token_hex(8),
        keep_going=lambda: time.monotonic() < end,
    )
    if published.failed:
        raise Unavailable(f"the broker did not take {published.failed} events: {published.reason}")
    return published


def erase_expired(parts: bootstrap.Parts, seconds: float) -> Mapping[str, object]:
    """One sweep of so many seconds.

    Raises Unavailable where something did not answer, so that it is tried again.
    """
    from chalicelib.services import retention

    end = time.monotonic() + seconds
    swept = retention.sweep_expired(
        system_caller("retention"), parts.registry, parts.board, lambda: time.monotonic() < end
    )
    for customer_id, reason in swept.refused.items():
        LOGGER.warning("customer %s is not erased: %s", customer_id, reason)
    if swept.waiting:
        LOGGER.warning("%d customers wait: other locations have to be heard first", swept.waiting)
    emit(parts.settings.location, Erased=swept.erased, Unfinished=int(not swept.finished))
    if swept.reason:
        raise Unavailable(f"after {swept.erased} customers were erased: {swept.reason}")
    return {"erased": swept.erased, "left": swept.left, "finished": swept.finished}


@blueprint.lambda_function(name="consumer")
@logged
def consumer(event: Any, parts: bootstrap.Parts) -> Mapping[str, object]:
    """A batch of the topic's records. Raises Unavailable where it has to be brought again."""
    from chalicelib.services import replication

    records = [record for partition in event["records"].values() for record in partition]
    readable = [(record, found) for record in records if (found := _read(record, parts))]
    outcomes = replication.apply_events([found for _, found in readable], parts.registry)
    applied = []
    for (record, found), outcome in zip(readable, outcomes, strict=True):
        if isinstance(outcome, TooLarge):
            _bury(record, outcome, parts)
        elif outcome:
            applied.append(found)
    if applied:
        lag = replication.note_applied(applied, parts.registry)
        emit(parts.settings.location, AppliedLagMilliseconds=lag)
    return {"applied": len(applied)}


def _read(record: Mapping[str, Any], parts: bootstrap.Parts) -> Event | None:
    """The event in a record; one that holds none becomes a dead letter."""
    from chalicelib.messaging.codec import decode

    try:
        return decode(_bytes(record.get("value")))
    except UnreadableEvent as error:
        _bury(record, error, parts)
        return None


def _bury(record: Mapping[str, Any], error: SinsError, parts: bootstrap.Parts) -> None:
    from chalicelib.services import replication

    LOGGER.warning("a record became a dead letter: %s", error.code)
    replication.bury(_letter(record, error.message, parts.registry.clock()), parts.registry)


def _letter(record: Mapping[str, Any], reason: str, now: int) -> DeadLetter:
    value = _bytes(record.get("value"))
    return DeadLetter(
        topic=record["topic"],
        partition=record["partition"],
        offset=record["offset"],
        key=_bytes(record.get("key")),
        value=value,
        reason=reason,
        at=now,
        size=len(value or b""),
        sent=record["timestamp"],
    )


def _bytes(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text)
    except ValueError:
        return text.encode()
