"""How a location is doing: what waits, how far behind it is, whether it equals the others."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.notes import Fact
from chalicelib.domain.record import Kind, record_to_document
from chalicelib.services.registry import Registry

_SIZE = 2**128


@dataclass(frozen=True, slots=True)
class Status:
    """`applied` by origin, `relay` by outcome, `digest` of the last time it was taken."""

    location: str
    origin: str
    outbox_depth: int
    dead_letters: int
    applied: Mapping[str, Fact]
    relay: Mapping[str, Fact]
    digest: Fact | None


def read_status(registry: Registry) -> Status:
    """What this location knows of itself."""
    system = registry.store.system
    return Status(
        location=registry.location,
        origin=registry.store.origin,
        outbox_depth=registry.store.outbox.depth(),
        dead_letters=system.dead_letter_count(),
        applied=system.noted("applied"),
        relay=system.noted("relay"),
        digest=system.noted("digest").get("all"),
    )


def take_digest(registry: Registry) -> Fact:
    """One number for all shared state, and a note of it. Equal numbers: equal registries.

    The sum of the records' hashes, so that it does not matter in which order they are read.
    """
    total, count = 0, 0
    for kind in Kind:
        for record in registry.store.records.all(kind):
            document = json.dumps(record_to_document(record), sort_keys=True, separators=(",", ":"))
            total += int.from_bytes(hashlib.sha256(document.encode()).digest()[:16])
            count += 1
    fact: Fact = {"digest": f"{total % _SIZE:032x}", "records": count, "at": registry.clock()}
    registry.store.system.note("digest", {"all": fact})
    return fact
