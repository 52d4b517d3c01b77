"""/api/locations/dead-letters: records of the topic that could not be applied."""

import base64
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import TooLarge, UnreadableEvent
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer, NoContent
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.inputs import DropQuery, LetterId, PageQuery
from chalicelib.handlers.outputs import Letter, Letters, Retried, Shown, WholeLetter
from chalicelib.handlers.request import HttpRequest
from chalicelib.services import dead_letters

blueprint = Blueprint(__name__)
LETTERS = "/api/locations/dead-letters"
LETTER = LETTERS + "/{letter_id}"


@endpoint(blueprint, "GET", LETTERS, Permission.HANDLE_DEAD_LETTERS)
def list_dead_letters(request: HttpRequest, query: PageQuery) -> Answer[Letters]:
    """Lists what came from other locations and could not be applied."""
    after = decode_cursor("dead-letters", query.cursor)
    page = dead_letters.list_dead_letters(after, query.limit, request.registry)
    items = [Letter(**_summary(letter)) for letter in page.items]
    return Answer(Letters(items, encode_cursor("dead-letters", page.next)))


@endpoint(blueprint, "GET", LETTER, Permission.HANDLE_DEAD_LETTERS)
def read_dead_letter(request: HttpRequest, letter_id: LetterId) -> Answer[WholeLetter]:
    """Reads a dead letter with its bytes, which may name a customer."""
    letter = dead_letters.read_dead_letter(letter_id, request.caller, request.registry)
    key, value = _shown(letter.key), _shown(letter.value)
    return Answer(WholeLetter(**_summary(letter), key=key, value=value))


@endpoint(
    blueprint,
    "POST",
    LETTER + "/retry",
    Permission.HANDLE_DEAD_LETTERS,
    raises=(UnreadableEvent, TooLarge),
)
def retry_dead_letter(request: HttpRequest, letter_id: LetterId) -> Answer[Retried]:
    """Applies a dead letter after all, and forgets it."""
    from chalicelib.messaging.codec import decode

    applied = dead_letters.retry_dead_letter(letter_id, request.caller, request.registry, decode)
    return Answer(Retried(applied))


@endpoint(blueprint, "DELETE", LETTER, Permission.HANDLE_DEAD_LETTERS)
def drop_dead_letter(request: HttpRequest, letter_id: LetterId, query: DropQuery) -> NoContent:
    """Forgets a dead letter for a reason, which stays on record."""
    dead_letters.drop_dead_letter(letter_id, query.reason, request.caller, request.registry)
    return NoContent(None)


def _summary(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "size": letter.size,
        "at": moment(letter.at),
    }


def _shown(data: bytes | None) -> Shown | None:
    """Bytes as text where they are text, and in base64 where they are not."""
    if data is None:
        return None
    try:
        return Shown(text=data.decode())
    except UnicodeDecodeError:
        return Shown(base64=base64.b64encode(data).decode())
