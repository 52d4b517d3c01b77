"""`import` and `export`: what a person with a command line sees, and what a kill leaves."""

import csv
import fcntl
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Timer
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from chalicelib.bootstrap import Parts
from chalicelib.domain.record import Kind, Record
from chalicelib.domain.transfer_terms import Key
from chalicelib.services.digest import take_digest
from chalicelib.services.fields import create_field
from local import importing
from local.__main__ import commands
from local.errors import CannotRun
from local.import_progress import progress_beside
from tests.api.conftest import MakeParts, serving, tear
from tests.conftest import being_served
from tests.fakes import DEFINITION, PROVIDER

ROWS = 700
WITHOUT_KEY = range(0, ROWS, 10)
REFUSED = range(5, ROWS, 10)
HEADER = ["surname", "document_number", "extra_fields.note"]


@pytest.fixture
def here(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """The location of the test's own, as the one that LOCATION names."""
    monkeypatch.setenv("DYNAMODB_ENDPOINT", str(parts.settings.dynamodb_endpoint))
    monkeypatch.setenv("AWS_REGION", parts.settings.aws_region)
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("LOCATION", parts.settings.location)
    create_field("note", {**DEFINITION, "label": "Note"}, PROVIDER, parts.registry)
    return parts


@pytest.fixture
def url(here: Parts) -> Iterator[str]:
    with serving(here) as port:
        yield f"http://localhost:{port}"


@pytest.fixture(params=["tables", "api"])
def door(request: pytest.FixtureRequest) -> list[str]:
    """The options that choose the way in."""
    return [] if request.param == "tables" else ["--url", request.getfixturevalue("url")]


def run(*arguments: str | Path, exit_code: int = 0) -> Result:
    words = [str(one) for one in arguments]
    result = CliRunner().invoke(commands, words, catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result


def refusal(*arguments: str | Path) -> str:
    """Why a command cannot go on."""
    with pytest.raises(CannotRun) as caught:
        CliRunner().invoke(commands, [str(one) for one in arguments], catch_exceptions=False)
    return str(caught.value)


def written(folder: Path, text: str | bytes, name: str = "in.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def everyone(here: Parts) -> list[Record]:
    records = (one for one in here.registry.store.records.all(Kind.CUSTOMER) if one.is_live)
    return sorted(records, key=lambda record: record.id)


def surnames(here: Parts) -> list[str]:
    return [str(record.value("surname")) for record in everyone(here)]


def report_in(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_every_row_is_counted_and_the_refused_ones_are_shown(
    here: Parts, door: Sequence[str], tmp_path: Path
) -> None:
    file = written(tmp_path, "surname,document_number,dob\nMeyer,A1,\n\nMaier,A2,x\nMayer,,\n")
    shown = run("import", file, *door, exit_code=1)
    assert shown.stdout == "in.csv: 3 rows: 1 created, 0 updated, 0 unchanged, 2 refused.\n"
    first, second = shown.stderr.splitlines()
    assert first == "line 4 (dob): dob must be a real date, written YYYY-MM-DD"
    assert second.startswith("line 5: the row has no id, external_id or document_number")
    assert surnames(here) == ["Meyer"]


def test_a_report_has_a_line_for_each_refused_row(
    here: Parts, door: Sequence[str], tmp_path: Path
) -> None:
    lines = "".join(f"Meyer,{'' if number % 3 else number}\n" for number in range(60))
    file = written(tmp_path, "surname,document_number\n" + lines)
    report = tmp_path / "refused.csv"
    run("import", file, "--report", report, *door, exit_code=1)
    head, *rows = report_in(report)
    assert head == ["line", "field", "code", "sentence"]
    assert [int(row[0]) for row in rows] == [n + 2 for n in range(60) if n % 3]
    assert {row[2] for row in rows} == {"no_key"}
    assert len(everyone(here)) == 20


def test_no_more_than_some_refusals_are_shown(here: Parts, tmp_path: Path) -> None:
    file = written(tmp_path, "surname\n" + "Meyer\n" * 70)
    shown = run("import", file, exit_code=1).stderr.splitlines()
    assert len(shown) == importing.SHOWN + 1
    assert shown[-1] == "and more: --report FILE names all"


def test_a_report_empties_no_file_that_holds_something_else(here: Parts, tmp_path: Path) -> None:
    file = written(tmp_path, "surname,dob\nMeyer,soon\n")
    before = file.read_bytes()
    assert "name another file for the report" in refusal("import", file, "--report", file)
    assert file.read_bytes() == before
    assert everyone(here) == []


def test_a_report_that_cannot_be_written_is_one_sentence(here: Parts, tmp_path: Path) -> None:
    file, report = written(tmp_path, "surname\nMeyer\n"), tmp_path / "nowhere" / "refused.csv"
    said = refusal("import", file, "--report", report)
    assert said.startswith(f"{report} cannot be written (No such file or directory): ")
    assert "name another file for the report" in said


def test_a_note_of_progress_that_cannot_be_written_is_one_sentence(
    here: Parts, tmp_path: Path
) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    noted = progress_beside(file)
    noted.with_name(f"{noted.name}.new").mkdir()
    said = refusal("import", file)
    assert said.startswith(f"{noted} cannot be written (Is a directory): ")
    assert everyone(here) == []


def test_a_report_is_no_formula_either(here: Parts, tmp_path: Path) -> None:
    file = written(tmp_path, '{"=1+1": 5}\n', "in.jsonl")
    report = tmp_path / "refused.csv"
    run("import", file, "--report", report, exit_code=1)
    assert report_in(report)[1][1] == "'=1+1"


def test_no_name_in_a_file_steers_the_terminal(
    here: Parts, door: Sequence[str], tmp_path: Path
) -> None:
    file = written(tmp_path, '{"\\u001b[2J\\nline 2": 5}\n', "in.jsonl")
    shown = run("import", file, *door, exit_code=1).stderr
    assert shown.startswith(r"line 1 (\x1b[2J\nline 2): there is no field ")
    assert len(shown.splitlines()) == 1


def test_why_a_command_cannot_go_on_does_not_steer_the_terminal(tmp_path: Path) -> None:
    file = written(tmp_path, "extra_fields.\x1b[2J,extra_fields.\x1b[2J\n")
    command = [sys.executable, "-m", "local", "import", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert r"column 2: extra_fields.\x1b[2J is there twice" in result.stderr


def test_importing_again_changes_nothing(here: Parts, door: Sequence[str], tmp_path: Path) -> None:
    file = written(tmp_path, '{"surname": "Müller", "external_id": "crm/1"}\n', "in.jsonl")
    run("import", file, *door)
    before = take_digest(here.registry).whole
    assert "0 created, 0 updated, 1 unchanged" in run("import", file, *door).stdout
    assert take_digest(here.registry).whole == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_dry_run_writes_nothing(here: Parts, door: Sequence[str], tmp_path: Path) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    assert "nothing was written" in run("import", file, "--dry-run", *door).stdout
    assert everyone(here) == []
    assert list(tmp_path.iterdir()) == [file]


def test_rows_about_one_customer_keep_their_order(
    here: Parts, door: Sequence[str], tmp_path: Path
) -> None:
    lines = "".join(f"S{number},A{number % 7}\n" for number in range(210))
    run("import", written(tmp_path, "surname,document_number\n" + lines), *door)
    assert set(surnames(here)) == {f"S{number}" for number in range(203, 210)}
    assert len(everyone(here)) == 7


def test_who_imported_is_on_record(here: Parts, url: str, tmp_path: Path) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    run("import", file, "--url", url, "--role", "service_agent", "--actor", "Zoë")
    trail = here.registry.store.trail.of(Kind.CUSTOMER, everyone(here)[0].id)
    assert (trail[0].caller.actor, trail[0].caller.role) == ("Zoë", "service_agent")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "in.csv, line 1 is empty: it must name the columns."),
        ("surname,nome\nMeyer,x\n", "in.csv, line 1, column 2: there is no column 'nome'"),
        ("surname,extra_fields.x\nM,x\n", "line 1, column 2: there is no field 'x'."),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_before_anything_is_written(
    here: Parts, door: Sequence[str], tmp_path: Path, text: str, sentence: str
) -> None:
    assert sentence in refusal("import", written(tmp_path, text), *door)
    assert everyone(here) == []


def test_the_format_has_to_be_known(here: Parts, tmp_path: Path) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n", "in.txt")
    assert "say --format csv or jsonl" in refusal("import", file)
    run("import", file, "--format", "csv")


def test_who_may_not_import_is_told(here: Parts, url: str, tmp_path: Path) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    assert "may not do this" in refusal("import", file, "--url", url, "--role", "customer")


def test_an_address_has_to_be_one(here: Parts, tmp_path: Path) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    # None of them is asked again for a minute and a half either.
    for url in ("localhost:8001", "http://localhost:soon", "http://:8001", "http://[::1"):
        said = refusal("import", file, "--url", url)
        assert said == f"{url} is no address like http://localhost:8001."


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "http://local host"],
        ["--url", "http://localhost:1/ä"],
        ["--url", "http://localhost:1", "--role", "→"],
        ["--url", "http://localhost:1", "--token", "a\nb"],
    ],
    ids=["a space", "a letter", "a role", "a token"],
)
def test_what_cannot_be_asked_at_all_is_one_sentence(
    here: Parts, tmp_path: Path, arguments: list[str]
) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    assert "cannot be asked to import" in refusal("import", file, *arguments)


def test_a_token_goes_nowhere_but_to_the_address_that_was_named(
    here: Parts, tmp_path: Path
) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    with answering(404) as (elsewhere, heard), answering(302, elsewhere) as (url, asked):
        said = refusal("import", file, "--url", url, "--token", "secret")
    assert (asked, heard) == (["Bearer secret"], [])
    assert said == f"{url} refuses: HTTP Error 302: Found."


@contextmanager
def answering(status: int, location: str = "") -> Iterator[tuple[str, list[str | None]]]:
    """A server that always answers so: its address, and whom it was told to be asked by."""
    told: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.headers["Authorization"])
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(status)
            self.send_header("Location", location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    with being_served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield address, told


def test_an_api_that_cannot_answer_yet_is_asked_again(
    here: Parts, url: str, tmp_path: Path
) -> None:
    membership = here.registry.membership
    membership.note(False, "a test")
    Timer(1, lambda: membership.note(True, "a test")).start()
    run("import", written(tmp_path, "surname,document_number\nMeyer,A1\n"), "--url", url)
    assert surnames(here) == ["Meyer"]


def test_where_the_tables_cannot_take_it_yet_the_import_can_be_continued(
    here: Parts, tmp_path: Path
) -> None:
    file = written(tmp_path, "surname\nMeyer\n")
    here.registry.membership.note(False, "a test")
    assert "takes no changes yet" in refusal("import", file, "--key", "none")
    here.registry.membership.note(True, "a test")
    shown = run("import", file, "--key", "none").stdout
    assert shown.startswith("in.csv.progress: going on at line 2.")
    assert surnames(here) == ["Meyer"]


def test_the_command_takes_every_key() -> None:
    [option] = [one for one in commands.commands["import"].params if one.name == "key"]
    assert isinstance(option.type, click.Choice)
    assert set(option.type.choices) == set(Key)


@pytest.mark.parametrize("size", [200 * 1024, 300 * 1024])
def test_a_row_too_long_for_a_request_is_refused_alone(
    here: Parts, url: str, tmp_path: Path, size: int
) -> None:
    lines = ["surname,document_number", "Meyer,A1", f"Maier,{'x' * size}", "Mayer,A3", ""]
    file = written(tmp_path, "\n".join(lines))
    shown = run("import", file, "--url", url, exit_code=1)
    assert shown.stderr.startswith("line 3")
    assert sorted(surnames(here)) == ["Mayer", "Meyer"]


def test_an_export_is_the_same_after_it_was_imported_elsewhere(
    here: Parts, make_parts: MakeParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_parts()
    create_field("note", {**DEFINITION, "label": "Note"}, PROVIDER, other.registry)
    rows = "".join(f"S{number},A{number},=1+{number}\n" for number in range(210))
    run("import", written(tmp_path, ",".join(HEADER) + "\n" + rows))
    before = take_digest(here.registry).whole
    for name in ("one.csv", "one.jsonl"):
        run("export", "--out", tmp_path / name)
        assert "210 unchanged" in run("import", tmp_path / name).stdout
        assert take_digest(here.registry).whole == before
        again = tmp_path / f"again-{name}"
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("AWS_REGION", other.settings.aws_region)
            run("import", tmp_path / name, "--location", other.settings.location)
            run("export", "--out", again, "--location", other.settings.location)
        assert again.read_bytes() == (tmp_path / name).read_bytes()


def test_an_export_goes_to_the_standard_output(here: Parts, tmp_path: Path) -> None:
    shown = run("export", "--format", "csv")
    assert shown.stdout_bytes == b"id,surname,name,dob,document_number,extra_fields.note\r\n"
    assert shown.stderr == "Customers exported: 0.\n"


def test_an_export_that_lacks_somebody_says_whom_and_fails(here: Parts, tmp_path: Path) -> None:
    run("import", written(tmp_path, "surname,document_number\nMeyer,A1\nMaier,A2\n"))
    torn, whole = (record.id for record in everyone(here))
    tear(torn, here)
    shown = run("export", "--out", tmp_path / "out.csv", exit_code=1)
    assert shown.stderr.splitlines() == [
        f"customer {torn} cannot be read and is left out",
        "Customers exported: 1.",
    ]
    assert [row[0] for row in report_in(tmp_path / "out.csv")] == ["id", whole]


def test_a_killed_import_goes_on_and_ends_with_the_same_result(
    here: Parts, door: Sequence[str], tmp_path: Path
) -> None:
    file, report = long_file(tmp_path), tmp_path / "refused.csv"
    arguments = ["import", str(file), "--key", "none", "--report", str(report), *door]
    process = started(*arguments)
    noted = progress_beside(file)
    eventually(lambda: noted.exists() and json.loads(noted.read_text())["line"] > 100, process)
    process.kill()
    process.wait()
    killed_at = json.loads(noted.read_text())["line"]
    # What it reported after its last note.
    with report.open("a", encoding="utf-8") as stream:
        stream.write("9999,,no_key,the row has no key")
    imported_by_then = len(everyone(here))
    assert 0 < imported_by_then < ROWS - len(REFUSED)
    shown = run(*arguments, exit_code=1).stdout
    assert shown.startswith(f"in.csv.progress: going on at line {killed_at:,}.")
    assert f" {ROWS} rows: " in shown
    assert not noted.exists()
    assert [row[0] for row in report_in(report)[1:]] == [str(number + 2) for number in REFUSED]
    expected = [f"S{number}" for number in range(ROWS) if number not in REFUSED]
    assert sorted(surnames(here)) == sorted(expected)
    assert {record.version for record in everyone(here)} == {1}


def test_an_import_that_is_stopped_says_where_it_goes_on(here: Parts, tmp_path: Path) -> None:
    file = long_file(tmp_path)
    process = started("import", str(file), stderr=subprocess.PIPE)
    noted = progress_beside(file)
    eventually(lambda: noted.exists() and json.loads(noted.read_text())["line"] > 100, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    line = json.loads(noted.read_text())["line"]
    assert said.decode().splitlines()[-1] == (
        f"Stopped at line {line}: run this again to go on there."
    )
    assert process.returncode == 1


def long_file(folder: Path) -> Path:
    file = folder / "in.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        lines = csv.writer(stream)
        lines.writerow(HEADER)
        for number in range(ROWS):
            surname = "" if number in REFUSED else f"S{number}"
            key = "" if number in WITHOUT_KEY else f"A{number}"
            lines.writerow([surname, key, "a note"])
    return file


def started(*arguments: str, stderr: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)


def eventually(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert process.poll() is None, "the import ended too early"
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_file_is_imported_once_at_a_time(here: Parts, tmp_path: Path) -> None:
    file = written(tmp_path, "surname,document_number\nMeyer,A1\n")
    with file.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        said = refusal("import", file)
        run("import", file, "--dry-run")
    assert said == f"Another import of {file} is at work: wait for its end, or stop it."
    run("import", file)
    assert surnames(here) == ["Meyer"]


def test_an_import_that_was_broken_off_otherwise_is_not_continued(
    here: Parts, tmp_path: Path
) -> None:
    file = long_file(tmp_path)
    process = started("import", str(file))
    eventually(progress_beside(file).exists, process)
    process.kill()
    process.wait()
    assert "with another key" in refusal("import", file, "--key", "none")
    written(tmp_path, "surname,document_number\nMeyer,A1\n")
    assert "with another size, content" in refusal("import", file)
    progress_beside(file).write_text("{")
    assert "cannot be read: delete it" in refusal("import", file)
    progress_beside(file).unlink()
    run("import", file)
