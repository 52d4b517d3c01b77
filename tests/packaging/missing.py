"""Which modules does a package name that it does not have?

`python -I missing.py FOLDER` follows every import from `app.py` on, those inside functions too,
runs nothing, and writes the names as JSON.
"""

import json
import sys
from modulefinder import ModuleFinder
from pathlib import Path


def main(folder: Path) -> None:
    standard = [path for path in sys.path if "site-packages" not in path]
    finder = ModuleFinder([str(folder), *standard])
    finder.run_script(str(folder / "app.py"))
    surely, maybe = finder.any_missing_maybe()
    print(json.dumps(sorted({*surely, *maybe})))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
