"""The zip itself: the same bytes from the same files, whenever and wherever it is made."""

import subprocess
import zipfile
from pathlib import Path

# The earliest that a zip can hold.
TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644
RUNNABLE = 0o755
TIGHTEST = 9
# Of zlib's levels, the one that it takes by itself.
USUAL = 6
# What an error shows lines of.
OURS = ("app.py", "chalicelib", "scheduled")


def compile_all(folder: Path, interpreter: str) -> None:
    """Leaves bytecode for every module; the sources of ours only (see `bytecode.py`).

    Lambda cannot write beside the code: without, each cold start would compile all of it.
    """
    program = str(Path(__file__).with_name("bytecode.py"))
    command = [interpreter, "-I", program, str(folder), *OURS]
    subprocess.run(command, check=True, capture_output=True)


def write_zip(folder: Path, path: Path, level: int = TIGHTEST) -> None:
    """Packs everything in the folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            mode = RUNNABLE if file.suffix == ".so" else READABLE
            info.external_attr = mode << 16
            archive.writestr(info, file.read_bytes(), compresslevel=level)
