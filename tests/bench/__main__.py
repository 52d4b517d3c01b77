"""`make bench`: every figure, or some: `make bench ARGS="overhead imports"`."""

import sys

from tests.bench import imports, lag, overhead

BENCHES = {"imports": imports.report, "overhead": overhead.report, "lag": lag.report}


def main(names: list[str]) -> None:
    """Runs the benches of these names, or all."""
    for name in names or list(BENCHES):
        print(f"\n## {name}\n")
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
