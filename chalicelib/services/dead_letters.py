"""Dead letters: the topic's records that could not be applied, and what people do about them."""

from collections.abc import Callable

from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Event
from chalicelib.domain.errors import InvalidValue, NotFound, UnreadableEvent
from chalicelib.domain.notes import MAX_REASON, DeadLetter
from chalicelib.domain.page import Page
from chalicelib.services.registry import Registry

Decode = Callable[[bytes | None], Event]


def list_dead_letters(after: str, limit: int, registry: Registry) -> Page[DeadLetter]:
    """In the order of topic, partition and offset, those behind the id `after`."""
    return registry.store.system.dead_letters(after, limit)


def read_dead_letter(letter_id: str, caller: Caller, registry: Registry) -> DeadLetter:
    """One with its bytes, which may name a customer: so it is logged. Raises NotFound."""
    letter = _load(letter_id, registry)
    registry.log_access(caller, "read", _resource(letter))
    return letter


def retry_dead_letter(letter_id: str, caller: Caller, registry: Registry, decode: Decode) -> bool:
    """Applies it after all, and forgets it; False where its event was known already.

    Raises NotFound, and UnreadableEvent or TooLarge where it still cannot be applied.
    """
    from chalicelib.services.replication import apply_event

    letter = _load(letter_id, registry)
    if letter.size > len(letter.value or b""):
        raise UnreadableEvent("only the beginning was kept; the topic holds the whole of it")
    applied = apply_event(decode(letter.value), registry)
    registry.store.system.remove_dead_letter(letter.id)
    outcome = "applied" if applied else "known already"
    registry.log_access(caller, "retry", _resource(letter), outcome)
    return applied


def drop_dead_letter(letter_id: str, reason: str, caller: Caller, registry: Registry) -> None:
    """Forgets it for a reason, which stays on record. Raises NotFound, InvalidValue."""
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidValue(f"reason must have 1 to {MAX_REASON} characters", "reason")
    letter = _load(letter_id, registry)
    # On record first: a letter must not vanish without a word.
    registry.log_access(caller, "drop", _resource(letter), reason.strip())
    registry.store.system.remove_dead_letter(letter.id)


def _load(letter_id: str, registry: Registry) -> DeadLetter:
    letter = registry.store.system.dead_letter(letter_id)
    if letter is None:
        raise NotFound("there is no such dead letter")
    return letter


def _resource(letter: DeadLetter) -> str:
    """What the access log calls it."""
    return f"dead-letter/{letter.id}"
