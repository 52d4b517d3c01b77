"""Dead letters by hand: listing, reading, applying after all, dropping."""

import sys

from chalicelib.domain.text import moment
from chalicelib.messaging.codec import decode
from chalicelib.services import dead_letters
from local.person import person_here
from local.target import target
from local.terminal import harmless

PAGE = 100


def list_all(location: str | None = None) -> None:
    """Prints a line for each: id, when, size, why."""
    with target(location) as here:
        after = ""
        while True:
            page = dead_letters.list_dead_letters(after, PAGE, here.registry)
            for one in page.items:
                print(f"{one.id}  {moment(one.at)}  {one.size:,} bytes  {harmless(one.reason)}")
            if not page.next:
                return
            after = page.next


def show(location: str | None, letter_id: str) -> None:
    """Writes the bytes that were kept to the standard output, as they are."""
    with target(location) as here:
        letter = dead_letters.read_dead_letter(letter_id, person_here(), here.registry)
        sys.stdout.buffer.write(letter.value or b"")


def retry(location: str | None, letter_id: str) -> None:
    """Applies one and says whether it was news. Raises CannotRun where it cannot be applied."""
    with target(location) as here:
        applied = dead_letters.retry_dead_letter(letter_id, person_here(), here.registry, decode)
        print(f"{letter_id}: {'applied' if applied else 'known already'}.")


def drop(location: str | None, letter_id: str, reason: str) -> None:
    """Forgets one."""
    with target(location) as here:
        dead_letters.drop_dead_letter(letter_id, reason, person_here(), here.registry)
        print(f"{letter_id}: dropped.")
