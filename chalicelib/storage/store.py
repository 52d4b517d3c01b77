"""The store of one location: every table behind one door."""

from functools import cached_property

from chalicelib.domain.change import Change
from chalicelib.storage.access import DynamoAccessLog
from chalicelib.storage.claims import DynamoClaims
from chalicelib.storage.client import Tables
from chalicelib.storage.commit import commit
from chalicelib.storage.outbox import DynamoOutbox
from chalicelib.storage.records import DynamoRecords
from chalicelib.storage.system import DynamoSystem
from chalicelib.storage.trail import DynamoAuditTrail


class DynamoStore:
    """See `ports.Store`. Safe to use from several threads."""

    def __init__(self, tables: Tables, location: str) -> None:
        self._tables = tables
        self._location = location
        self.records = DynamoRecords(tables)
        self.trail = DynamoAuditTrail(tables)
        self.access = DynamoAccessLog(tables)
        self.outbox = DynamoOutbox(tables, self.records, self.trail)
        self.claims = DynamoClaims(tables)
        self.system = DynamoSystem(tables)

    @cached_property
    def origin(self) -> str:
        return f"{self._location}-{self.system.incarnation()}"

    def commit(self, *changes: Change) -> None:
        commit(self._tables, changes)
