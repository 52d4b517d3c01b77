"""Importing a file of customers.

The file is read as it is imported, a batch of rows at a time, and several batches are on their way
at once. No two of those hold rows with one id or one document number, so rows about one customer
keep their order. Batches are settled in the order of the file: counted, their refusals reported,
noted.
"""

import csv
import fcntl
import io
import os
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, TextIO
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import astuple
from tqdm import tqdm

from chalicelib.domain.errors import UnreadableRow
from chalicelib.domain.rows import Place, Row, RowFile, cell_of, open_rows
from chalicelib.domain.transfer import Identity, Refusal, in_batches
from chalicelib.domain.transfer_terms import Format, Key, Result
from chalicelib.ids import new_id
from chalicelib.settings import is_address
from local.errors import CannotRun
from local.import_doors import ApiDoor, Door, Taken, tables_door
from local.import_progress import Progress, digest_of, open_progress, progress_beside
from local.terminal import harmless

SUFFIXES = {".csv": Format.CSV, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL}
# So many refusals are shown where no report is asked for.
SHOWN = 20
REPORT = ("line", "field", "code", "sentence")


class Options(Struct, frozen=True):
    """What the command line said."""

    file: Path
    form: str | None
    location: str | None
    url: str | None
    role: str
    actor: str
    token: str | None
    dry_run: bool
    report: Path | None
    key: str


def import_file(options: Options) -> None:
    """Imports and says what became of the rows. Exits with 1 where one was refused.

    Raises CannotRun where it cannot go on; started again it goes on where it was.
    """
    form = form_of(options.file, options.form)
    with ExitStack() as stack:
        stream = stack.enter_context(_opened(options.file))
        if not options.dry_run:
            _require_alone(stream)
        file = _understood(stream, form)
        progress = _progress(options, form, file)
        report = stack.enter_context(_report(options.report, progress))
        door = stack.enter_context(_door(options, form, file, progress.run))
        # Even the first batch must be known again by the run's id.
        progress.note()
        try:
            _import(file, Key(options.key), door, progress, report)
        except KeyboardInterrupt:
            progress.note()
            raise CannotRun(_stopped(options, progress.place)) from None
        except BaseException:
            progress.note()
            raise
    progress.forget()
    print(_summary(options, progress.counts))
    if progress.counts[Result.REFUSED]:
        sys.exit(1)


def form_of(file: Path, named: str | None) -> Format:
    """The format that was named, or that the file's name tells. Raises CannotRun."""
    if named:
        return Format(named)
    if file.suffix.lower() not in SUFFIXES:
        raise CannotRun(f"The name of {file} does not tell its format: say --format csv or jsonl.")
    return SUFFIXES[file.suffix.lower()]


class Report:
    """A line for each refused row, in a file or, the first ones, on the screen."""

    def __init__(self, stream: TextIO | None, shown: int) -> None:
        self._stream = stream
        self._shown = shown

    def add(self, refusals: Sequence[Refusal]) -> int:
        """Adds a line for each; how large the file is afterwards."""
        if self._stream is None:
            self._show(refusals)
            return 0
        lines = (map(cell_of, astuple(one)) for one in refusals)
        csv.writer(self._stream).writerows(lines)
        self._stream.flush()
        return self._stream.tell()

    def _show(self, refusals: Sequence[Refusal]) -> None:
        for one in refusals[: max(0, SHOWN - self._shown)]:
            field = f" ({one.field})" if one.field else ""
            said = harmless(f"line {one.line}{field}: {one.sentence}")
            tqdm.write(said, file=sys.stderr)
        if self._shown <= SHOWN < self._shown + len(refusals):
            tqdm.write("and more: --report FILE names all", file=sys.stderr)
        self._shown += len(refusals)


def _import(file: RowFile, key: Key, door: Door, progress: Progress, report: Report) -> None:
    batches = in_batches(file.rows(progress.place), key, door.most_rows, door.most_bytes)
    with _Bar(progress) as bar, ThreadPoolExecutor(door.at_once) as pool:
        try:
            for settled in _settled(batches, door, pool, progress.place):
                progress.report_size = report.add(settled.taken.refusals)
                progress.counts.update(settled.taken.counts)
                progress.place = settled.behind
                progress.note_sometimes()
                bar.move()
        finally:
            pool.shutdown(cancel_futures=True)


class _Settled(Struct, frozen=True):
    behind: Place
    taken: Taken


class _OnItsWay(Struct, frozen=True):
    behind: Place
    about: set[Identity]
    taken: Future[Taken]


def _settled(
    batches: Iterator[tuple[list[Row], set[Identity]]],
    door: Door,
    pool: ThreadPoolExecutor,
    start: Place,
) -> Iterator[_Settled]:
    """The batches in their order, each when it is done and those before it are."""
    waiting: deque[_OnItsWay] = deque()
    for rows, about in batches:
        while len(waiting) > door.at_once or any(about & one.about for one in waiting):
            yield _done(waiting.popleft())
        taken = pool.submit(door.take, rows, start)
        start = rows[-1].behind
        waiting.append(_OnItsWay(start, about, taken))
    while waiting:
        yield _done(waiting.popleft())


def _done(batch: _OnItsWay) -> _Settled:
    return _Settled(batch.behind, batch.taken.result())


class _Bar:
    """How much of the file is done, for a person who watches."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bar: tqdm[Any] = tqdm(
            total=int(progress.terms["size"]),
            initial=progress.place.offset,
            unit="B",
            unit_scale=True,
            disable=None,
        )

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def move(self) -> None:
        self._bar.set_postfix_str(f"{self._progress.counts.total():,} rows", refresh=False)
        self._bar.update(self._progress.place.offset - self._bar.n)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}.") from error
    with stream:
        if not stream.seekable():
            raise CannotRun(f"{file} can be read once only: write it to a file, and import that.")
        yield stream


def _require_alone(stream: BinaryIO) -> None:
    """Raises CannotRun while another import of the file runs: both would keep one note.

    The lock goes with the stream, also where the program is killed.
    """
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotRun(
            f"Another import of {stream.name} is at work: wait for its end, or stop it."
        ) from None
    except OSError:
        # Not every file system knows locks.
        return


def _understood(stream: BinaryIO, form: Format) -> RowFile:
    try:
        return open_rows(stream, form)
    except UnreadableRow as error:
        raise CannotRun(f"{Path(stream.name).name}, {error.message}.") from error


def _progress(options: Options, form: Format, file: RowFile) -> Progress:
    """Where to begin. A dry run begins at the start and leaves no note."""
    terms = {
        "size": str(options.file.stat().st_size),
        "content": digest_of(options.file),
        "format": form.value,
        "key": options.key,
        "destination": options.url or options.location or os.environ.get("LOCATION", "loc1"),
        "report": str(options.report or ""),
    }
    new = Progress(None, terms, new_id(), file.start)
    if options.dry_run:
        return new
    path = progress_beside(options.file)
    new.path = path
    found = open_progress(path, terms, new)
    if found.is_resumed:
        print(f"{path.name}: going on at line {found.place.line:,}.")
    return found


@contextmanager
def _report(path: Path | None, progress: Progress) -> Iterator[Report]:
    if path is None:
        yield Report(None, progress.counts[Result.REFUSED])
        return
    try:
        _require_report(path)
        with path.open("a+", encoding="utf-8", newline="") as stream:
            # What was reported after the last note will be reported again.
            stream.truncate(progress.report_size)
            stream.seek(0, io.SEEK_END)
            if not progress.report_size:
                csv.writer(stream).writerow(REPORT)
            yield Report(stream, 0)
    except OSError as error:
        raise CannotRun(
            f"{path} cannot be written ({error.strerror}): see to the rights and the space of its "
            "folder, or name another file for the report."
        ) from error


def _require_report(path: Path) -> None:
    """Raises CannotRun for a file that is no report: it would be emptied."""
    head = ",".join(REPORT).encode()
    if path.exists() and path.stat().st_size:
        with path.open("rb") as stream:
            if stream.read(len(head)) != head:
                raise CannotRun(f"{path} holds something else: name another file for the report.")


def _door(options: Options, form: Format, file: RowFile, run: str) -> AbstractContextManager[Door]:
    key = Key(options.key)
    if options.url is None:
        return tables_door(options.location, file.columns, key, run, options.dry_run)
    if not is_address(options.url):
        raise CannotRun(f"{options.url} is no address like http://localhost:8001.")
    return nullcontext(
        ApiDoor(
            url=options.url,
            identity=_identity(options),
            file=options.file,
            opened=file,
            form=form,
            key=key,
            run=run,
            dry_run=options.dry_run,
        )
    )


def _identity(options: Options) -> Mapping[str, str]:
    if options.token:
        return {"Authorization": f"Bearer {options.token}"}
    return {"X-Role": options.role, "X-Actor": quote(options.actor)}


def _stopped(options: Options, place: Place) -> str:
    if options.dry_run:
        return "Stopped; nothing was written, this was a dry run."
    return f"Stopped at line {place.line:,}: run this again to go on there."


def _summary(options: Options, counts: Counter[Result]) -> str:
    said = ", ".join(f"{counts[result]:,} {result}" for result in Result)
    if options.dry_run:
        said += "; nothing was written, this was a dry run"
    return f"{options.file.name}: {counts.total():,} rows: {said}."
