"""How far an import has come, in a small file beside its input.

Who starts the same import again goes on there. What was imported after the last note is imported
again, which changes nothing.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from chalicelib.domain.rows import Place
from chalicelib.domain.transfer_terms import Result
from local.errors import CannotRun

SECONDS_BETWEEN_NOTES = 0.5
_CHUNK = 1 << 20

Terms = Mapping[str, str]


class Progress(Struct):
    """`run` is the id of the import. `report_size` is how much of the report is settled.

    `terms` are the input and the options: a note for others is for another import.
    """

    path: Path | None
    terms: Terms
    run: str
    place: Place
    counts: Counter[Result] = field(default_factory=Counter)
    report_size: int = 0
    is_resumed: bool = False
    _noted_at: float = 0

    def note_sometimes(self) -> None:
        if time.monotonic() - self._noted_at > SECONDS_BETWEEN_NOTES:
            self.note()

    def note(self) -> None:
        """Keeps it, all or nothing. Raises CannotRun."""
        self._noted_at = time.monotonic()
        if self.path is None:
            return
        draft = self.path.with_name(f"{self.path.name}.new")
        try:
            draft.write_text(json.dumps(self._document()), encoding="utf-8")
            draft.replace(self.path)
        except OSError as error:
            raise CannotRun(
                f"{self.path} cannot be written ({error.strerror}): it says how far an import is. "
                "See to the rights and the space of its folder, and run this again."
            ) from error

    def forget(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _document(self) -> dict[str, Any]:
        return {
            "terms": self.terms,
            "run": self.run,
            "offset": self.place.offset,
            "line": self.place.line,
            "counts": self.counts,
            "report_size": self.report_size,
        }


def progress_beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.progress")


def open_progress(path: Path, terms: Terms, new: Progress) -> Progress:
    """What was noted of this very import, else the new one. Raises CannotRun for another's."""
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        found = Progress(
            path=path,
            terms=noted["terms"],
            run=noted["run"],
            place=Place(noted["offset"], noted["line"]),
            counts=Counter({Result(name): count for name, count in noted["counts"].items()}),
            report_size=noted["report_size"],
            is_resumed=True,
        )
    except FileNotFoundError:
        return new
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotRun(f"{path} cannot be read: delete it to start over.") from error
    if found.terms != dict(terms):
        differing = [name for name in terms if found.terms.get(name) != terms[name]]
        raise CannotRun(
            f"{path} is of an import that was broken off with another {', '.join(differing)}: "
            "finish that one, or delete the file to start over."
        )
    return found


def digest_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
