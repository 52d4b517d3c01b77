"""Load, decide, commit: how every change is made, and what is tried again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.change import Change, Claim
from chalicelib.domain.errors import (
    AlreadyClaimed,
    AlreadyExists,
    IdempotencyMismatch,
    StaleVersion,
    Unavailable,
    VersionConflict,
)
from chalicelib.domain.record import Record
from chalicelib.services.registry import Registry

Result = TypeVar("Result")
View = TypeVar("View")
ATTEMPTS = 12
CLAIM_SECONDS = 24 * 60 * 60

# The versions that a caller accepts to replace; None is any.
Expected = frozenset[int] | None


class IdempotencyKey(Struct, frozen=True):
    """What makes two POSTs the same one: who sends it under which key, and a body digest."""

    key: str
    request: str


def rewrite(
    load: Callable[[], Record],
    decide: Callable[[Record], Change | None],
    registry: Registry,
    expected: Expected = None,
) -> Record:
    """Commits what `decide` makes of the record, again and again until nobody came between.

    Raises StaleVersion where the record is not at an expected version, Unavailable when
    others keep coming between, Joining.
    """
    registry.membership.require_joined()

    def step() -> Record:
        record = load()
        _refuse_stale(record, expected)
        change = decide(record)
        if change is None:
            return record
        registry.store.commit(change)
        return change.record

    return until_committed(step)


def until_committed(step: Callable[[], Result]) -> Result:
    """Takes the step again and again until nobody came between. Raises Unavailable."""
    for attempt in range(ATTEMPTS):
        try:
            return step()
        except VersionConflict:
            _pause(attempt)
    raise Unavailable("too many others write this record right now")


def create_once(
    make: Callable[[], tuple[Change, View]],
    read: Callable[[str], View],
    registry: Registry,
    idempotency: IdempotencyKey | None,
) -> View:
    """Commits what `make` returns and answers with its view, once for each idempotency key.

    A second time it is what `read` finds under the id of what was created. Raises
    IdempotencyMismatch where the key came before with another body, Joining, and what `read` does.
    """
    registry.membership.require_joined()
    if idempotency is None:
        change, view = make()
        registry.store.commit(change)
        return view
    created = _created_before(registry, idempotency)
    return read(created) if created else _claim_and_create(make, read, registry, idempotency)


def _claim_and_create(
    make: Callable[[], tuple[Change, View]],
    read: Callable[[str], View],
    registry: Registry,
    idempotency: IdempotencyKey,
) -> View:
    try:
        change, view = make()
    except AlreadyExists:
        # This very request may have made it a moment ago.
        if created := _created_before(registry, idempotency):
            return read(created)
        raise
    claim = Claim(
        key=idempotency.key,
        request=idempotency.request,
        record_id=change.record.id,
        expires=registry.clock() // 1000 + CLAIM_SECONDS,
    )
    try:
        registry.store.commit(replace(change, claim=claim))
        return view
    except AlreadyClaimed:
        created = _created_before(registry, idempotency)
        if created is None:
            raise Unavailable("the first request with this key is not finished") from None
        return read(created)


def _created_before(registry: Registry, idempotency: IdempotencyKey) -> str | None:
    """The id of what the first request with this key created."""
    claim = registry.store.claims.get(idempotency.key, registry.clock())
    if claim is None:
        return None
    if claim.request != idempotency.request:
        raise IdempotencyMismatch("this Idempotency-Key came before with another body")
    return claim.record_id


def _refuse_stale(record: Record, expected: Expected) -> None:
    if expected is not None and record.version not in expected:
        raise StaleVersion(f'the record\'s tag is "{record.version}" now, with its quotes')


def _pause(attempt: int) -> None:
    # Full jitter: those who lost a race must not meet again in step.
    time.sleep(random.uniform(0, min(0.2, 0.005 * 2**attempt)))
