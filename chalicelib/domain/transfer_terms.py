"""The words of import and export: formats of files, keys of rows, and what became of a row.

They are apart from what reads and decides, as the API names them before anybody imports.
"""

from enum import StrEnum

# Customers on a page of an export: the access log has a line a page, and takes no more ids in one.
MOST_EXPORTED = 200


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class Key(StrEnum):
    """By what rows are known: AUTO takes the first of the three that a row has.

    NONE does too, and makes a new customer of a row that has none of them.
    """

    AUTO = "auto"
    ID = "id"
    EXTERNAL_ID = "external_id"
    DOCUMENT_NUMBER = "document_number"
    NONE = "none"


class Result(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
