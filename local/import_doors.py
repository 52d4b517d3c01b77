"""The two ways by which rows come in: straight to a location's tables, or over its API."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException, InvalidURL
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from msgspec import Struct
from msgspec.structs import replace
from tenacity import retry, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_random_exponential

from chalicelib.domain.rows import Place, Row, RowFile
from chalicelib.domain.transfer import Refusal
from chalicelib.domain.transfer_terms import Format, Key, Result
from chalicelib.services.transfer import TOGETHER, Import, import_rows, require_columns
from local.errors import CannotRun
from local.person import person_here
from local.target import patiently, target

MEDIA = {Format.CSV: "text/csv; charset=utf-8", Format.JSONL: "application/x-ndjson"}
TOO_LARGE = 413
# What another try a moment later may answer.
PASSING = (429, 500, 502, 503, 504)
PATIENCE_SECONDS = 90
TIMEOUT_SECONDS = 60


class Taken(Struct, frozen=True):
    """What became of some rows."""

    counts: Counter[Result]
    refusals: Sequence[Refusal]


class Door(Protocol):
    """`most_rows` and `most_bytes` are what it takes at a time, `at_once` how often."""

    @property
    def most_rows(self) -> int: ...
    @property
    def most_bytes(self) -> int: ...
    @property
    def at_once(self) -> int: ...

    def take(self, rows: Sequence[Row], start: Place) -> Taken:
        """Imports the rows, which follow each other from `start` on."""


class TablesDoor:
    """Writes to the tables of a location."""

    most_rows = TOGETHER
    most_bytes = 1 << 20
    # Deployed, a batch mostly waits; DynamoDB Local is no faster with more than one.
    at_once = 4

    def __init__(self, job: Import) -> None:
        self._job = job

    def take(self, rows: Sequence[Row], start: Place) -> Taken:  # noqa: ARG002
        outcomes = patiently(import_rows)(rows, self._job)
        return Taken(
            Counter(one.result for one in outcomes),
            [one.refusal for one in outcomes if one.refusal],
        )


@contextmanager
def tables_door(
    location: str | None, columns: Sequence[str], key: Key, run: str, dry_run: bool
) -> Iterator[TablesDoor]:
    """The tables of a location, for as long as the block runs. Raises CannotRun."""
    with target(location) as here:
        here.require_same_retention()
        require_columns(columns, here.registry)
        yield TablesDoor(Import.of(person_here(), here.registry, key, run, dry_run))


class _NoOther(HTTPRedirectHandler):
    """Goes nowhere else: the token is for the address that a person named."""

    def redirect_request(self, *_: Any) -> None:
        """What is not followed is an error with its status."""


_OPENER = build_opener(_NoOther)


class _TryAgain(Exception):
    """The API does not answer, or says that it may later."""


class ApiDoor(Struct, frozen=True):
    """Sends rows to a location's API, as they stand in the file."""

    url: str
    identity: Mapping[str, str]
    file: Path
    opened: RowFile
    form: Format
    key: Key
    run: str
    dry_run: bool
    # Below the thousand rows and the 256 KB that a request may have.
    most_rows: int = 250
    most_bytes: int = 160 * 1024
    at_once: int = 2

    def take(self, rows: Sequence[Row], start: Place) -> Taken:
        try:
            answer = self._ask(self._bytes(start, rows[-1].behind), start)
        except HTTPError as error:
            return self._refused(error, rows)
        except _TryAgain as error:
            raise CannotRun(f"{self.url} does not answer: {error}. Run this again.") from error
        first = start.line - (2 if self.opened.header else 1)
        refusals = [Refusal(**one) for one in answer["refusals"]]
        return Taken(
            Counter({result: answer[result.value] for result in Result}),
            [replace(one, line=one.line + first) for one in refusals],
        )

    @retry(
        retry=retry_if_exception_type(_TryAgain),
        wait=wait_random_exponential(max=10),
        stop=stop_after_delay(PATIENCE_SECONDS),
        reraise=True,
    )
    def _ask(self, body: bytes, start: Place) -> dict[str, Any]:
        request = Request(self._address(), body, self._headers(start))
        try:
            with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except HTTPError as error:
            if error.code in PASSING:
                raise _TryAgain(str(error)) from error
            raise
        except (InvalidURL, ValueError) as error:
            raise CannotRun(f"{self.url} cannot be asked to import: {error}.") from error
        except (URLError, OSError, HTTPException) as error:
            raise _TryAgain(str(error)) from error

    def _address(self) -> str:
        query = {"key": self.key.value, "dry_run": str(self.dry_run).lower()}
        return f"{self.url.rstrip('/')}/api/customers/import?{urlencode(query)}"

    def _headers(self, start: Place) -> dict[str, str]:
        key = f"{self.run}/{start.line}"
        return {**self.identity, "Content-Type": MEDIA[self.form], "Idempotency-Key": key}

    def _bytes(self, start: Place, end: Place) -> bytes:
        header = self.opened.header
        if header and header[-1:] != b"\n":
            header += b"\n"
        with self.file.open("rb") as stream:
            stream.seek(start.offset)
            return header + stream.read(end.offset - start.offset)

    def _refused(self, error: HTTPError, rows: Sequence[Row]) -> Taken:
        problem = _problem(error)
        if error.code == TOO_LARGE and len(rows) == 1:
            refusal = Refusal(rows[0].line, "", problem["code"], problem["detail"])
            return Taken(Counter({Result.REFUSED: 1}), [refusal])
        raise CannotRun(f"{self.url} refuses: {problem['detail'].rstrip('.')}.") from error


def _problem(error: HTTPError) -> dict[str, str]:
    try:
        found = json.load(error)
        return {"code": str(found["code"]), "detail": str(found["detail"])}
    except (ValueError, KeyError, TypeError, OSError):
        return {"code": "refused", "detail": str(error)}
