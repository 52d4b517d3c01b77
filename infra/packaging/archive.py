"""The zip itself: the same bytes from the same files, whenever and wherever it is made."""

import subprocess
import zipfile
from pathlib import Path

# The earliest that a zip can hold.
TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644
RUNNABLE = 0o755


def compile_all(folder: Path, interpreter: str) -> None:
    """Puts bytecode beside every module that is taken as it is, whatever the file's time.

    Lambda cannot write beside the code: without, each cold start would compile all of it.
    """
    # A path as in Lambda: what an error shows must not be that of this machine.
    command = [interpreter, "-m", "compileall", "-q", "-j", "0", "-d", "/var/task"]
    trusted = ["--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, *trusted, str(folder)], check=True, capture_output=True)


def write_zip(folder: Path, path: Path) -> None:
    """Packs everything in the folder, as tightly as Chalice does."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            mode = RUNNABLE if file.suffix == ".so" else READABLE
            info.external_attr = mode << 16
            archive.writestr(info, file.read_bytes())
