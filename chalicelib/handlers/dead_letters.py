"""/api/locations/dead-letters: records of the topic that could not be applied."""

import base64
from typing import Any

from chalice.app import Blueprint

from chalicelib.domain.access import Permission
from chalicelib.domain.errors import NotFound
from chalicelib.domain.notes import DeadLetter
from chalicelib.domain.text import moment
from chalicelib.handlers.answer import Answer
from chalicelib.handlers.cursor import decode_cursor, encode_cursor
from chalicelib.handlers.http import endpoint
from chalicelib.handlers.request import HttpRequest
from chalicelib.services import dead_letters

blueprint = Blueprint(__name__)
LETTERS = "/api/locations/dead-letters"
LETTER = LETTERS + "/{letter_id}"
MAX_ID = 300


@endpoint(blueprint, "GET", LETTERS, Permission.HANDLE_DEAD_LETTERS)
def list_dead_letters(request: HttpRequest) -> Answer:
    limit = request.query_number("limit", 50, 1, 100)
    after = decode_cursor("dead-letters", request.query("cursor"))
    page = dead_letters.list_dead_letters(after, limit, request.registry)
    items = [_summary(letter) for letter in page.items]
    return Answer({"items": items, "next": encode_cursor("dead-letters", page.next)})


@endpoint(blueprint, "GET", LETTER, Permission.HANDLE_DEAD_LETTERS)
def read_dead_letter(request: HttpRequest, letter_id: str) -> Answer:
    letter = dead_letters.read_dead_letter(_known(letter_id), request.caller, request.registry)
    return Answer({**_summary(letter), "key": _shown(letter.key), "value": _shown(letter.value)})


@endpoint(blueprint, "POST", LETTER + "/retry", Permission.HANDLE_DEAD_LETTERS)
def retry_dead_letter(request: HttpRequest, letter_id: str) -> Answer:
    from chalicelib.messaging.codec import decode

    applied = dead_letters.retry_dead_letter(
        _known(letter_id), request.caller, request.registry, decode
    )
    return Answer({"applied": applied})


@endpoint(blueprint, "DELETE", LETTER, Permission.HANDLE_DEAD_LETTERS)
def drop_dead_letter(request: HttpRequest, letter_id: str) -> Answer:
    dead_letters.drop_dead_letter(
        _known(letter_id), request.query("reason"), request.caller, request.registry
    )
    return Answer(status=204)


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


def _shown(data: bytes | None) -> dict[str, str] | None:
    """Bytes as text where they are text, and in base64 where they are not."""
    if data is None:
        return None
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _known(letter_id: str) -> str:
    """The id, if a table can be asked for it. Raises NotFound."""
    if not 1 <= len(letter_id) <= MAX_ID or not letter_id.isprintable():
        raise NotFound("there is no such dead letter")
    return letter_id
