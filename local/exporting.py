"""Exporting every customer of a location to a file that imports back."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from chalicelib.domain.audit import Caller
from chalicelib.domain.rows import write_header, write_rows
from chalicelib.domain.transfer_terms import MOST_EXPORTED, Format
from chalicelib.services.registry import Registry
from chalicelib.services.transfer import export_page
from local.errors import CannotRun
from local.person import person_here
from local.target import target


def export_file(out: Path | None, form: Format, location: str | None) -> None:
    """Writes a line for each customer to a file, or to the standard output.

    Names those who cannot be read, and exits with 1 where there is one: the export lacks them.
    """
    with target(location) as here, _written(out) as stream:
        here.require_same_retention()
        count, unreadable = export_to(stream, form, person_here(), here.registry)
    for customer_id in unreadable:
        print(f"customer {customer_id} cannot be read and is left out", file=sys.stderr)
    print(f"Customers exported: {count:,}.", file=sys.stderr)
    if unreadable:
        sys.exit(1)


def export_to(
    stream: TextIO, form: Format, caller: Caller, registry: Registry
) -> tuple[int, list[str]]:
    """How many were written, and the ids of those who cannot be read.

    Raises CannotRun where a field came or went meanwhile.
    """
    after, count, names = "", 0, None
    unreadable = list[str]()
    with tqdm(unit=" customers", disable=None) as bar:
        while True:
            page = export_page(after, MOST_EXPORTED, caller, registry)
            if names is None:
                names = page.names
                stream.write(write_header(names, form))
            if page.names != names:
                raise CannotRun("Fields were added or removed meanwhile: run this again.")
            stream.write(write_rows(page.customers, form))
            count += len(page.customers)
            unreadable += page.unreadable
            bar.update(len(page.customers))
            if not page.next:
                return count, unreadable
            after = page.next


@contextmanager
def _written(out: Path | None) -> Iterator[TextIO]:
    """The file under its name only when all of it is written."""
    if out is None:
        yield sys.stdout
        return
    draft = out.with_name(f"{out.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        draft.replace(out)
    except OSError as error:
        raise CannotRun(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
