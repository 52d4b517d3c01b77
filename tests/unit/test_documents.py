"""What people read is held against the code."""

import re
from pathlib import Path

from msgspec.structs import fields

from chalicelib.settings import Settings, read_settings
from chalicelib.storage.tables import MODELS

ROOT = Path(__file__).parents[2]
# Read by the commands of one machine, not by the product.
LOCAL_ONLY = {"LOCATIONS", "DATA_DIR", "FIRST_PORT", "DYNAMODB_PORT", "KAFKA_PORT"}


def _example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_names_every_setting() -> None:
    assert _example().keys() == {field.name.upper() for field in fields(Settings)} | LOCAL_ONLY


def test_the_example_holds_the_defaults() -> None:
    given = {name: text for name, text in _example().items() if name not in LOCAL_ONLY}
    assert read_settings(given) == Settings()


def test_the_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [field.name for field in fields(Settings) if f"`{field.name.upper()}`" not in readme]
    assert missing == []


def test_the_readme_restores_every_table() -> None:
    readme = (ROOT / "README.md").read_text()
    loops = re.findall(r"for table in (.+); do", readme)
    assert len(loops) == 2
    for loop in loops:
        assert set(loop.split()) == {str(model.Meta.table_name) for model in MODELS}


def test_the_readme_shows_pictures_that_are_there() -> None:
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(shown) == 4
    assert [name for name in shown if not (ROOT / name).is_file()] == []
