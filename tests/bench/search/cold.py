"""A function that starts: `python -m tests.bench.search.cold SNAPSHOT` says what that takes.

The milliseconds run from before the first import of anything of the product, or of a library that
it needs, to the first answer; the bytes are what the process has grown by then.
"""

import json
import sys
import time
from pathlib import Path

from tests.bench.search.peer import Peer, resident


def main(path: Path) -> None:
    """Prints one line of JSON."""
    before, started = resident(), time.perf_counter()
    held = answered(path)
    milliseconds = (time.perf_counter() - started) * 1000
    print(json.dumps({"ms": milliseconds, "bytes": resident() - before}))
    # Else it would be freed before it is weighed.
    del held


def answered(path: Path) -> Peer:
    """Who has answered once from a snapshot."""
    from tests.bench.search.product import Sins

    sins = Sins()
    sins.load(path)
    return sins


if __name__ == "__main__":
    main(Path(sys.argv[1]))
