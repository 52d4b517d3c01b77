"""A function that starts: `python -m tests.bench.search.cold SNAPSHOT` says what that takes.

The milliseconds run from before the first import of the index to the first answer; the
bytes are what the process has grown by then.
"""

import json
import sys
import time
from pathlib import Path

from tests.bench.search.peer import resident
from tests.bench.search.product import Sins


def main(path: Path) -> None:
    """Prints one line of JSON."""
    sins = Sins()
    before, started = resident(), time.perf_counter()
    sins.load(path)
    milliseconds = (time.perf_counter() - started) * 1000
    print(json.dumps({"ms": milliseconds, "bytes": resident() - before}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
