"""`make package STAGE=loc1`: the package and the templates, and how they compare with Chalice's."""

import sys
import tempfile
from pathlib import Path

import click

from infra.packaging.errors import CannotPackage
from infra.packaging.making import Made, make, make_plain
from infra.packaging.measuring import Figures, measure
from infra.packaging.wheels import RUNTIME

MEGABYTE = 1_000_000


@click.command()
@click.option("--stage", default="loc1", show_default=True, help="One of .chalice/config.json.")
@click.option("--runtime", default=RUNTIME, show_default=True, help="A Python of Lambda.")
@click.option("--out", type=Path, help="Instead of build/package/STAGE.")
def package(stage: str, runtime: str, out: Path | None) -> None:
    """Makes what is deployed for a stage."""
    try:
        made = make(stage, runtime, out or Path("build/package") / stage)
        print(f"{made.zip}, {made.folder}/sam.json, {made.folder}/state.json for {runtime}")
        _compare(made)
    except CannotPackage as error:
        sys.exit(str(error))


def _compare(made: Made) -> None:
    with tempfile.TemporaryDirectory(prefix="sins-plain-") as folder:
        plain = make_plain(made.runtime, Path(folder))
        theirs, ours = measure([plain, made.zip], made.interpreter)
    _print("MB zipped", ours.zipped / MEGABYTE, theirs.zipped / MEGABYTE)
    _print("MB unzipped", ours.unzipped / MEGABYTE, theirs.unzipped / MEGABYTE)
    if made.interpreter:
        _print_times(ours, theirs)
    else:
        print(
            f"WITHOUT BYTECODE: this machine has no {made.runtime}. Every cold start will compile "
            f"what it imports. Install one (python -m uv python install) and package again."
        )


def _print_times(ours: Figures, theirs: Figures) -> None:
    _print("CPU ms to import app", ours.importing, theirs.importing)
    _print("CPU ms until it answers", ours.starting, theirs.starting)


def _print(what: str, ours: float, theirs: float) -> None:
    print(f"{what:24}{ours:8.1f}   plain Chalice {theirs:8.1f}   {ours / theirs:.2f} of it")


if __name__ == "__main__":
    package()
