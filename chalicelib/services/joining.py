"""Joining: a location with new tables reads what the others hold before it takes writes.

Its applier reads the topic from the start, because it goes by the new incarnation's name. Meanwhile
this compares digests, and says when the location may write. The same happens to a location
whose place on the topic is gone: it may have missed changes.
"""

from chalicelib.domain.digest import Digest, has_caught_up
from chalicelib.services.digest import (
    PATIENCE,
    exchange_digests,
    own_digest,
    peers,
    take_digest,
)
from chalicelib.services.ports import Board
from chalicelib.services.registry import Registry

# While events come in faster than this, a digest would only show that more are to come.
QUIET_MILLISECONDS = 3_000
# How often a location that joins tells that it does; each time the others answer.
TELL_MILLISECONDS = 30_000


def leave(registry: Registry, reason: str) -> None:
    """From now on the location takes no writes, until it has caught up with the others again."""
    registry.membership.note(False, reason)


def join(registry: Registry, board: Board) -> bool:
    """Whether the location takes writes now. Raises Unavailable where the broker is away.

    It does once it holds what one of the others told that it holds, or where there is nobody else.
    Whoever has joined tells those who have not what it holds now.
    """
    if registry.membership.has_joined():
        _answer_newcomers(registry, board)
        return True
    if _is_busy(registry):
        return False
    mine, others = _compare(registry, board)
    if others and not any(has_caught_up(mine, theirs, PATIENCE) for theirs in others):
        return False
    if not others and _knows_others(registry):
        # They were there before; their digests will be again.
        return False
    reason = "it holds what the others do" if others else "there are no others"
    registry.membership.note(True, reason)
    return True


def _compare(registry: Registry, board: Board) -> tuple[Digest, list[Digest]]:
    """What this location holds and what the others told. Tells its own now and then only."""
    told = board.told()
    before = own_digest(told, registry)
    if before is None or before.at < registry.clock() - TELL_MILLISECONDS:
        return exchange_digests(registry, board)
    return take_digest(registry, before), peers(told, registry)


def _answer_newcomers(registry: Registry, board: Board) -> None:
    told = board.told()
    mine = own_digest(told, registry)
    asked = [theirs.at for theirs in peers(told, registry) if not theirs.joined]
    if asked and (mine is None or mine.at < max(asked)):
        exchange_digests(registry, board)


def _is_busy(registry: Registry) -> bool:
    quiet_since = registry.clock() - QUIET_MILLISECONDS
    applied = registry.store.system.noted("applied").values()
    return any(int(fact["at"] or 0) > quiet_since for fact in applied)


def _knows_others(registry: Registry) -> bool:
    return bool(registry.store.system.noted("applied"))
