"""What compiling leaves of a module."""

import ast
import subprocess
import sys
from pathlib import Path
from types import CodeType

import pytest

from infra.packaging.archive import compile_all
from infra.packaging.bytecode import without_docstrings

SOURCE = '''"""A module."""
from __future__ import annotations

class Empty:
    """Nothing but this."""

class Checked:
    """Checks."""

    def check(self, value):
        """Fails."""
        assert value, "asserted"

    async def wait(self):
        """Waits."""

text = """no docstring"""
'''


def texts(code: CodeType) -> set[str]:
    """Every text that a module's code holds."""
    inner = [texts(one) for one in code.co_consts if isinstance(one, CodeType)]
    return {one for one in code.co_consts if isinstance(one, str)}.union(*inner)


def test_docstrings_go_and_everything_else_stays() -> None:
    code = compile(without_docstrings(ast.parse(SOURCE)), "module", "exec")
    assert not texts(code) & {"A module.", "Nothing but this.", "Checks.", "Fails.", "Waits."}
    assert {"asserted", "no docstring"} <= texts(code)


def test_a_failing_line_has_its_number() -> None:
    code = compile(without_docstrings(ast.parse(SOURCE)), "module", "exec")
    names: dict[str, type] = {}
    exec(code, names)
    with pytest.raises(AssertionError, match="asserted") as raised:
        names["Checked"]().check(0)
    failing = SOURCE.splitlines()[raised.traceback[-1].lineno]
    assert failing.strip() == 'assert value, "asserted"'


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """A folder with a module of ours and one of others."""
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "__init__.py").write_text('"""Of others."""\nVALUE = 7\n')
    (tmp_path / "app.py").write_text('"""Ours."""\nfrom others import VALUE, __doc__ as told\n')
    compile_all(tmp_path, sys.executable)
    return tmp_path


def test_ours_keep_their_source_and_others_do_without(compiled: Path) -> None:
    left = sorted(path.relative_to(compiled).as_posix() for path in compiled.rglob("*.py*"))
    beside = f"__pycache__/app.{sys.implementation.cache_tag}.pyc"
    assert left == [beside, "app.py", "others/__init__.pyc"]
    program = "import sys, app; print(app.__doc__, app.VALUE, app.told)"
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=compiled, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["Ours.", "7", "None"]


def test_a_module_that_does_not_compile_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def:\n")
    with pytest.raises(subprocess.CalledProcessError):
        compile_all(tmp_path, sys.executable)
