"""Importing and exporting over the API."""

import json
from typing import Any

import pytest

from chalicelib.bootstrap import Parts
from tests.api.client import ITEMS, Api, Reply, accepted, assert_clear, assert_refused
from tests.api.conftest import ApiOn, MakeParts, tear
from tests.api.test_access_log import facts, lines

IMPORT = "/api/customers/import"
EXPORT = "/api/customers/export"
CSV, JSONL = "text/csv; charset=utf-8", "application/x-ndjson"


def send(api: Api, text: str | bytes, query: str = "", kind: str = CSV, **headers: str) -> Reply:
    data = text.encode() if isinstance(text, str) else text
    return api.post(f"{IMPORT}{query}", data, content_type=kind, **headers)


def imported(api: Api, text: str | bytes, query: str = "", kind: str = CSV) -> dict[str, Any]:
    return accepted(send(api, text, query, kind))


def counts(answer: dict[str, Any]) -> tuple[int, ...]:
    return tuple(answer[name] for name in ("created", "updated", "unchanged", "refused"))


def pages(api: Api, query: str) -> list[Reply]:
    """Every page of an export, by the links that lead from one to the next."""
    found, path = [], f"{EXPORT}?{query}"
    while True:
        reply = api.get(path)
        assert reply.status == 200, reply.data
        found.append(reply)
        if "link" not in reply.headers:
            return found
        target, _, relation = reply.headers["link"].partition("; ")
        assert relation == 'rel="next"'
        path = f"{EXPORT}{target[1:-1]}"


def test_rows_are_imported_and_the_refused_ones_named(api: Api) -> None:
    api.create("Meyer", document_number="A1")
    answer = imported(api, "surname,document_number,dob\nMeyer,A1,\nMaier,A2,\nMayer,A3,soon\n")
    assert answer == {
        "dry_run": False,
        "created": 1,
        "updated": 0,
        "unchanged": 1,
        "refused": 1,
        "refusals": [
            {
                "line": 4,
                "field": "dob",
                "code": "invalid_value",
                "sentence": "dob must be a real date, written YYYY-MM-DD",
            }
        ],
    }
    assert [one["surname"] for one in api.items(ITEMS)] == ["Meyer", "Maier"]


@pytest.mark.parametrize("kind", [JSONL, "application/jsonl", "Application/X-NDJSON; charset=x"])
def test_lines_of_json_are_imported(api: Api, kind: str) -> None:
    api.define("age", "integer")
    line = {"surname": "Meyer", "external_id": "crm/1", "extra_fields": {"age": 5}}
    assert counts(imported(api, json.dumps(line), kind=kind)) == (1, 0, 0, 0)
    [found] = api.items(ITEMS)
    assert found["extra_fields"] == {"age": 5}
    assert counts(imported(api, json.dumps(line | {"name": "Eva"}), kind=kind)) == (0, 1, 0, 0)
    assert api.read(found["id"])["name"] == "Eva"


def test_a_dry_run_writes_nothing(api: Api) -> None:
    text = "surname,document_number\nMeyer,A1\n,A2\n"
    answer = imported(api, text, "?dry_run=true")
    assert (answer["dry_run"], counts(answer)) == (True, (1, 0, 0, 1))
    assert api.items(ITEMS) == []


def test_the_key_may_be_named(api: Api) -> None:
    text = "surname,external_id,document_number\nMeyer,x,A1\nMaier,,A2\nMayer,,\n"
    assert counts(imported(api, text, "?key=external_id")) == (1, 0, 0, 2)
    assert counts(imported(api, text, "?key=none")) == (2, 0, 1, 0)
    assert counts(imported(api, text, "?key=auto")) == (0, 0, 2, 1)
    # Where none is named, a file that comes again makes nobody twice either.
    assert counts(imported(api, text)) == (0, 0, 2, 1)


def test_a_request_may_have_1000_rows(common: Api) -> None:
    text = "surname\n" + "Meyer\n" * 1000
    assert counts(imported(common, text, "?dry_run=true")) == (0, 0, 0, 1000)


def test_a_request_that_is_sent_again_under_its_key_makes_nobody_twice(api: Api) -> None:
    text = "surname\nMeyer\nMaier\n"
    first = send(api, text, "?key=none", idempotency_key="one")
    again = send(api, text, "?key=none", idempotency_key="one")
    other = send(api, text, "?key=none", idempotency_key="two")
    assert [counts(accepted(one)) for one in (first, again, other)] == [
        (2, 0, 0, 0),
        (0, 0, 2, 0),
        (2, 0, 0, 0),
    ]


def test_another_file_under_a_used_key_changes_nobody_of_the_first(api: Api) -> None:
    send(api, "surname\nMeyer\n", "?key=none", idempotency_key="nightly")
    other = send(api, "surname\nSchmidt\n", "?key=none", idempotency_key="nightly")
    assert counts(accepted(other)) == (1, 0, 0, 0)
    names = {one["surname"] for one in accepted(api.get(ITEMS))["items"]}
    assert names == {"Meyer", "Schmidt"}


@pytest.mark.parametrize(
    ("text", "query", "kind", "status", "code"),
    [
        ("surname\nMeyer\n", "?key=name", CSV, 422, "invalid_value"),
        ("surname\nMeyer\n", "?dry_run=perhaps", CSV, 422, "invalid_value"),
        ("surname\nMeyer\n", "", "application/json", 415, "unsupported_media_type"),
        ("surname\nMeyer\n", "", "", 415, "unsupported_media_type"),
        ("", "", CSV, 400, "unreadable_row"),
        ("surname,nome\nMeyer,\n", "", CSV, 400, "unreadable_row"),
        ("surname,extra_fields.nope\nMeyer,\n", "", CSV, 400, "unreadable_row"),
        ("surname\n" + "Meyer\n" * 1001, "", CSV, 413, "too_large"),
        ("surname\n" + "x" * 300_000, "", CSV, 413, "too_large"),
    ],
)
def test_what_cannot_be_imported_at_all_is_refused(
    common: Api, text: str, query: str, kind: str, status: int, code: str
) -> None:
    assert_refused(send(common, text, query, kind), status, code)
    assert common.items(ITEMS) == []


@pytest.mark.parametrize(
    "data",
    [
        b"surname\n\xff\n",
        b"\xff\xfes\x00",
        b"surname,\xff\n",
        b"surname,extra_fields.\xff,extra_fields.\xff\n",
        b'surname\n"',
        b"surname\n\x00\n",
        b'{"\\ud800": 1}',
        b'{"surname": "\\ud800", "external_id": "x"}',
        b'{"external_id": "\\ud800"}',
        b'{"extra_fields": {"\\ud800": 1}, "surname": "M", "external_id": "x"}',
        b'{"id": 5}\n{"id": "x"}\nnull\n[]',
    ],
)
@pytest.mark.parametrize("kind", [CSV, JSONL])
def test_whatever_is_sent_the_answer_is_clear(common: Api, data: bytes, kind: str) -> None:
    reply = send(common, data, kind=kind)
    assert_clear(reply)
    if reply.status == 200:
        assert counts(reply.json)[:3] == (0, 0, 0)


def test_an_import_is_in_the_history_of_each_customer(api: Api) -> None:
    agent = api.by("service_agent", "Tim")
    reply = send(agent, "surname,document_number\nMeyer,A1\n", x_request_id="request-5")
    assert reply.status == 200
    [found] = api.items(ITEMS)
    [entry] = api.items(f"{ITEMS}/{found['id']}/history")
    assert (entry["actor"], entry["action"]) == ("Tim", "create")
    assert entry["request_id"] == "request-5"


def test_an_export_comes_in_pages_that_are_linked(api: Api) -> None:
    ids = [api.create(f"Meyer {number}")["id"] for number in range(5)]
    found = pages(api, "limit=2")
    assert [one.headers["content-type"] for one in found] == [
        "text/csv; charset=utf-8; header=present"
    ] * len(found)
    rows = [one.data.decode().splitlines() for one in found]
    assert {page[0] for page in rows} == {"id,surname,name,dob,document_number"}
    assert [line.split(",")[0] for page in rows for line in page[1:]] == ids


def test_an_export_of_json_has_a_line_a_customer(api: Api) -> None:
    api.define("city")
    body = api.create("Söderström", extra_fields={"city": "Ulm"}, dob="1984-02-29")
    [reply] = pages(api, "format=jsonl")
    assert reply.headers["content-type"] == "application/x-ndjson"
    names = ("id", "surname", "name", "dob", "document_number", "extra_fields")
    assert json.loads(reply.data) == {name: body[name] for name in names}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_page_of_an_export_imports_elsewhere_under_the_same_ids(
    make_parts: MakeParts, api_on: ApiOn, form: str
) -> None:
    home = api_on(make_parts())
    home.define("age", "number")
    for number in range(5):
        home.create("=Meyer", document_number=f"A{number}", extra_fields={"age": number / 2})
    found = pages(home, f"format={form}&limit=2")
    assert {counts(imported(home, page.data, kind=_kind(form)))[2] for page in found} == {1, 2}
    other = api_on(make_parts())
    other.define("age", "number")
    for page in found:
        imported(other, page.data, kind=_kind(form))
    assert [one.data for one in pages(other, f"format={form}&limit=2")] == [
        one.data for one in found
    ]


def _kind(form: str) -> str:
    return CSV if form == "csv" else JSONL


def test_who_was_exported_is_in_the_access_log(api: Api, parts: Parts) -> None:
    ids = [api.create()["id"] for _ in range(3)]
    pages(api.by("customer", "Zoe"), "limit=2")
    found = lines(parts)
    assert {facts(line) for line in found} == {("Zoe", "customer", "export", "customers", "ok")}
    assert " ".join(line.detail for line in found if line.detail).split() == ids


def test_a_page_of_an_export_tells_how_many_it_leaves_out(api: Api, parts: Parts) -> None:
    ids = [api.create()["id"] for _ in range(5)]
    for torn in ids[:2]:
        tear(torn, parts)
    found = pages(api, "format=jsonl&limit=3")
    assert [one.headers.get("x-unreadable") for one in found] == ["2", None]
    assert [json.loads(line)["id"] for one in found for line in one.data.splitlines()] == ids[2:]


@pytest.mark.parametrize(
    ("query", "field"), [("format=xml", "format"), ("limit=201", "limit"), ("limit=0", "limit")]
)
def test_an_export_that_cannot_be_is_refused(common: Api, query: str, field: str) -> None:
    assert_refused(common.get(f"{EXPORT}?{query}"), 422, "invalid_value", field)


def test_the_cursor_of_a_list_leads_nowhere_in_an_export(api: Api) -> None:
    for _ in range(2):
        api.create()
    cursor = accepted(api.get(f"{ITEMS}?limit=1"))["next"]
    assert_refused(api.get(f"{EXPORT}?cursor={cursor}"), 400, "malformed_request", "cursor")


def test_import_and_export_work_over_the_wire(served: Api) -> None:
    text = "surname,document_number\r\nSöderström,A1\r\nMüller,A2\r\n"
    assert counts(imported(served, "\ufeff" + text)) == (2, 0, 0, 0)
    assert counts(imported(served, text.encode("latin-1"))) == (0, 0, 0, 2)
    [page] = pages(served, "limit=200")
    assert "Söderström" in page.data.decode()
