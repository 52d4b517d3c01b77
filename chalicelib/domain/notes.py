"""What a location notes about itself: facts for the status page, and dead letters."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

# Characters that are kept of why a record cannot be applied, or why somebody dropped it.
MAX_REASON = 500

Fact = Mapping[str, str | int | float | None]


class Note(StrEnum):
    """What facts are kept of, each by parts."""

    APPLIED = "applied"
    BEHIND = "behind"
    DIGEST = "digest"
    DUPLICATES = "duplicates"
    INCARNATION = "incarnation"
    MEMBERSHIP = "membership"
    PEERS = "peers"
    RELAY = "relay"
    REPAIR = "repair"
    RETENTION = "retention"
    SNAPSHOT = "snapshot"
    UNREADABLE = "unreadable"


class DeadLetter(Struct, frozen=True):
    """A record of the topic that cannot be applied, with its bytes.

    `size` is how many there were of its value; of a very long value, key or reason only the
    beginning is kept. `sent` is the record's own time, in milliseconds: in a topic that is
    made anew another record has the same place.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    reason: str
    at: int
    size: int
    sent: int = 0

    @property
    def id(self) -> str:
        """Its name, in the order of topic, partition and offset."""
        place = f"{self.topic}-{self.partition}-{self.offset:015d}"
        return f"{place}-{self.sent}" if self.sent > 0 else place
