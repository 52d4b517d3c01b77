"""Importing and exporting: what is written, what is refused, and what is left alone."""

import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.change import Change
from chalicelib.domain.errors import (
    Damaged,
    Joining,
    TooLarge,
    Unavailable,
    UnreadableRow,
)
from chalicelib.domain.record import Kind, Record
from chalicelib.domain.rows import open_rows, write_header, write_rows
from chalicelib.domain.transfer import external_customer_id, in_batches
from chalicelib.domain.transfer_terms import Format, Key, Result
from chalicelib.services import transfer
from chalicelib.services.customers import delete_customer, patch_customer
from chalicelib.services.digest import take_digest
from chalicelib.services.fields import create_field, patch_field
from chalicelib.services.replication import apply_event
from chalicelib.services.transfer import MOST_CLAIMANTS, Import, Outcome, RecentNumbers
from chalicelib.storage.access import MAX_DETAIL
from tests.fakes import (
    AGENT,
    DEFINITION,
    PROVIDER,
    Site,
    customer,
    customer_id,
    definition,
    deleted,
    erased,
    event_of,
    ids_read,
    shared,
    site,
    unavailable,
)

CREATED, UPDATED = Result.CREATED, Result.UPDATED
UNCHANGED, REFUSED = Result.UNCHANGED, Result.REFUSED


@pytest.fixture
def here() -> Site:
    return site()


def job_at(here: Site, key: Key = Key.AUTO, run: str = "", dry_run: bool = False) -> Import:
    return Import.of(AGENT, here.registry, key, run or here.registry.new_id(), dry_run)


def outcomes(here: Site, text: str, job: Import | None = None) -> list[Outcome]:
    """What becomes of the rows of a CSV, or of lines of JSON."""
    form = Format.JSONL if text.startswith("{") else Format.CSV
    job = job or job_at(here)
    rows = open_rows(io.BytesIO(text.encode()), form).rows()
    batches = in_batches(rows, job.key, transfer.TOGETHER, 1 << 20)
    return [one for batch, _ in batches for one in transfer.import_rows(batch, job)]


def imported(here: Site, text: str, job: Import | None = None) -> list[Result]:
    return [one.result for one in outcomes(here, text, job)]


def refusals(here: Site, text: str, job: Import | None = None) -> list[tuple[int, str, str]]:
    found = [one.refusal for one in outcomes(here, text, job) if one.refusal]
    return [(one.line, one.field, one.code) for one in found]


def everyone(here: Site) -> list[Record]:
    live = (one for one in here.store.records.all(Kind.CUSTOMER) if one.is_live)
    return sorted(live, key=lambda record: record.id)


def values(record: Record) -> dict[str, Any]:
    return {name: register.value for name, register in record.values.items()}


def exported(here: Site, form: Format = Format.CSV, page_size: int = 3) -> str:
    after, pages, names = "", [], []
    while True:
        page = transfer.export_page(after, page_size, AGENT, here.registry)
        pages.append(write_rows(page.customers, form))
        names = list(page.names)
        if not page.next:
            return write_header(names, form) + "".join(pages)
        after = page.next


def committed(here: Site) -> list[Sequence[Change]]:
    """The transactions from here on."""
    found: list[Sequence[Change]] = []
    here.store.before_transaction = found.append
    return found


def test_rows_become_customers_in_one_transaction(here: Site) -> None:
    transactions = committed(here)
    assert imported(here, "surname,document_number\nMeyer,A1\nMaier,A2\n") == [CREATED] * 2
    assert [values(one)["surname"] for one in everyone(here)] == ["Meyer", "Maier"]
    assert [len(one) for one in transactions] == [2]


def test_every_customer_has_an_audit_entry_and_waits_to_be_sent(here: Site) -> None:
    imported(here, "surname,document_number\nMeyer,A1\nMaier,A2\n")
    for record in everyone(here):
        [entry] = here.store.trail.of(Kind.CUSTOMER, record.id)
        assert (entry.caller, entry.action) == (AGENT, "create")
    assert here.store.outbox.depth() == 2


def test_importing_again_writes_nothing(here: Site) -> None:
    text = "surname,document_number,external_id\nMeyer,A1,\nMaier,A2,x\nMayer,,y\n"
    assert imported(here, text) == [CREATED] * 3
    transactions = committed(here)
    assert imported(here, text) == [UNCHANGED] * 3
    assert transactions == []


def test_an_import_names_whom_it_left_as_they_were(here: Site) -> None:
    numbers = range(transfer.TOGETHER + 1)
    for number in numbers:
        here.store.commit(customer(number, here.clock()))
    text = "id,surname\n" + "".join(f"{customer_id(number)},Meyer\n" for number in numbers)
    imported(here, text + "no id,Meyer\n")
    *first, last = map(customer_id, numbers)
    assert told(here) == [" ".join(first), last]


def test_an_import_that_changes_everybody_names_nobody(here: Site) -> None:
    text = "id,surname\n" + "".join(f"{customer_id(number)},%s\n" for number in (1, 2))
    assert imported(here, text % ("Meyer", "Meyer")) == [CREATED] * 2
    assert imported(here, text % ("Maier", "Mayer")) == [UPDATED] * 2
    assert told(here) == []


def test_a_dry_run_names_whom_it_would_change(here: Site) -> None:
    here.store.commit(customer(1, here.clock()), customer(2, here.clock()))
    text = f"id,surname\n{customer_id(1)},Maier\n{customer_id(2)},Meyer\n,New\n"
    imported(here, text, job_at(here, dry_run=True))
    assert told(here) == [f"{customer_id(1)} {customer_id(2)}"]


def test_rows_that_are_taken_one_by_one_are_named_together(here: Site) -> None:
    here.store.commit(*(customer(number, here.clock()) for number in (1, 2, 3)))
    here.store.before_commit = lambda _change: overtake(here, name="Zoe")
    rows = (f"{customer_id(1)},Maier", f"{customer_id(2)},Meyer", f"{customer_id(3)},Meyer")
    assert imported(here, "id,surname\n" + "\n".join(rows)) == [UPDATED, UNCHANGED, UNCHANGED]
    assert told(here) == [f"{customer_id(2)} {customer_id(3)}"]


def told(here: Site) -> list[str]:
    """Whom the lines that imports wrote to the access log name."""
    lines = here.store.tables.accesses
    assert {(one.action, one.resource, one.caller) for one in lines} <= {
        ("import", "customers", AGENT)
    }
    return [one.detail for one in lines]


def test_a_value_that_differs_is_updated_and_nothing_else(here: Site) -> None:
    imported(here, "surname,name,document_number\nMeyer,Anna,A1\n")
    here.clock.advance(seconds=1)
    assert imported(here, "surname,document_number\nMaier,a-1\n") == [UPDATED]
    [record] = everyone(here)
    assert values(record) == {
        "surname": "Maier",
        "name": "Anna",
        "document_number": "a-1",
    }
    assert set(here.store.trail.of(Kind.CUSTOMER, record.id)[-1].differences) == {
        "surname",
        "document_number",
    }


def test_an_empty_cell_empties_and_a_missing_column_does_not(here: Site) -> None:
    imported(here, "surname,name,dob,document_number\nMeyer,Anna,1980-01-31,A1\n")
    assert imported(here, "name,document_number\n,A1\n") == [UPDATED]
    [record] = everyone(here)
    assert (record.value("name"), record.value("dob")) == (None, "1980-01-31")


def test_a_row_is_checked_as_a_request_would_be(here: Site) -> None:
    create_field("age", {**DEFINITION, "type": "integer"}, PROVIDER, here.registry)
    create_field("city", {**DEFINITION, "required": True}, PROVIDER, here.registry)
    text = (
        "surname,dob,document_number,extra_fields.age,extra_fields.city\n"
        ",,A1,,Bonn\n"
        "Meyer,1980-02-30,A2,,Bonn\n"
        "Meyer,,A3,old,Bonn\n"
        "Meyer,,A4,,\n"
        f"{'x' * 201},,A5,,Bonn\n"
        "Meyer,,A6,5,Bonn\n"
    )
    assert refusals(here, text) == [
        (2, "surname", "invalid_value"),
        (3, "dob", "invalid_value"),
        (4, "age", "invalid_value"),
        (5, "city", "invalid_value"),
        (6, "surname", "invalid_value"),
    ]
    [record] = everyone(here)
    assert (record.value("extra.age"), record.value("extra.city")) == (5, "Bonn")


def test_a_row_that_cannot_be_read_costs_no_other(here: Site) -> None:
    text = 'surname,document_number\nMeyer,A1\n"Ma"ier,A2\nMayer\nMeier,A4\n'
    assert imported(here, text) == [CREATED, REFUSED, REFUSED, CREATED]


def test_an_update_is_checked_too(here: Site) -> None:
    imported(here, "surname,document_number\nMeyer,A1\n")
    assert refusals(here, "surname,document_number\n ,A1\n") == [(2, "surname", "invalid_value")]


def test_a_customer_that_is_too_large_is_refused_and_the_others_are_not(here: Site) -> None:
    for number in range(700):
        here.store.commit(definition(f"f{number}", here.clock()))
    large = {f"f{number}": "x" * 200 for number in range(700)}
    lines = [{"surname": "Meyer", "external_id": "x", "extra_fields": large}, _NAMED]
    text = "\n".join(json.dumps(line) for line in lines)
    assert imported(here, text) == [REFUSED, CREATED]
    few = {f"f{number}": "x" * 200 for number in range(300)}
    halves = [few, {key: large[key] for key in large.keys() - few.keys()}]
    lines = [{"surname": "Meyer", "external_id": "z", "extra_fields": half} for half in halves]
    assert imported(here, "\n".join(map(json.dumps, lines))) == [CREATED, REFUSED]


_NAMED = {"surname": "Maier", "external_id": "y"}


def test_a_number_that_two_customers_claim_is_refused(here: Site) -> None:
    for number in (1, 2):
        here.store.commit(customer(number, here.clock(), document_number="A-1"))
    [refused] = outcomes(here, "surname,document_number\nMaier,a1\n")
    assert refused.refusal
    assert refused.refusal.code == "ambiguous"
    assert customer_id(1) in refused.refusal.sentence
    assert [one.value("surname") for one in everyone(here)] == ["Meyer", "Meyer"]
    assert told(here) == [f"{customer_id(1)} {customer_id(2)}"]


def test_whose_row_is_refused_is_in_the_access_log(here: Site) -> None:
    """The refusal tells that somebody has the number, and what of the row is said already."""
    first, second = (customer(n, here.clock(), document_number=f"A-{n}") for n in (1, 2))
    here.store.commit(first, second)
    here.store.commit(deleted(second.record))
    rows = (f"{customer_id(2)},", ",A1", ",A3")
    found = imported(here, "id,document_number,dob\n" + "".join(f"{row},soon\n" for row in rows))
    assert found == [REFUSED, REFUSED, REFUSED]
    assert told(here) == [f"{customer_id(2)} {customer_id(1)}"]


def test_however_many_refusals_name_they_are_in_the_access_log(here: Site) -> None:
    claimants = range(transfer.MOST_NAMED * transfer.TOGETHER)
    for number in claimants:
        claimed = f"N{number % transfer.TOGETHER}"
        here.store.commit(customer(number, here.clock(), document_number=claimed))
    rows = (f"N{number},Maier\n" for number in range(transfer.TOGETHER))
    assert set(imported(here, "document_number,surname\n" + "".join(rows))) == {REFUSED}
    assert set(" ".join(told(here)).split()) == set(map(customer_id, claimants))
    assert max(map(len, told(here))) <= MAX_DETAIL


def test_a_number_that_everybody_claims_is_refused_without_reading_them(here: Site) -> None:
    everybody = [customer_id(number) for number in range(1, 5 * MOST_CLAIMANTS)]
    here.store.commit(customer(1, here.clock(), document_number="A-1"))
    here.store.records.claiming = lambda _number, at_most: everybody[:at_most]  # type: ignore[assignment, method-assign]
    asked = ids_read(here)
    [refused] = outcomes(here, "surname,document_number\nMaier,a1\n")
    assert refused.refusal
    assert refused.refusal.code == "ambiguous"
    assert f"more than {MOST_CLAIMANTS} customers" in refused.refusal.sentence
    assert len(set(asked) & set(everybody)) <= MOST_CLAIMANTS + 1


def test_the_number_of_somebody_who_was_deleted_is_free(here: Site) -> None:
    change = customer(1, here.clock(), document_number="A-1")
    here.store.commit(change)
    here.store.commit(deleted(change.record))
    assert imported(here, "surname,document_number\nMaier,a1\n") == [CREATED]


def test_the_number_of_somebody_who_has_expired_is_free() -> None:
    here = site(days=30)
    here.store.commit(customer(1, document_number="A-1"))
    here.clock.advance(days=31)
    assert imported(here, "surname,document_number\nMaier,a1\n") == [CREATED]


def test_an_index_that_names_a_lost_row_costs_no_other(here: Site) -> None:
    here.store.records.claiming = lambda *_: [customer_id(1)]  # type: ignore[method-assign]
    assert imported(here, "surname,document_number\nMaier,A\n") == [CREATED]


def test_an_index_that_lags_behind_names_nobody_wrongly(here: Site) -> None:
    renumbered, gone = (customer(one, here.clock(), document_number="B") for one in (1, 2))
    here.store.commit(renumbered, gone)
    here.store.commit(deleted(gone.record))
    here.store.records.claiming = lambda *_: [customer_id(1), customer_id(2)]  # type: ignore[method-assign]
    assert imported(here, "surname,document_number\nMaier,A\n") == [CREATED]


def test_whoever_is_gone_is_not_brought_back() -> None:
    here = site(days=30)
    ids = [external_customer_id(name) for name in ("deleted", "erased", "expired")]
    assert imported(here, "surname,external_id\n" + "".join(f"M,{n}\n" for n in _GONE)) == (
        [CREATED] * 3
    )
    delete_customer(ids[0], AGENT, here.registry)
    record = here.store.records.get(Kind.CUSTOMER, ids[1])
    assert record
    here.store.commit(erased(record))
    here.clock.advance(days=31)
    transactions = committed(here)
    text = "surname,external_id\n" + "".join(f"M,{n}\n" for n in _GONE)
    assert [code for _, _, code in refusals(here, text)] == ["gone"] * 3
    by_id = "surname,id\n" + "".join(f"M,{one}\n" for one in ids)
    assert [code for _, _, code in refusals(here, by_id)] == ["gone"] * 3
    assert transactions == []


_GONE = ("deleted", "erased", "expired")


def test_a_row_without_a_key_is_refused_unless_it_was_asked_for(here: Site) -> None:
    text = "surname,document_number\nMeyer,\nMaier,A1\n"
    assert refusals(here, text) == [(2, "", "no_key")]
    assert imported(here, text, job_at(here, Key.NONE)) == [CREATED, UNCHANGED]
    assert imported(here, text, job_at(here, Key.NONE)) == [CREATED, UNCHANGED]


def test_a_run_that_goes_on_makes_nobody_twice(here: Site) -> None:
    text = "surname,document_number\nMeyer,\nMaier,A1\n"
    run = here.registry.new_id()
    assert imported(here, text, job_at(here, Key.NONE, run)) == [CREATED, CREATED]
    # The index of numbers may not have heard of them yet.
    here.store.records.claiming = lambda *_: []  # type: ignore[method-assign]
    assert imported(here, text, job_at(here, Key.NONE, run)) == [UNCHANGED, UNCHANGED]


def test_rows_about_one_customer_are_taken_in_their_order(here: Site) -> None:
    text = "surname,document_number\nFirst,A1\nSecond,a-1\nThird,A 1\n"
    assert imported(here, text) == [CREATED, UPDATED, UPDATED]
    assert [one.value("surname") for one in everyone(here)] == ["Third"]


def test_a_number_that_the_index_has_not_heard_of_is_remembered(here: Site) -> None:
    here.store.records.claiming = lambda *_: []  # type: ignore[method-assign]
    text = "surname,document_number\nFirst,A1\nSecond,a-1\n"
    assert imported(here, text) == [CREATED, UPDATED]
    assert len(everyone(here)) == 1


def test_the_numbers_that_were_written_last_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transfer, "RECENT", 2)
    recent = RecentNumbers()
    recent.note(customer(number, document_number=f"N{number}").record for number in (1, 2, 3))
    known = [recent.claiming(f"n{number}") for number in (1, 2, 3)]
    assert known == [[], [customer_id(2)], [customer_id(3)]]


def test_two_keys_of_one_customer_in_one_batch_make_two_changes(here: Site) -> None:
    here.store.commit(customer(1, here.clock(), document_number="A-1"))
    lines = [
        {"id": customer_id(1), "name": "Bea"},
        {"document_number": "A-1", "name": "Cleo"},
    ]
    text = "\n".join(map(json.dumps, lines))
    assert imported(here, text) == [UPDATED, UPDATED]
    assert [one.value("name") for one in everyone(here)] == ["Cleo"]
    assert len(here.store.trail.of(Kind.CUSTOMER, customer_id(1))) == 3


def test_a_row_finds_by_number_whom_the_row_before_it_numbered(here: Site) -> None:
    here.store.commit(customer(1, here.clock()))
    here.store.records.claiming = lambda *_: []  # type: ignore[method-assign]
    text = f"id,document_number,name\n{customer_id(1)},A-1,Bea\n,A-1,Cleo\n"
    assert imported(here, text) == [UPDATED, UPDATED]
    assert [one.value("name") for one in everyone(here)] == ["Cleo"]


def test_where_somebody_else_comes_between_the_rows_are_taken_one_by_one(here: Site) -> None:
    here.store.commit(customer(1, here.clock(), document_number="A1"))
    here.store.before_commit = lambda _change: overtake(here, name="Zoe")
    text = "surname,document_number\nMaier,A1\nMayer,A2\n"
    assert imported(here, text) == [UPDATED, CREATED]
    found = [(one.value("surname"), one.value("name")) for one in everyone(here)]
    assert sorted(found, key=str) == [("Maier", "Zoe"), ("Mayer", None)]


def overtake(here: Site, **others: Any) -> None:
    here.store.before_commit = lambda _change: None
    patch_customer(customer_id(1), others, AGENT, here.registry)


@pytest.mark.parametrize("error", [TooLarge("too large"), Damaged("damaged")])
def test_a_row_that_the_tables_refuse_costs_no_other(here: Site, error: Exception) -> None:
    def refuse(change: Change) -> None:
        if change.entry.differences["surname"].after == "Maier":
            raise error

    here.store.before_commit = refuse
    text = "surname,document_number\nMeyer,A1\nMaier,A2\nMayer,A3\n"
    assert imported(here, text) == [CREATED, REFUSED, CREATED]


def test_where_the_tables_do_not_answer_nothing_is_reported_as_refused(here: Site) -> None:
    here.store.before_commit = unavailable
    with pytest.raises(Unavailable):
        imported(here, "surname,document_number\nMeyer,A1\n")
    # The definitions do not answer either.
    here.store.records.all = unavailable  # type: ignore[assignment, method-assign]
    here.clock.advance(seconds=60)
    with pytest.raises(Unavailable):
        imported(here, "surname,document_number\nMeyer,A1\n")


def test_a_location_that_joins_takes_no_import(here: Site) -> None:
    here.registry.membership.note(False, "new tables")
    with pytest.raises(Joining):
        imported(here, "surname,document_number\nMeyer,A1\n")


def test_a_dry_run_reports_the_same_and_writes_nothing(here: Site) -> None:
    imported(here, "surname,document_number\nMeyer,A1\nMeyer,A2\n")
    text = "surname,document_number\nMeyer,A1\nMaier,A2\nNew,A3\nNewer,A3\n,A4\nMeyer,\n"
    transactions = committed(here)
    before = take_digest(here.registry).whole
    tried = outcomes(here, text, job_at(here, dry_run=True))
    assert transactions == []
    assert take_digest(here.registry).whole == before
    assert outcomes(here, text) == tried
    assert Counter(one.result for one in tried) == {
        UNCHANGED: 1,
        UPDATED: 2,
        CREATED: 1,
        REFUSED: 2,
    }


def test_one_row_imported_at_two_locations_at_once_is_one_customer() -> None:
    one, other = site("loc1"), site("loc2")
    told: dict[str, list[Change]] = {"loc1": [], "loc2": []}
    one.store.before_commit = told["loc1"].append
    other.store.before_commit = told["loc2"].append
    for place in (one, other):
        assert imported(place, "surname,external_id\nMeyer,crm/1\n") == [CREATED]
    for change in told["loc1"]:
        apply_event(event_of(change), other.registry)
    for change in told["loc2"][:1]:
        apply_event(event_of(change), one.registry)
    [mine], [theirs] = everyone(one), everyone(other)
    assert shared(mine) == shared(theirs)
    assert mine.id == external_customer_id("crm/1")


def test_a_row_empties_nothing_that_another_location_knows_of_the_customer() -> None:
    one, other = with_fields(site("loc1")), with_fields(site("loc2"))
    told: list[Change] = []
    other.clock.advance(milliseconds=1)
    for place in (one, other):
        place.store.before_commit = told.append
    whole = "external_id,surname,name,dob,extra_fields.city\nx,Meyer,Ada,1984-02-29,Ulm\n"
    assert imported(one, whole) == [CREATED]
    assert imported(other, "external_id,surname,name\nx,Maier,\n") == [CREATED]
    apply_event(event_of(told[1]), one.registry)
    [merged] = everyone(one)
    assert values(merged) == {
        "surname": "Maier",
        "name": "Ada",
        "dob": "1984-02-29",
        "extra.city": "Ulm",
    }


@pytest.mark.parametrize("form", list(Format))
def test_an_export_imports_into_an_empty_location_and_is_exported_the_same(form: Format) -> None:
    here = stocked()
    text = exported(here, form)
    there = with_fields(site("loc2"))
    assert set(imported(there, text)) == {CREATED}
    assert exported(there, form) == text
    assert text.count("\n") == 7 + (form is Format.CSV)


@pytest.mark.parametrize("form", list(Format))
def test_an_export_imported_where_it_comes_from_changes_nothing(form: Format) -> None:
    here = stocked()
    # Values that nobody could write any more are nobody's business now.
    patch_field("city", {"type": "choice", "choices": ["Ulm"]}, PROVIDER, here.registry)
    patch_field("age", {"type": "text"}, PROVIDER, here.registry)
    patch_field("note", {"required": True}, PROVIDER, here.registry)
    before = take_digest(here.registry).whole
    transactions = committed(here)
    assert set(imported(here, exported(here, form))) == {UNCHANGED}
    assert transactions == []
    assert take_digest(here.registry).whole == before


def with_fields(here: Site) -> Site:
    for key, kind in {"city": "text", "age": "number", "vip": "boolean", "note": "text"}.items():
        create_field(key, {**DEFINITION, "type": kind}, PROVIDER, here.registry)
    return here


def stocked() -> Site:
    """A location with customers of all sorts, some of whom nobody may see."""
    here = with_fields(site())
    extras: list[dict[str, Any]] = [
        {},
        {"city": "Bonn", "age": 5, "vip": True},
        {"age": 5.0, "vip": False},
        {"note": '=HYPERLINK("x")'},
        {"note": '\'t Hooft; "Ü", 山田', "age": -1e-7},
        {"city": "true", "note": "007"},
    ]
    for number, extra in enumerate(extras):
        here.store.commit(customer(number, here.clock(), extra=extra, document_number="A-1"))
    here.store.commit(customer(7, here.clock(), name="+Anna", dob="1980-01-31"))
    gone = [customer(number, here.clock()) for number in (8, 9)]
    for change in gone:
        here.store.commit(change)
    here.store.commit(deleted(gone[0].record))
    here.store.commit(erased(gone[1].record))
    return here


def test_nobody_is_exported_who_may_not_be_seen() -> None:
    here = site(days=30)
    here.store.commit(customer(1, here.clock()))
    here.clock.advance(days=40)
    here.store.commit(customer(2, here.clock()))
    assert customer_id(1) not in exported(here)
    assert customer_id(2) in exported(here)


def test_the_values_of_inactive_fields_are_not_exported() -> None:
    here = stocked()
    patch_field("city", {"active": False}, PROVIDER, here.registry)
    assert "Bonn" not in exported(here) + exported(here, Format.JSONL)


def test_a_hidden_value_cannot_be_guessed_by_importing_it(here: Site) -> None:
    create_field("city", DEFINITION, PROVIDER, here.registry)
    here.store.commit(customer(1, here.clock(), extra={"city": "Bonn"}))
    patch_field("city", {"active": False}, PROVIDER, here.registry)
    for guess in ("Bonn", "Ulm", None):
        line = json.dumps({"id": customer_id(1), "extra_fields": {"city": guess}})
        assert refusals(here, line) == [(1, "city", "invalid_value")]


def test_whoever_is_exported_is_in_the_access_log() -> None:
    here = stocked()
    exported(here, page_size=5)
    accesses = here.store.tables.accesses
    assert {(one.caller, one.action, one.resource) for one in accesses} == {
        (AGENT, "export", "customers")
    }
    named = " ".join(one.detail for one in accesses).split()
    assert named == [one.id for one in everyone(here)]


def test_a_column_of_a_field_that_is_not_there_is_refused(here: Site) -> None:
    with pytest.raises(UnreadableRow, match="line 1, column 2: there is no field 'city'"):
        transfer.require_columns(["surname", "extra_fields.city"], here.registry)
    here.store.commit(definition("city", here.clock()))
    transfer.require_columns(["surname", "extra_fields.city"], here.registry)


def test_a_field_that_another_process_created_may_be_imported_at_once(here: Site) -> None:
    imported(here, "surname,document_number\nMeyer,A1\n")
    here.store.commit(definition("city", here.clock()))
    line = json.dumps({"document_number": "A1", "extra_fields": {"city": "Bonn"}})
    assert imported(here, line) == [UPDATED]


def test_a_record_that_cannot_be_read_costs_no_other_row(here: Site) -> None:
    here.store.commit(customer(1, here.clock(), document_number="A1"))
    here.store.tables.unreadable.add((Kind.CUSTOMER, customer_id(1)))
    text = f"surname,id,document_number\nMeyer,{customer_id(1)},\nMaier,,A2\n"
    assert imported(here, text) == [REFUSED, CREATED]
    assert imported(here, "surname,document_number\nMeyer,A1\nMaier,A3\n") == [REFUSED, CREATED]
    assert here.store.records.claiming("a1", 9) == [customer_id(1)]


def test_a_dry_run_refuses_a_record_that_cannot_be_read_as_the_real_run_does(here: Site) -> None:
    here.store.commit(customer(1, here.clock(), document_number="A1"))
    here.store.tables.unreadable.add((Kind.CUSTOMER, customer_id(1)))
    text = f"surname,id,document_number\nMeyer,{customer_id(1)},\nMayer,,A1\nMaier,,A2\n"
    tried = outcomes(here, text, job_at(here, dry_run=True))
    assert tried == outcomes(here, text)
    assert [one.refusal and one.refusal.code for one in tried] == [
        "unreadable_record",
        "unreadable_record",
        None,
    ]


def test_the_same_import_under_another_run_is_another_one(here: Site) -> None:
    job = job_at(here, Key.NONE)
    assert imported(here, "surname\nMeyer\n", job) == [CREATED]
    assert imported(here, "surname\nMeyer\n", job) == [UNCHANGED]
    assert imported(here, "surname\nMeyer\n", replace(job, run=here.registry.new_id())) == [CREATED]
