"""What people read is held against the code."""

import re
from pathlib import Path

from msgspec.structs import fields

from app import app
from chalicelib.handlers.reference import document_of
from chalicelib.settings import Settings, read_settings
from chalicelib.storage.tables import MODELS
from local.__main__ import commands

ROOT = Path(__file__).parents[2]
# Read by the commands of one machine, not by the product.
LOCAL_ONLY = {"LOCATIONS", "DATA_DIR", "FIRST_PORT", "DYNAMODB_PORT", "KAFKA_PORT"}
# Called by `make run` and by the containers.
CALLED_BY_OURS = {"run", "serve", "create-tables", "set-up-elk"}


def _example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_names_every_setting() -> None:
    assert _example().keys() == {field.name.upper() for field in fields(Settings)} | LOCAL_ONLY


def test_the_example_holds_the_defaults() -> None:
    given = {name: text for name, text in _example().items() if name not in LOCAL_ONLY}
    assert read_settings(given) == Settings()


def _readme() -> str:
    return (ROOT / "README.md").read_text()


def test_the_readme_names_every_setting() -> None:
    readme = _readme()
    missing = [field.name for field in fields(Settings) if f"`{field.name.upper()}`" not in readme]
    assert missing == []


def test_the_readme_restores_every_table() -> None:
    loops = re.findall(r"for table in (.+); do", _readme())
    assert len(loops) == 2
    for loop in loops:
        assert set(loop.split()) == {str(model.Meta.table_name) for model in MODELS}


def test_the_readme_shows_pictures_that_are_there() -> None:
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", _readme())
    assert len(shown) == 4
    assert [name for name in shown if not (ROOT / name).is_file()] == []


def test_the_readme_names_every_route_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z ]+) (/\S*)` \|", _readme(), re.MULTILINE)
    named = {(method, _unnamed(path)) for methods, path in rows for method in methods.split()}
    paths = document_of(app, Settings())["paths"]
    routes = {(method.upper(), _unnamed(path)) for path in paths for method in paths[path]}
    # What the page is made of.
    assert named == {route for route in routes if not route[1].startswith("/web/")}


def _unnamed(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"-m local\s+(?:--\S+ \S+ )?([a-z-]+)", _readme()))
    assert named == commands.commands.keys() - CALLED_BY_OURS


def test_the_readme_names_only_targets_of_make() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", _readme(), re.MULTILINE)) <= set(targets)


def test_what_is_written_names_only_tests_that_are_there() -> None:
    written = _readme() + (ROOT / "tests" / "faults" / "README.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", written))
    assert named
    assert named <= {path.stem for path in (ROOT / "tests").rglob("test_*.py")}


def test_the_readme_links_to_what_is_there() -> None:
    linked = re.findall(r"(?<!!)\[[^]]+\]\(([^)]+)\)", _readme())
    assert linked
    assert [name for name in linked if not (ROOT / name).is_file()] == []
