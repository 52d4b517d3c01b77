"""How a location is doing: what waits, how far behind it is, whether it equals the others."""

from collections.abc import Mapping

from msgspec import Struct

from chalicelib.domain.notes import Fact, Note
from chalicelib.services.registry import Registry


class Status(Struct, frozen=True):
    """`applied` by origin, `relay` by outcome, `digest` of the last time it was taken.

    `peers` says by location how what it told of itself compares, `repair` what the last one did.
    """

    location: str
    origin: str
    membership: Fact
    outbox_depth: int
    dead_letters: int
    applied: Mapping[str, Fact]
    relay: Mapping[str, Fact]
    digest: Fact | None
    peers: Mapping[str, Fact]
    repair: Fact | None


def read_status(registry: Registry) -> Status:
    """What this location knows of itself."""
    system = registry.store.system
    return Status(
        location=registry.location,
        origin=registry.store.origin,
        membership=system.noted(Note.MEMBERSHIP).get("this", {"joined": 0}),
        outbox_depth=registry.store.outbox.depth(),
        dead_letters=system.dead_letter_count(),
        applied=system.noted(Note.APPLIED),
        relay=system.noted(Note.RELAY),
        digest=system.noted(Note.DIGEST).get("all"),
        peers=system.noted(Note.PEERS),
        repair=system.noted(Note.REPAIR).get("last"),
    )


def snapshot_at(registry: Registry) -> int | None:
    """When the search index was last saved, in milliseconds; None where it never was."""
    fact = registry.store.system.noted(Note.SNAPSHOT).get("index")
    return int(fact["at"] or 0) if fact else None
