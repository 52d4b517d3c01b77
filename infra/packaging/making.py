"""Making what is deployed, in this order:

1. The packages of `requirements.txt` are installed as wheels for Lambda's machine and runtime.
2. What no function ever opens is left out: half of it is descriptions of AWS's other services.
3. Our files are laid beside them, as Chalice would.
4. Where this machine has an interpreter of the runtime's version, everything is compiled: Lambda
   cannot keep what it compiles, and would compile anew in each cold start. Of the packages only
   bytecode stays; our files keep their source, for whoever reads an error.
5. The zip is written, the same from the same files.
6. Chalice makes the template of the functions, and ours is merged into it: `sam.json`.
7. The template of what the location keeps is written: `state.json`.
"""

import shutil
import tempfile
from pathlib import Path

from msgspec import Struct

from infra.packaging.archive import USUAL, compile_all, write_zip
from infra.packaging.chalice_package import ROOT, copy_ours, make_template, require_stage
from infra.packaging.cutting import cut
from infra.packaging.interpreters import interpreter_for
from infra.packaging.wheels import install_wheels
from infra.stacks.merge import merge_template
from infra.stacks.names import Names
from infra.stacks.state import state_template, to_json

ZIP = "deployment.zip"
REQUIREMENTS = ROOT / "requirements.txt"


class Made(Struct, frozen=True):
    """Where it lies, for which runtime, and the interpreter that compiled it, if one did."""

    folder: Path
    runtime: str
    interpreter: str | None

    @property
    def zip(self) -> Path:
        return self.folder / ZIP


def make(stage: str, runtime: str, out: Path) -> Made:
    """Writes the package and the templates of a stage. Raises CannotPackage."""
    require_stage(stage)
    interpreter = interpreter_for(runtime)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sins-package-") as name:
        folder, package = Path(name) / "package", Path(name) / ZIP
        install_wheels(REQUIREMENTS, runtime, folder)
        cut(folder)
        copy_ours(folder)
        if interpreter:
            compile_all(folder, interpreter)
        write_zip(folder, package)
        make_templates(stage, runtime, package, out)
    return Made(out, runtime, interpreter)


def make_plain(runtime: str, out: Path) -> Path:
    """The zip that Chalice would make of the same wheels: everything, as it comes."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sins-package-") as name:
        folder = Path(name)
        install_wheels(REQUIREMENTS, runtime, folder)
        shutil.rmtree(folder / "bin", ignore_errors=True)
        copy_ours(folder)
        write_zip(folder, out / "plain.zip", USUAL)
    return out / "plain.zip"


def make_templates(stage: str, runtime: str, package: Path, out: Path) -> None:
    """Writes `sam.json` with a copy of the package, what was merged into it, and `state.json`."""
    names = Names(stage)
    merged = out / "merge.json"
    merged.write_text(to_json(merge_template(names, runtime)))
    make_template(stage, package, merged, out)
    (out / "state.json").write_text(to_json(state_template(names)))
