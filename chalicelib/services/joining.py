"""Joining: a location with new tables reads what the others hold before it takes writes.

Its applier reads the topic from the start, because Kafka has yet to hear of it. Meanwhile
this asks what the others hold, by telling its own digest, and compares what they answer. Only a
digest that answers counts: an older one does not know what was written since. The same
happens to a location that was made to `leave`: it may have missed changes. Until it has joined
all that it tells is a question.
"""

from chalicelib.domain.digest import Digest, has_caught_up
from chalicelib.domain.notes import Note
from chalicelib.services.digest import exchange_digests, is_around, is_behind, own_digest, peers
from chalicelib.services.ports import Board
from chalicelib.services.registry import Registry

# How long to wait for an answer before asking again, and while what comes in is old news.
SILENCE_MILLISECONDS = 30_000
BEHIND_MILLISECONDS = 120_000
# Two that have not joined would else go on answering each other without a pause.
PAUSE_MILLISECONDS = 5_000
# What changed so shortly before an answer may still be on its way.
SLACK_MILLISECONDS = 10_000


def leave(registry: Registry, reason: str) -> None:
    """From now on the location takes no writes, until it has caught up with the others again.

    On one machine whoever follows the topic calls this where its place there is gone. In AWS the
    event source keeps the place and tells nobody: there an operator does, by `join-anew`.
    """
    registry.membership.note(False, reason)


def join(registry: Registry, board: Board) -> bool:
    """Whether the location takes writes now. Raises Unavailable where the broker is away.

    It does once it holds what one of the others answers that it holds, or where there is nobody
    else. Who has not joined either counts only where nobody has. Whoever has joined answers those
    who have not.
    """
    if registry.membership.has_joined():
        _answer_newcomers(registry, board)
        return True
    # It may be made to leave again while this compares: then it has not joined.
    left = registry.membership.noted()
    told = board.told()
    asked = _asked(own_digest(told, registry), registry)
    if asked and not _is_due(asked, _who_know(peers(told, registry), registry), registry):
        return False
    mine, others = exchange_digests(registry, board)
    answers = _answers(asked, _who_know(others, registry), registry) if asked else []
    if any(has_caught_up(mine, theirs, SLACK_MILLISECONDS) for theirs in answers):
        registry.membership.note_joined(left, "it holds what the others do")
    elif not others and not _knows_others(registry):
        registry.membership.note_joined(left, "there are no others")
    return registry.membership.has_joined()


def _asked(mine: Digest | None, registry: Registry) -> Digest | None:
    """What it told last, if that was after it left: only then is it a question."""
    if registry.membership.left_at() > registry.clock():
        leave(registry, "its clock was set back after it left")
    return mine if mine and mine.at > registry.membership.left_at() else None


def _who_know(others: list[Digest], registry: Registry) -> list[Digest]:
    """Those that have joined, where any of them is around, or else all.

    Two that have yet to read anything hold the same, which is nothing.
    """
    joined = [theirs for theirs in others if theirs.joined and is_around(theirs.at, registry)]
    return joined or others


def _is_due(asked: Digest, others: list[Digest], registry: Registry) -> bool:
    """Whether it is time to compare, and to ask again: each time, everybody reads everything."""
    # A clock may have been set back meanwhile.
    waited = abs(registry.clock() - asked.at)
    if is_behind(registry):
        return waited >= BEHIND_MILLISECONDS
    answers = _answers(asked, others, registry)
    has_news = bool(answers) or _is_asked(asked, others)
    return (
        waited >= SILENCE_MILLISECONDS
        or any(theirs.joined for theirs in answers)
        or (has_news and waited >= PAUSE_MILLISECONDS)
    )


def _is_asked(asked: Digest, others: list[Digest]) -> bool:
    """Whether one that has not joined asked something that this one's own question does not answer.

    Two that ask at the same moment have not heard each other, and would both wait in silence.
    """
    return any(
        not theirs.joined and not asked.answers(theirs.origin, theirs.at) for theirs in others
    )


def _answers(asked: Digest, others: list[Digest], registry: Registry) -> list[Digest]:
    """What answers the last question, or an earlier one and was not there when it asked last.

    Where it asks again before anybody had the time to answer, each answer would else be to the
    question before, and so on for good.
    """
    first = registry.membership.left_at() + 1

    def is_answer(theirs: Digest) -> bool:
        is_news = theirs.at != asked.heard.get(theirs.origin)
        return theirs.answers(asked.origin, first if is_news else asked.at)

    return [theirs for theirs in others if is_answer(theirs)]


def _answer_newcomers(registry: Registry, board: Board) -> None:
    told = board.told()
    mine = own_digest(told, registry)
    newcomers = [theirs for theirs in peers(told, registry) if not theirs.joined]
    if not all(mine and mine.answers(theirs.origin, theirs.at) for theirs in newcomers):
        exchange_digests(registry, board)


def _knows_others(registry: Registry) -> bool:
    """They were there before; their digests will be again."""
    return bool(registry.store.system.noted(Note.APPLIED))
