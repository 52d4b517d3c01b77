"""Files of customers, row by row: CSV (RFC 4180) and JSON Lines, read and written.

Reading has three stages. A stream becomes lines, of which none is held that is longer than any
customer can be. Lines become rows: one line each in JSON Lines, one or more in CSV. A row holds
what was written, by the names that registers have; what it means is decided in `transfer`.

A row that cannot be read is a row all the same and carries its fault, so that the others go on. A
quote that nobody closes would swallow the rows behind it: such a row ends after its first line.
"""

import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from msgspec import Struct

from chalicelib.domain.customer import EXTRA
from chalicelib.domain.errors import InvalidValue, SinsError, UnreadableRow
from chalicelib.domain.field import KEY
from chalicelib.domain.record import Value
from chalicelib.domain.transfer_terms import Format

COLUMNS = ("id", "external_id", "surname", "name", "dob", "document_number")
EXTRA_FIELDS = "extra_fields"
EXTRA_COLUMN = f"{EXTRA_FIELDS}."
MAX_ROW_BYTES = 256 * 1024
# No value has a line break, and each quote that is never closed has so many lines read once more.
MAX_ROW_LINES = 20
# What a line of CSV is made of that says nothing.
_NOTHING = b' ,;\t"\r\n'
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
# What a spreadsheet takes for a formula, behind any number of the apostrophes that we put there;
# one that parts cells at semicolons, as in much of Europe, finds another cell behind each.
_SIGN = r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"(^|;)({_SIGN})")
_DISARMED = re.compile(rf"(^|;)'({_SIGN})")


class Place(Struct, frozen=True):
    """Where a row begins: how many bytes lie before it, and the number of its line."""

    offset: int
    line: int


class Row(Struct, frozen=True):
    """What a row says: cells of CSV, or values of JSON, by the names of registers and keys.

    `begins` is how many bytes lie before it.
    """

    format: Format
    line: int
    begins: int
    behind: Place
    given: Mapping[str, Any]
    fault: SinsError | None = None


class RowFile(Protocol):
    """A file whose beginning was understood. `header` are the bytes before its first row."""

    @property
    def header(self) -> bytes: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def start(self) -> Place: ...

    def rows(self, start: Place | None = None) -> Iterator[Row]:
        """The rows from a place on."""


def open_rows(stream: BinaryIO, form: Format) -> RowFile:
    """Raises UnreadableRow where the file has another encoding or its header is wrong."""
    mark = stream.read(len(_UTF8_MARK))
    if mark.startswith(_UTF16_MARKS):
        raise UnreadableRow("line 1: this is UTF-16; save the file as UTF-8")
    start = Place(len(_UTF8_MARK) if mark == _UTF8_MARK else 0, 1)
    return CsvFile(stream, start) if form is Format.CSV else JsonFile(stream, start)


def cell_of(value: Value) -> str:
    """A value as a cell of CSV: empty for none, as in JSON for what is no text.

    A text that a spreadsheet would run as a formula gets an apostrophe, which `text_of` takes off.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return _FORMULA.sub(r"\1'\2", value)
    return json.dumps(value)


def text_of(cell: str) -> str | None:
    """The text in a cell, without the apostrophes that keep it from being a formula."""
    return _DISARMED.sub(r"\1\2", cell) or None


def write_header(names: Iterable[str], form: Format) -> str:
    """The line before the rows, for the values of these names; JSON Lines has none."""
    return _csv_line(["id", *map(_column, names)]) if form is Format.CSV else ""


def write_rows(customers: Iterable[tuple[str, Mapping[str, Value]]], form: Format) -> str:
    """A line for each; the same values are the same text everywhere."""
    write = _written_csv if form is Format.CSV else _written_json
    return "".join(write(customer_id, shown) for customer_id, shown in customers)


class _Line(Struct, frozen=True):
    """Of a line that is too long only the beginning."""

    number: int
    begins: int
    data: bytes
    behind: Place
    is_too_long: bool


def _lines(stream: BinaryIO, start: Place) -> Iterator[_Line]:
    stream.seek(start.offset)
    place = start
    while data := stream.readline(MAX_ROW_BYTES + 1):
        is_too_long = len(data) > MAX_ROW_BYTES
        size = len(data) + (_skip_rest(stream) if data[-1:] != b"\n" else 0)
        behind = Place(place.offset + size, place.line + 1)
        yield _Line(place.line, place.offset, data, behind, is_too_long)
        place = behind


def _skip_rest(stream: BinaryIO) -> int:
    """Passes over the rest of a line; its number of bytes."""
    size = 0
    while data := stream.readline(MAX_ROW_BYTES):
        size += len(data)
        if data[-1:] == b"\n":
            break
    return size


class JsonFile:
    """JSON Lines: an object a line, as the API's POST takes one, with the keys beside."""

    header = b""
    columns: Sequence[str] = ()

    def __init__(self, stream: BinaryIO, start: Place) -> None:
        self._stream = stream
        self.start = start

    def rows(self, start: Place | None = None) -> Iterator[Row]:
        for line in _lines(self._stream, start or self.start):
            if line.data.strip():
                yield _json_row(line)


def _json_row(line: _Line) -> Row:
    try:
        given, fault = _given_in(_document(line)), None
    except SinsError as error:
        given, fault = {}, error
    return Row(Format.JSONL, line.number, line.begins, line.behind, given, fault)


def _document(line: _Line) -> dict[str, Any]:
    if line.is_too_long:
        raise _too_long()
    try:
        # An error behind the line break would name a column of the line after it.
        text = line.data.rstrip(b"\r\n").decode()
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise UnreadableRow(f"the row is no JSON: {error.msg}, column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise UnreadableRow(f"the row is not UTF-8, column {error.start + 1}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableRow(f"the row is no JSON that is read here: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableRow("the row must be a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableRow("the row names a field twice")
    return found


def _refuse(constant: str) -> Any:
    raise UnreadableRow(f"{constant} is no JSON")


def _given_in(document: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in document.items() if name != EXTRA_FIELDS}
    for name in given:
        if name not in COLUMNS:
            raise InvalidValue(f"there is no field {name[:64]!r}", name)
    extras = document.get(EXTRA_FIELDS, {})
    if not isinstance(extras, dict):
        raise InvalidValue(f"{EXTRA_FIELDS} must be an object", EXTRA_FIELDS)
    return given | {EXTRA + key: value for key, value in extras.items()}


class CsvFile:
    """CSV with a header line: `surname`, `dob` ... and `extra_fields.<key>`.

    The separator is the one that the header has: comma, semicolon or tab.
    """

    def __init__(self, stream: BinaryIO, start: Place) -> None:
        self._stream = stream
        line = next(_lines(stream, start), None)
        if line is None or not line.data.strip(_NOTHING):
            raise UnreadableRow("line 1 is empty: it must name the columns")
        self.header = line.data
        self._delimiter = next((sign for sign in b",;\t" if sign in line.data), ord(","))
        self.columns = self._columns(line)
        self.start = line.behind
        self._names = [_register(column) for column in self.columns]

    def rows(self, start: Place | None = None) -> Iterator[Row]:
        records = _Records(_lines(self._stream, start or self.start), chr(self._delimiter))
        for record in records:
            yield self._row(record)

    def _row(self, record: "_Record") -> Row:
        fault = record.fault or self._fault_in(record.cells)
        given = {} if fault else dict(zip(self._names, record.cells, strict=True))
        return Row(Format.CSV, record.line, record.begins, record.behind, given, fault)

    def _fault_in(self, cells: Sequence[str]) -> SinsError | None:
        if len(cells) != len(self.columns):
            return UnreadableRow(f"the row has {len(cells)} cells, the header {len(self.columns)}")
        for column, cell in zip(self.columns, cells, strict=True):
            if not cell.isascii() and not _is_unicode(cell):
                return InvalidValue(f"{column} is not UTF-8", column)
        return None

    def _columns(self, line: _Line) -> list[str]:
        [record] = _Records(iter([line]), chr(self._delimiter))
        if record.fault:
            raise UnreadableRow(f"line 1: {record.fault.message}")
        columns = [cell.strip() for cell in record.cells]
        if not any(_is_column(column) for column in columns):
            raise UnreadableRow(f"line 1 must name columns: {', '.join(COLUMNS)}")
        for number, column in enumerate(columns):
            where = f"line 1, column {number + 1}"
            if not _is_column(column):
                raise UnreadableRow(f"{where}: there is no column {column[:64]!r}{_hint(column)}")
            if column in columns[:number]:
                raise UnreadableRow(f"{where}: {column} is there twice", column)
        return columns


class _Record(Struct, frozen=True):
    """The cells of one row of CSV, or what is wrong with it."""

    line: int
    begins: int
    behind: Place
    cells: Sequence[str]
    fault: SinsError | None


class _Records:
    """The rows of some lines of CSV; blank lines are none, nor are the empty rows of a sheet."""

    def __init__(self, lines: Iterator[_Line], delimiter: str) -> None:
        self._feed = _Feed(lines)
        self._reader = csv.reader(self._feed, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[_Record]:
        while True:
            self._feed.begin()
            try:
                cells, fault = next(self._reader), None
            except StopIteration:
                return
            except csv.Error as error:
                cells, fault = [], _no_csv(error)
            except UnreadableRow as error:
                cells, fault = [], error
            if fault:
                self._feed.give_back()
            if any(cells) or fault:
                first, last = self._feed.taken[0], self._feed.taken[-1]
                yield _Record(first.number, first.begins, last.behind, cells, fault)


class _Feed:
    """Hands lines to the reader of CSV, and takes back those that are not of the row."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._again: deque[_Line] = deque()
        self._size = 0
        self.taken: list[_Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line.data)
        if line.is_too_long or self._size > MAX_ROW_BYTES:
            raise _too_long()
        if len(self.taken) > MAX_ROW_LINES:
            raise _too_many_lines()
        # What is not UTF-8 is told from the rest of the row later.
        return line.data.decode(errors="surrogateescape")

    def begin(self) -> None:
        self.taken = []
        self._size = 0

    def give_back(self) -> None:
        """All but the first line: they are rows of their own."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _no_csv(error: csv.Error) -> UnreadableRow:
    # Python's reader advises its programmer there.
    what = str(error).partition(" - do you")[0]
    return UnreadableRow(f"the row is no CSV: {what}")


def _too_long() -> UnreadableRow:
    return UnreadableRow(f"the row must have at most {MAX_ROW_BYTES // 1024} KB")


def _too_many_lines() -> UnreadableRow:
    return UnreadableRow(
        f"the row must have at most {MAX_ROW_LINES} lines; a quote in it is not closed"
    )


def _is_unicode(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_column(column: str) -> bool:
    return column in COLUMNS or (column.startswith(EXTRA_COLUMN) and column != EXTRA_COLUMN)


def _hint(column: str) -> str:
    return f"; a dynamic field is {EXTRA_COLUMN}{column}" if KEY.fullmatch(column) else ""


def _register(column: str) -> str:
    """The name of the register that a column is for; keys keep theirs."""
    if column.startswith(EXTRA_COLUMN):
        return EXTRA + column.removeprefix(EXTRA_COLUMN)
    return column


def _column(name: str) -> str:
    return EXTRA_COLUMN + name.removeprefix(EXTRA) if name.startswith(EXTRA) else name


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _written_csv(customer_id: str, shown: Mapping[str, Value]) -> str:
    return _csv_line([customer_id, *map(cell_of, shown.values())])


def _written_json(customer_id: str, shown: Mapping[str, Value]) -> str:
    plain = {name: value for name, value in shown.items() if not name.startswith(EXTRA)}
    extras = {
        name.removeprefix(EXTRA): value
        for name, value in shown.items()
        if name.startswith(EXTRA) and value is not None
    }
    document = {"id": customer_id, **plain, EXTRA_FIELDS: extras}
    return json.dumps(document, ensure_ascii=False) + "\n"
