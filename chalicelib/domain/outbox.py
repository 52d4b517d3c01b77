"""The outbox: what was committed, and what the other locations have yet to hear of."""

from dataclasses import dataclass

from chalicelib.domain.record import Kind


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A pointer to an audit entry that the other locations have to hear of."""

    shard: int
    id: str
    kind: Kind
    record_id: str
    origin: str
    seq: int


@dataclass(frozen=True, slots=True)
class ChangeNotice:
    """A record that was committed, here or by an event, in the order of `id`.

    Those of one transaction may share an id.
    """

    id: str
    kind: Kind
    record_id: str
