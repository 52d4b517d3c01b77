"""/api/locations/dead-letters: listed, read, retried, dropped with a reason."""

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain.notes import DeadLetter
from chalicelib.messaging.codec import encode
from tests.api.client import STATUS, Api, accepted, assert_refused, item
from tests.conftest import access_lines
from tests.fakes import NOW, customer, event_of

LETTERS = "/api/locations/dead-letters"
# A customer's event that was not understood once, and is by now.
READABLE = encode(event_of(customer(1, location="loc9", surname="Understood")))


def letter(offset: int, value: bytes | None, size: int | None = None) -> DeadLetter:
    held = len(value or b"") if size is None else size
    return DeadLetter("sins.customers", 3, offset, b"key", value, "no JSON", NOW, held)


def logged(parts: Parts) -> set[tuple[str, str, str | None]]:
    """What the access log says: the action, on what, and a detail where there is one."""
    tables = parts.registry.store._tables  # type: ignore[attr-defined]
    return {(one.action, one.resource, one.detail) for one in access_lines(tables)}


@pytest.fixture
def letters(parts: Parts) -> list[DeadLetter]:
    kept = [letter(1, b"\xff\xfe"), letter(2, READABLE), letter(3, READABLE, 1_000_000)]
    for one in kept:
        parts.registry.store.system.add_dead_letter(one)
    return kept


def test_dead_letters_are_listed_without_their_bytes(api: Api, letters: list[DeadLetter]) -> None:
    items = api.items(LETTERS)
    assert [one["id"] for one in items] == [one.id for one in letters]
    assert items[0]["reason"] == "no JSON"
    assert [one["size"] for one in items] == [2, len(READABLE), 1_000_000]
    assert "value" not in items[0]


def test_dead_letters_come_page_by_page(api: Api, letters: list[DeadLetter]) -> None:
    first = accepted(api.get(f"{LETTERS}?limit=2"))
    rest = accepted(api.get(f"{LETTERS}?limit=2&cursor={first['next']}"))
    assert [one["offset"] for one in [*first["items"], *rest["items"]]] == [1, 2, 3]


def test_the_bytes_of_one_can_be_read(api: Api, letters: list[DeadLetter]) -> None:
    binary, readable, _ = letters
    assert accepted(api.get(f"{LETTERS}/{binary.id}"))["value"] == {"base64": "//4="}
    body = accepted(api.get(f"{LETTERS}/{readable.id}"))
    assert (body["key"], body["value"]) == ({"text": "key"}, {"text": READABLE.decode()})


def test_one_that_is_understood_by_now_is_applied(api: Api, letters: list[DeadLetter]) -> None:
    path = f"{LETTERS}/{letters[1].id}"
    assert accepted(api.post(f"{path}/retry", {})) == {"applied": True}
    assert_refused(api.get(path), 404, "not_found")
    assert len(api.items(LETTERS)) == 2
    assert accepted(api.get(STATUS))["dead_letters"] == 2
    (entry,) = api.items(f"{item(customer(1).record.id)}/history")
    assert entry["origin"] == "loc9-00000001"


def test_one_that_is_known_by_now_is_forgotten(
    api: Api, parts: Parts, letters: list[DeadLetter]
) -> None:
    accepted(api.post(f"{LETTERS}/{letters[1].id}/retry", {}))
    again = letter(9, READABLE)
    parts.registry.store.system.add_dead_letter(again)
    assert accepted(api.post(f"{LETTERS}/{again.id}/retry", {})) == {"applied": False}


def test_one_that_still_cannot_be_read_stays(
    api: Api, parts: Parts, letters: list[DeadLetter]
) -> None:
    empty = letter(4, None)
    parts.registry.store.system.add_dead_letter(empty)
    # Of the last one only the beginning was kept.
    for one in (letters[0], empty, letters[2]):
        refused = api.post(f"{LETTERS}/{one.id}/retry", {})
        assert_refused(refused, 422, "unreadable_event")
    assert len(api.items(LETTERS)) == 4


def test_who_read_one_and_who_tried_it_again_is_on_record(
    api: Api, parts: Parts, letters: list[DeadLetter]
) -> None:
    again = letter(9, READABLE)
    parts.registry.store.system.add_dead_letter(again)
    accepted(api.get(f"{LETTERS}/{letters[1].id}"))
    for one in (letters[1], again):
        accepted(api.post(f"{LETTERS}/{one.id}/retry", {}))
    assert logged(parts) == {
        ("read", f"dead-letter/{letters[1].id}", None),
        ("retry", f"dead-letter/{letters[1].id}", "applied"),
        ("retry", f"dead-letter/{again.id}", "known already"),
    }


def test_one_is_dropped_for_a_reason_that_stays_on_record(
    api: Api, parts: Parts, letters: list[DeadLetter]
) -> None:
    path = f"{LETTERS}/{letters[0].id}"
    assert_refused(api.delete(path), 422, "invalid_value", "reason")
    assert_refused(api.delete(f"{path}?reason=%20"), 422, "invalid_value", "reason")
    assert_refused(api.delete(f"{path}?reason={'x' * 501}"), 422, "invalid_value", "reason")
    assert api.delete(f"{path}?reason=a%20test%20message").status == 204
    assert_refused(api.delete(f"{path}?reason=again"), 404, "not_found")
    assert ("drop", f"dead-letter/{letters[0].id}", "a test message") in logged(parts)


@pytest.mark.parametrize("letter_id", ["nothing", "%00", "x" * 400, "a%2Fb", "%F0%9F%98%80" * 300])
def test_there_is_no_such_letter(common: Api, letter_id: str) -> None:
    for reply in (
        common.get(f"{LETTERS}/{letter_id}"),
        common.post(f"{LETTERS}/{letter_id}/retry", {}),
        common.delete(f"{LETTERS}/{letter_id}?reason=none"),
    ):
        assert_refused(reply, 404, "not_found")
