"""Import and export: which customer a row means, and what it says about the customer.

A row is known by its `id`, by its `external_id` (the name of the customer in another system) or by
its document number. What a row does not mention stays as it is; what it says already holds is
left alone, so that importing an export changes nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.customer import CUSTOMER_ID, EXTRA, Customer, in_body
from chalicelib.domain.errors import InvalidValue, NoKey, SinsError
from chalicelib.domain.field import TEXTS, Definitions, FieldType
from chalicelib.domain.folding import fold_number
from chalicelib.domain.record import Value
from chalicelib.domain.rows import Row, cell_of, text_of
from chalicelib.domain.text import clean_text, sendable
from chalicelib.domain.transfer_terms import Format, Key

# Drawn once: ours among all the systems that make ids from names.
_NAMESPACE = bytes.fromhex("6b44c8f5fcd2a96af8f349dd881d50d1")
_WHOLE = re.compile(r"[+-]?[0-9]{1,400}")
# Digits may be read in one way only: of a long cell each split would be tried.
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


class Identity(Struct, frozen=True):
    """The customer that a row means: by id, or by document number (folded), or a new one."""

    customer_id: str = ""
    number: str = ""


class Refusal(Struct, frozen=True):
    """Why a row was refused."""

    line: int
    field: str
    code: str
    sentence: str

    @classmethod
    def of(cls, row: Row, error: SinsError) -> "Refusal":
        return cls(row.line, sendable(error.field or ""), error.code, sendable(error.message))


def identity_of(row: Row, key: Key) -> Identity:
    """Raises InvalidValue for a key that cannot be one, NoKey where there is none."""
    for name in (Key.ID, Key.EXTERNAL_ID, Key.DOCUMENT_NUMBER):
        if key in (name, Key.AUTO, Key.NONE) and (identity := _identity_by(name, row)):
            return identity
    if key is Key.NONE:
        return Identity()
    wanted = "id, external_id or document_number" if key is Key.AUTO else key.value
    raise NoKey(f"the row has no {wanted}, so importing it again would make another customer")


def in_batches(
    rows: Iterable[Row], key: Key, size: int, most_bytes: int
) -> Iterator[tuple[list[Row], set[Identity]]]:
    """The rows in their order, some at a time, with the customers that they are about.

    No two rows of a batch have one id or one document number.
    """
    batch: list[Row] = []
    known: set[Identity] = set()
    begins = None
    for row in rows:
        about = _about(row, key)
        begins = row.begins if begins is None else begins
        is_large = row.behind.offset - begins > most_bytes
        if batch and (len(batch) == size or about & known or is_large):
            yield batch, known
            batch, known, begins = [], set(), row.begins
        batch.append(row)
        known |= about
    if batch:
        yield batch, known


def external_customer_id(external_id: str) -> str:
    """The id of the customer whom another system calls so, the same at every location.

    A UUIDv8 from SHA-256 (RFC 9562, appendix B.2).
    """
    return derived_id("external_id", external_id)


def derived_id(*names: str) -> str:
    """An id that follows from some names and from nothing else."""
    text = "\0".join(names).encode()
    number = int.from_bytes(hashlib.sha256(_NAMESPACE + text).digest()[:16])
    version, variant = 8, 2
    return _id(_with_bits(_with_bits(number, version, 76, 4), variant, 62, 2))


def row_id(run: str, line: int) -> str:
    """The id of the customer that a line of an import makes: the run's id, numbered.

    A run that was broken off and goes on knows by it whom it has made already.
    """
    number = int(run.replace("-", ""), 16)
    return _id(_with_bits(_with_bits(number, line >> 20, 64, 12), line, 42, 20))


def shown_names(definitions: Definitions) -> list[str]:
    """The registers that an export has, in the order of its columns."""
    return [*TEXTS, *(EXTRA + key for key in active_keys(definitions))]


def shown_values(customer: Customer, definitions: Definitions) -> dict[str, Value]:
    """What an export says of a customer, by the names of registers."""
    extras = customer.extra_fields
    texts: dict[str, Value] = {name: getattr(customer, name) for name in TEXTS}
    return texts | {EXTRA + key: extras.get(key) for key in active_keys(definitions)}


def active_keys(definitions: Definitions) -> list[str]:
    return sorted(key for key, definition in definitions.items() if definition.active)


def news_in(row: Row, shown: Mapping[str, Value]) -> dict[str, Any]:
    """What a row says that its customer does not show already, by the names of registers."""
    return {
        name: value
        for name, value in _said(row).items()
        if name not in shown or not _says(value, shown[name], row.format)
    }


def values_in(row: Row, names: Iterable[str], definitions: Definitions) -> dict[str, Any]:
    """Some values of a row as the API's bodies hold them. Raises InvalidValue."""
    said = _said(row)
    meant = {
        name: _meant(name, said[name], row.format, definitions) for name in names if name in said
    }
    return in_body(meant)


def _identity_by(name: Key, row: Row) -> Identity | None:
    text = _key_text(name, row)
    if text is None:
        return None
    if name is Key.EXTERNAL_ID:
        return Identity(external_customer_id(text))
    if name is Key.DOCUMENT_NUMBER:
        number = fold_number(text)
        return Identity(number=number) if number else None
    if not CUSTOMER_ID.fullmatch(text.lower()):
        raise InvalidValue("id must be a UUID", "id")
    return Identity(text.lower())


def _about(row: Row, key: Key) -> set[Identity]:
    """By what another row may mean the same customer; nothing for a row that will be refused."""
    try:
        identity = identity_of(row, key) if not row.fault else Identity()
        number = _identity_by(Key.DOCUMENT_NUMBER, row)
    except InvalidValue:
        return set()
    return {identity, number or identity} - {Identity()}


def _key_text(name: str, row: Row) -> str | None:
    given = row.given.get(name)
    text = text_of(given) if row.format is Format.CSV and isinstance(given, str) else given
    if not isinstance(text, str | None):
        raise InvalidValue(f"{name} must be text", name)
    return clean_text(text or "", name)


def _said(row: Row) -> dict[str, Any]:
    """What a row says about its customer, without the names it calls the customer by."""
    keys = (Key.ID, Key.EXTERNAL_ID)
    return {name: value for name, value in row.given.items() if name not in keys}


def _says(given: Any, value: Value, form: Format) -> bool:
    if form is Format.CSV:
        return bool(given == cell_of(value))
    return given == value and type(given) is type(value)


def _meant(name: str, given: Any, form: Format, definitions: Definitions) -> Any:
    """The value that was meant. What no cell of its field can be stays text, to be refused."""
    if form is not Format.CSV:
        return given
    text = text_of(given)
    definition = definitions.get(name.removeprefix(EXTRA)) if name.startswith(EXTRA) else None
    return _typed(text, definition.type) if text and definition else text


def _typed(text: str, kind: FieldType) -> Value:
    bare = text.strip()
    if kind is FieldType.BOOLEAN and bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    if kind in (FieldType.INTEGER, FieldType.NUMBER) and _WHOLE.fullmatch(bare):
        return int(bare)
    if kind is FieldType.NUMBER and _DECIMAL.fullmatch(bare):
        return float(bare)
    return text


def _with_bits(number: int, bits: int, shift: int, width: int) -> int:
    mask = (1 << width) - 1
    return number & ~(mask << shift) | (bits & mask) << shift


def _id(number: int) -> str:
    digits = f"{number:032x}"
    ends = (8, 12, 16, 20, 32)
    return "-".join(digits[start:end] for start, end in zip((0, *ends), ends, strict=False))
