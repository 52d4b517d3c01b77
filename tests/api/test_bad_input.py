"""Whatever is sent: a clear answer, and nothing lost."""

import json
from typing import Any

import pytest

from tests.api.client import (
    FIELDS,
    ITEMS,
    Api,
    Reply,
    accepted,
    assert_clear,
    assert_refused,
    field,
    item,
)

NOBODY = "0190aaaa-0001-7000-8000-000000000001"
DEEP = 30_000


def customer(surname: bytes) -> bytes:
    return b'{"surname":' + surname + b"}"


def extra(value: bytes) -> bytes:
    return b'{"surname":"Li","extra_fields":{"note":' + value + b"}}"


UNREADABLE = {
    "nothing": b"",
    "space": b"  \n",
    "half": b'{"surname":',
    "text": b"surname=Meyer",
    "single quotes": b"{'surname': 'Meyer'}",
    "trailing comma": b'{"surname":"Meyer",}',
    "comment": b'{"surname":"Meyer"} // yes',
    "two values": b'{"surname":"Meyer"}{"surname":"Maier"}',
    "byte order mark": b'\xef\xbb\xbf{"surname":"Meyer"}',
    "UTF-16": '{"surname":"Meyer"}'.encode("utf-16"),
    "Latin-1": '{"surname":"Müller"}'.encode("latin-1"),
    "overlong UTF-8": customer(b'"\xc0\xaf"'),
    "a surrogate in UTF-8": customer(b'"\xed\xa0\x80"'),
    "a lone surrogate": customer(b'"a\\ud800"'),
    "a lone low surrogate": customer(b'"\\udc00a"'),
    "a surrogate in a key": extra(b'{"\\ud800":1}'),
    "a raw NUL": customer(b'"a\x00b"'),
    "a raw line feed": customer(b'"a\nb"'),
    "NaN": extra(b"NaN"),
    "Infinity": extra(b"-Infinity"),
    "hexadecimal": extra(b"0x10"),
    "a leading zero": extra(b"01"),
    "too deep a list": extra(b"[" * DEEP + b"]" * DEEP),
    "too deep an object": extra(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "only opened": extra(b"[" * DEEP),
    "binary": bytes(range(256)),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}
OF_THE_WRONG_SHAPE = {
    "a list": b"[]",
    "a list of customers": b'[{"surname":"Meyer"}]',
    "text": b'"Meyer"',
    "null": b"null",
    "a number": b"5",
    "true": b"true",
    "a deep list": b"[" * DEEP + b"]" * DEEP,
    "a deep unknown": b'{"x":' * DEEP + b"1" + b"}" * DEEP,
    "a name in a list": customer(b"[" * DEEP + b"]" * DEEP),
    "the number is too large": extra(b"1e400"),
    "the number is too small": extra(b"-1e400"),
    "the number is too long": extra(b"9" * 5_000),
    "an empty key": b'{"surname":"Li","":1}',
    "a long key": b'{"surname":"Li","' + b"k" * 100_000 + b'":1}',
    "a long extra key": b'{"surname":"Li","extra_fields":{"' + b"k" * 100_000 + b'":1}}',
    "many keys": json.dumps({f"key_{n}": n for n in range(10_000)}).encode(),
    "a key in quotes": b'{"surname":"Li","a`b":1}',
    "prototype": b'{"surname":"Li","__proto__":{"role":"service_provider"}}',
}


@pytest.fixture
def path(common: Api) -> str:
    """A customer of a location where a note may be written."""
    common.post(FIELDS, {"key": "note", "label": "Note", "type": "text"})
    return item(common.create("Meyer", extra_fields={"note": "kept"})["id"])


def send_everywhere(api: Api, path: str, body: bytes) -> list[Reply]:
    """The body to every route that takes one; then the customer must be as it was."""
    before = api.get(path)
    replies = [
        api.call(method, target, body)
        for method, target in (
            ("POST", ITEMS),
            ("PUT", path),
            ("PATCH", path),
            ("POST", FIELDS),
            ("PUT", field("note")),
            ("PATCH", field("note")),
        )
    ]
    assert api.get(path).data == before.data
    return replies


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_json_is_refused(common: Api, path: str, body: bytes) -> None:
    replies = send_everywhere(common, path, body)
    for reply in replies:
        assert_clear(reply)
    for reply in replies[:3]:
        assert_refused(reply, 400, "malformed_request")


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_body_is_told_as_such(common: Api, path: str, body: bytes) -> None:
    reply = send_everywhere(common, path, body)[0]
    assert reply.json["detail"] == "the body is empty: send JSON"


@pytest.mark.parametrize("body", OF_THE_WRONG_SHAPE.values(), ids=OF_THE_WRONG_SHAPE)
def test_json_of_another_shape_is_refused(common: Api, path: str, body: bytes) -> None:
    for reply in send_everywhere(common, path, body):
        assert_refused(reply, 422, "invalid_value")


@pytest.mark.parametrize("depth", [50, 400, 700, 850, 900, 950, 980, 990, 1000, 1100])
def test_a_value_may_be_nested_to_any_depth_and_is_refused(
    common: Api, path: str, depth: int
) -> None:
    for body in (extra(b"[" * depth + b"]" * depth), extra(b'{"a":' * depth + b"1" + b"}" * depth)):
        for reply in send_everywhere(common, path, body)[:3]:
            assert_clear(reply)
            assert reply.status in (400, 422)


@pytest.mark.parametrize(
    ("body", "repeated"),
    [
        (b'{"surname":"Meyer","name":"Anna","surname":"Maier"}', "surname"),
        (b'{"surname":"Meyer","surn\\u0061me":"Meyer"}', "surname"),
        (b'{"surname":"Meyer","extra_fields":{"note":"a","note":"b"}}', "note"),
    ],
)
def test_a_body_names_each_value_once(common: Api, path: str, body: bytes, repeated: str) -> None:
    for reply in send_everywhere(common, path, body)[:3]:
        assert_refused(reply, 400, "malformed_request", repeated)


def test_numbers_of_any_length_are_refused_as_values(common: Api, path: str) -> None:
    for reply in send_everywhere(common, path, extra(b"9" * 5000))[:3]:
        assert_refused(reply, 422, "invalid_value")


def test_escaped_text_is_the_text(common: Api) -> None:
    body = accepted(common.post(ITEMS, customer(b'"\\ud83d\\ude00 \\u00fc\\/"')), 201)
    assert body["surname"] == "😀 ü/"


@pytest.mark.parametrize("size", [256 * 1024 + 1, 1024 * 1024])
@pytest.mark.parametrize("filler", [b" ", b"x", b"[", b"\xff"])
def test_a_body_has_at_most_256_kilobytes(common: Api, path: str, size: int, filler: bytes) -> None:
    for reply in send_everywhere(common, path, filler * size):
        assert_refused(reply, 413, "too_large")


def test_a_body_of_256_kilobytes_is_read(common: Api) -> None:
    body = customer(b'"Meyer"')
    accepted(common.post(ITEMS, body + b" " * (256 * 1024 - len(body))), 201)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/zip",
        "image/png",
        "application/json, text/plain",
        "application/jsonp",
        "*/*",
        "json",
        ";",
        "",
        "x" * 3000,
    ],
)
def test_only_json_is_read(common: Api, path: str, content_type: str) -> None:
    before = common.get(path).data
    for method, target in (("POST", ITEMS), ("PATCH", path), ("POST", FIELDS)):
        refused = common.call(method, target, {"surname": "Li"}, {"Content-Type": content_type})
        assert_refused(refused, 415, "unsupported_media_type")
    assert common.get(path).data == before


NO_IDS = [
    "nobody",
    "0",
    "-1",
    "null",
    "undefined",
    "x" * 3000,
    NOBODY[:-1],
    NOBODY + "0",
    NOBODY.replace("-", ""),
    "{" + NOBODY + "}",
    NOBODY + "%00",
    NOBODY + "%0a",
    NOBODY + "%20",
    "%20" + NOBODY,
    "%00",
    "%",
    "%zz",
    "%ff",
    "%c0%ae",
    "%ed%a0%80",
    "%F0%9F%98%80",
    "%EF%BC%90190aaaa-0001-7000-8000-000000000001",
    ".",
    "..",
    "%2e%2e",
    "%2F",
    "..%2f..%2fetc%2fpasswd",
    "a%2Fb",
    "%252e",
    "*",
    "'%20OR%201=1--",
    "{customer_id}",
    "${jndi:ldap:x}",
    "<script>",
    "é",
]


@pytest.mark.parametrize("wrong", [NOBODY, *NO_IDS], ids=range(len(NO_IDS) + 1))
def test_what_is_nobodys_id_finds_nobody(common: Api, wrong: str) -> None:
    for method, path in (
        ("GET", item(wrong)),
        ("PUT", item(wrong)),
        ("PATCH", item(wrong)),
        ("DELETE", item(wrong)),
        ("GET", f"{item(wrong)}/history"),
        ("GET", field(wrong)),
        ("PUT", field(wrong)),
        ("PATCH", field(wrong)),
        ("DELETE", field(wrong)),
    ):
        body = {"label": "x", "type": "text"} if "fields" in path else {"surname": "Li"}
        assert_refused(common.call(method, path, body), 404, "not_found")


HEADERS = [
    {"X-Actor": "%ff"},
    {"X-Actor": "%ed%a0%80"},
    {"X-Actor": "ÿ"},
    {"X-Request-Id": "x" * 5000},
    {"X-Request-Id": "é"},
    {"traceparent": "x"},
    {"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-00"},
    {"If-Match": "x" * 5000},
    {"If-Match": '"1",' * 1000},
    {"If-None-Match": "*"},
    {"Idempotency-Key": "é"},
    {"Idempotency-Key": "\x01"},
    {"Authorization": "Bearer x"},
    {"Accept": "image/png"},
    {"Accept": "application/octet-stream"},
    {"Accept": ""},
    {"Accept-Encoding": "br;q=x"},
    {"Accept-Language": "x" * 5000},
    {"Cookie": "a=b; " * 1000},
    {"Content-Encoding": "gzip"},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Range": "bytes=0-1"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Host": "elsewhere.example"},
    {"X-Forwarded-For": "' OR 1=1"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_no_header_does_harm(common: Api, path: str, headers: dict[str, str]) -> None:
    for method, target, body in (
        ("GET", ITEMS, b""),
        ("GET", path, b""),
        ("POST", ITEMS, customer(b'"Li"')),
        ("PATCH", path, b'{"name":"Anna"}'),
    ):
        assert_clear(common.call(method, target, body, headers))
    assert common.get(path).status == 200


@pytest.mark.parametrize(
    "query",
    ["x=y", "&&&", "=", "limit=1&limit=2", "cursor=", "%00=%00", "a" * 5000, "q[]=1", ";", "%"],
)
def test_an_unknown_parameter_is_ignored(common: Api, query: str) -> None:
    for path in (ITEMS, FIELDS, "/health", "/"):
        assert common.get(f"{path}?{query}").status == 200


def test_a_body_where_none_is_read_is_ignored(common: Api, path: str) -> None:
    for target in (ITEMS, path, FIELDS, "/health"):
        assert common.call("GET", target, b"\xff" * 1000).status == 200


@pytest.mark.parametrize("value", ["\ufffe", "\U0010ffff", "\ue000", "\u2028", "\u202e", "\ufeffx"])
def test_any_character_that_is_not_control_comes_back(common: Api, value: str) -> None:
    """Writing from right to left needs marks that nobody sees; none of them is a fault."""
    body = common.create(f"a{value}b", name=value)
    assert body["surname"] == f"a{value}b"
    assert common.read(body["id"]) == body


def test_a_patch_of_everything_at_once_is_one_change(common: Api, path: str) -> None:
    values: dict[str, Any] = {
        "surname": "Li",
        "name": "Bo",
        "dob": "2000-01-01",
        "document_number": "7",
        "extra_fields": {"note": "new"},
    }
    before = accepted(common.get(path))
    after = accepted(common.patch(path, values))
    assert {name: after[name] for name in values} == values
    assert after["version"] == before["version"] + 1
    assert len(common.items(f"{path}/history")) == 2
