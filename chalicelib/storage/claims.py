"""Claims: idempotency keys that were used. `commit` puts them, with what was created under them."""

from chalicelib.domain.change import Claim
from chalicelib.storage.client import Tables, text
from chalicelib.storage.tables import ClaimItem


class DynamoClaims:
    """See `ports.Claims`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, key: str, now: int) -> Claim | None:
        item = self._tables.get(ClaimItem, {"key": text(key)})
        if item is None:
            return None
        expires = int(item.expires_at.timestamp())
        # DynamoDB deletes expired items days late.
        return Claim(key, item.request, item.record_id, expires) if expires * 1000 > now else None
