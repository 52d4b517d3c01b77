"""The access log: it only ever grows."""

import secrets

from chalicelib.domain.access import AccessEntry
from chalicelib.domain.retention import day_of
from chalicelib.storage.client import Tables
from chalicelib.storage.tables import ACCESS_SHARDS, AccessItem

MAX_DETAIL = 8_000
# A path may be kilobytes of whatever a stranger sends; a search has at most five texts of 200.
MAX_RESOURCE = 1_500


class DynamoAccessLog:
    """See `ports.AccessLog`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, entry: AccessEntry) -> None:
        # Drawn: what a caller sends must not decide where it is written.
        shard = secrets.randbelow(ACCESS_SHARDS)
        self._tables.put(
            AccessItem(
                day=f"{day_of(entry.at).isoformat()}#{shard}",
                at=f"{entry.at:015d}#{secrets.token_hex(6)}",
                actor=entry.caller.actor,
                role=entry.caller.role,
                action=entry.action,
                resource=entry.resource[:MAX_RESOURCE],
                outcome=entry.outcome,
                request_id=entry.caller.request_id,
                detail=entry.detail[:MAX_DETAIL] or None,
            )
        )
