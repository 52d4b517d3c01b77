"""Compiles a package that is about to be zipped, in an interpreter of its runtime's version.

`python -I bytecode.py FOLDER app.py chalicelib ...` names what is ours. It keeps its source, so
that an error shows its lines, and gets bytecode beside it. Of everything else only bytecode stays,
without docstrings: nobody reads either there, and each cold start would wait for both.
"""

import ast
import importlib.util
import marshal
import sys
from pathlib import Path
from types import CodeType

# Where Lambda unzips: what an error shows must not be a path of this machine.
TASK = "/var/task"
# PEP 552: there is a hash of the source instead of its time, and nobody checks it.
UNCHECKED = (1).to_bytes(4, "little")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def main(folder: Path, ours: list[str]) -> None:
    # Sorted, as what was compiled before can show in the bytes.
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder)
        if place.parts[0] in ours:
            _compile_beside(file, place)
        else:
            _replace(file, place)


def _compile_beside(file: Path, place: Path) -> None:
    beside = Path(importlib.util.cache_from_source(str(file)))
    beside.parent.mkdir(exist_ok=True)
    source = file.read_bytes()
    beside.write_bytes(_bytecode(source, _compiled(ast.parse(source), place)))


def _replace(file: Path, place: Path) -> None:
    source = file.read_bytes()
    tree = without_docstrings(ast.parse(source))
    file.with_suffix(".pyc").write_bytes(_bytecode(source, _compiled(tree, place)))
    file.unlink()


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same module without them.

    Python's own `-OO` would leave out its assertions too, and some packages check with these what
    they are given.
    """
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
            _leave_out_first(node)
    return tree


def _leave_out_first(node: Documented) -> None:
    first = node.body.pop(0)
    if not node.body:
        node.body.append(ast.copy_location(ast.Pass(), first))


def _compiled(tree: ast.Module, place: Path) -> CodeType:
    code: CodeType = compile(tree, f"{TASK}/{place.as_posix()}", "exec", dont_inherit=True)
    return code


def _bytecode(source: bytes, code: CodeType) -> bytes:
    """What an interpreter takes as it is, whatever the time of the source, or without one."""
    head = importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source)
    return head + marshal.dumps(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
