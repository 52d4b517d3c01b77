"""The outbox: what was committed, and what the other locations have yet to hear of."""

from msgspec import Struct

from chalicelib.domain.record import Kind, Record


class OutboxMessage(Struct, frozen=True):
    """A pointer to an audit entry that the other locations have to hear of."""

    shard: int
    id: str
    kind: Kind
    record_id: str
    origin: str
    seq: int


class ChangeNotice(Struct, frozen=True):
    """A record that was committed, here or by an event, in the order of `id`.

    Those of one transaction may share an id. `origin` and `seq` are of the audit entry, `at` is the
    moment at which it was attempted.
    """

    id: str
    kind: Kind
    record_id: str
    origin: str
    seq: int
    at: int

    def is_in(self, record: Record | None) -> bool:
        """Whether the record is as it was after that commit, or later."""
        return record is not None and record.has_taken(self.origin, self.seq)
