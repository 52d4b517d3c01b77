"""Whether this location holds what the others do."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.audit import trail_key
from chalicelib.domain.digest import (
    Digest,
    Listing,
    differing,
    divergent,
    make_digest,
    unheard,
)
from chalicelib.domain.document import NumberWatch
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notes import Fact, Note
from chalicelib.domain.record import Kind, Record
from chalicelib.services.duplicates import note_duplicates
from chalicelib.services.ports import Board
from chalicelib.services.registry import Registry
from chalicelib.services.remembered import is_recent

# So many are noted at once; the others once these are mended.
MOST_UNREADABLE = 500
# How long a difference may be only a change on its way, in milliseconds.
PATIENCE = 60_000
# An old event that was applied just now tells that there are more.
JUST_NOW_MILLISECONDS = 3_000
# So long one batch of old events may take where the tables throttle: then its function is ended.
BATCH_MILLISECONDS = 120_000
# An own digest so old no longer tells what is here: two ticks.
OLD_DIGEST_MILLISECONDS = 10 * 60_000
# Who has told nothing for so long is away, perhaps for good: nobody waits for it.
AWAY_MILLISECONDS = 24 * 60 * 60_000


def take_digest(registry: Registry, previous: Digest | None = None) -> Digest:
    """The digest of everything on record here, and a note of it for the status.

    Whoever reads everything also sees which document numbers are claimed twice, and which rows
    cannot be read.
    """
    watch, unreadable = NumberWatch(), list[str]()
    records = watch.passing(everything(registry, unreadable.append))
    taken = make_digest(records, registry.store.origin, registry.clock(), previous)
    note_duplicates(watch.twice, registry)
    fact: Fact = {"digest": taken.whole, "records": taken.records, "at": taken.at}
    registry.store.system.note(Note.DIGEST, {"all": fact})
    _note_unreadable(unreadable, registry)
    return taken


def exchange_digests(registry: Registry, board: Board) -> tuple[Digest, list[Digest]]:
    """Takes a digest, tells it to the others and notes how theirs compare; mine and theirs.

    Raises Unavailable where the broker is away.
    """
    told = board.told()
    others = peers(told, registry)
    mine = replace(
        take_digest(registry, own_digest(told, registry)),
        outbox_depth=registry.store.outbox.depth(),
        dead_letters=registry.store.system.dead_letter_count(),
        joined=registry.membership.has_joined(),
        behind=is_behind(registry),
        heard={theirs.origin: theirs.at for theirs in others},
    )
    board.tell(mine)
    compared = {theirs.location: _comparison(mine, theirs) for theirs in others}
    registry.store.system.note(Note.PEERS, compared)
    return mine, others


class Unheard(Struct, frozen=True):
    """What another location may know that this one has not heard of.

    That are changes in some buckets, and any made after a moment in milliseconds, at which one of
    the others told last what it holds.
    """

    buckets: set[int] = set()
    after: int | None = None


def unheard_changes(registry: Registry, board: Board) -> Unheard:
    """What has to be heard before anything is done for good.

    Raises Unavailable where the broker is away, or the board lacks somebody who told something
    within a day.
    """
    told = board.told()
    there = peers(told, registry)
    _require_all(there, registry)
    # Who has yet to join only hears, and has nothing to tell.
    others = [theirs for theirs in there if theirs.joined and is_around(theirs.at, registry)]
    if not others:
        return Unheard()
    mine = _digest_of_now(told, registry, board)
    mine = replace(mine, behind=mine.behind or is_behind(registry, BATCH_MILLISECONDS))
    buckets = {bucket for theirs in others for bucket in unheard(mine, theirs, PATIENCE)}
    return Unheard(buckets, min(theirs.at for theirs in others))


def _require_all(there: Iterable[Digest], registry: Registry) -> None:
    noted = registry.store.system.noted(Note.PEERS).items()
    around = {name for name, fact in noted if is_around(int(fact["at"] or 0), registry)}
    if missing := around - {theirs.location for theirs in there}:
        raise Unavailable(f"what {', '.join(sorted(missing))} told last is not on the board")


def is_around(told_at: int, registry: Registry) -> bool:
    """Whether who told something at that moment is waited for."""
    return registry.clock() - told_at < AWAY_MILLISECONDS


def _digest_of_now(told: Iterable[Digest | Listing], registry: Registry, board: Board) -> Digest:
    """What was told last, where that is recent: taking a digest reads everything."""
    mine = own_digest(told, registry)
    if mine and is_recent(mine.at, registry.clock(), OLD_DIGEST_MILLISECONDS):
        return mine
    return exchange_digests(registry, board)[0]


def is_behind(registry: Registry, within: int = JUST_NOW_MILLISECONDS) -> bool:
    """Whether old events come in: there are more to come, and comparing tells nothing."""
    fact = registry.store.system.noted(Note.BEHIND).get("all", {})
    return is_recent(int(fact.get("at") or 0), registry.clock(), within)


def divergent_buckets(registry: Registry) -> int:
    """How many buckets were divergent when digests were last exchanged, from whoever had most."""
    peers_then = registry.store.system.noted(Note.PEERS).values()
    return max((int(fact["divergent"] or 0) for fact in peers_then), default=0)


def everything(
    registry: Registry, on_unreadable: Callable[[str], None] = lambda _: None
) -> Iterator[Record]:
    """Every record of this location, in no order; tells the keys of rows that cannot be read."""
    for kind in Kind:

        def tell(record_id: str, kind: Kind = kind) -> None:
            on_unreadable(trail_key(kind, record_id))

        yield from registry.store.records.all(kind, tell)


def unreadable_keys(registry: Registry) -> list[str]:
    """The keys of some rows that could not be read when a digest was last taken."""
    fact = registry.store.system.noted(Note.UNREADABLE).get("all", {})
    return str(fact.get("keys") or "").split()


def _note_unreadable(keys: Sequence[str], registry: Registry) -> None:
    if keys or unreadable_keys(registry):
        fact: Fact = {"keys": " ".join(sorted(keys)[:MOST_UNREADABLE]), "at": registry.clock()}
        registry.store.system.note(Note.UNREADABLE, {"all": fact})


def own_digest(told: Iterable[Digest | Listing], registry: Registry) -> Digest | None:
    """What this location told last; nothing that it told before its tables were lost."""
    mine = (one for one in told if one.origin == registry.store.origin)
    return next((one for one in mine if isinstance(one, Digest)), None)


def peers(told: Iterable[Digest | Listing], registry: Registry) -> list[Digest]:
    """What the other locations told last of everything they hold."""
    others = (one for one in told if one.location != registry.location)
    return [one for one in others if isinstance(one, Digest)]


def _comparison(mine: Digest, theirs: Digest) -> Fact:
    return {
        "at": theirs.at,
        "origin": theirs.origin,
        "records": theirs.records,
        "digest": theirs.whole,
        "outbox_depth": theirs.outbox_depth,
        "dead_letters": theirs.dead_letters,
        "differing": len(differing(mine, theirs)),
        "divergent": len(divergent(mine, theirs, PATIENCE)),
    }
