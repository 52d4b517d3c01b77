"""The tables of a location: their keys, indexes and the shape of an item.

What is shared between locations is kept as one JSON text (`state`, `entry`): numbers and text
come back exactly as they were written, and the same bytes are sent, hashed and compared. What
DynamoDB itself has to look at stands beside it as attributes.
"""

from base64 import b64decode, b64encode

from pynamodb.attributes import (
    Attribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.constants import BINARY
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)
from pynamodb.models import Model

# A partition of a table or an index takes 1,000 write units a second; these are spread.
LISTING_SHARDS = 4
AUDIT_SHARDS = 4
ACCESS_SHARDS = 4
# Read by every search, so there is one until a location writes more: a change takes four of its
# units, two when it is committed and two when it is sent.
CHANGES_SHARDS = 1


class ListingIndex(GlobalSecondaryIndex["CustomerItem"]):
    """Live customers in the order of id."""

    class Meta:
        index_name = "listing"
        projection = KeysOnlyProjection()

    listing_shard = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex["CustomerItem"]):
    """Customers that still have values, by their last change."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_position = UnicodeAttribute(range_key=True)


class DocumentIndex(GlobalSecondaryIndex["CustomerItem"]):
    """Live customers by document number."""

    class Meta:
        index_name = "document"
        projection = KeysOnlyProjection()

    document = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class CustomerItem(Model):
    """`due_position` is `<updated_at>#<id>`; `used` holds the keys of the fields with a value.

    `document` is the folded document number.
    """

    class Meta:
        table_name = "customers"

    id = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute()
    heads = UnicodeAttribute()
    version = NumberAttribute()
    used = UnicodeSetAttribute(null=True)
    listing_shard = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_position = UnicodeAttribute(null=True)
    document = UnicodeAttribute(null=True)
    listing = ListingIndex()
    due = DueIndex()
    documents = DocumentIndex()


class FieldItem(Model):
    class Meta:
        table_name = "fields"

    key = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute()
    heads = UnicodeAttribute()
    version = NumberAttribute()


class TimeIndex(GlobalSecondaryIndex["AuditItem"]):
    """Every entry by time."""

    class Meta:
        index_name = "time"
        projection = IncludeProjection(["actor", "action"])

    time_shard = UnicodeAttribute(hash_key=True)
    time_position = UnicodeAttribute(range_key=True)


class AuditItem(Model):
    """`link` is `<origin>#<seq>`; `time_position` is the stamp and the item's key."""

    class Meta:
        table_name = "audit"

    trail = UnicodeAttribute(hash_key=True)
    link = UnicodeAttribute(range_key=True)
    entry = UnicodeAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    time_shard = UnicodeAttribute()
    time_position = UnicodeAttribute()
    time = TimeIndex()


class AccessItem(Model):
    """`day` is `<date>#<shard>`; `at` is the time and something unique."""

    class Meta:
        table_name = "access"

    day = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    actor = UnicodeAttribute()
    role = UnicodeAttribute()
    action = UnicodeAttribute()
    resource = UnicodeAttribute()
    outcome = UnicodeAttribute()
    request_id = UnicodeAttribute()
    detail = UnicodeAttribute(null=True)


class PendingIndex(GlobalSecondaryIndex["ChangeItem"]):
    """Only what is not yet sent."""

    class Meta:
        index_name = "pending_index"
        projection = AllProjection()

    pending = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ChangeItem(Model):
    """A commit: `id` is a UUIDv7 made when it was attempted.

    One that the relay sends is a pointer to its audit entry; `pending` names the shard until it
    is sent. What came from other locations is one item for each transaction, whatever it applied:
    `applied` is JSON, a list of kind, record id, origin and sequence.
    """

    class Meta:
        table_name = "changes"
        stream_view_type = "NEW_IMAGE"

    shard = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute(null=True)
    record_id = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    seq = NumberAttribute(null=True)
    applied = UnicodeAttribute(null=True)
    pending = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    pending_index = PendingIndex()


class ClaimItem(Model):
    class Meta:
        table_name = "claims"

    key = UnicodeAttribute(hash_key=True)
    request = UnicodeAttribute()
    record_id = UnicodeAttribute()
    expires_at = TTLAttribute()


class BytesAttribute(Attribute[bytes]):
    """Bytes as they are sent: the client passes values without a look (`client.open_client`)."""

    attr_type = BINARY

    def serialize(self, value: bytes) -> str:
        return b64encode(value).decode()

    def deserialize(self, value: str) -> bytes:
        return b64decode(value)


class SystemItem(Model):
    """Small facts by name and part; a dead letter keeps its bytes in `data`."""

    class Meta:
        table_name = "system"

    name = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    fact = UnicodeAttribute()
    key_data = BytesAttribute(null=True)
    data = BytesAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    until = NumberAttribute(null=True)


MODELS: tuple[type[Model], ...] = (
    CustomerItem,
    FieldItem,
    AuditItem,
    AccessItem,
    ChangeItem,
    ClaimItem,
    SystemItem,
)
