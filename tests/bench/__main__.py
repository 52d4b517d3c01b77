"""`make bench`: every figure, or some: `make bench ARGS="overhead imports"`."""

import os
import sys
from importlib import import_module

BENCHES = ("imports", "overhead", "cost", "lag", "joining", "search", "search_http", "transfer")


def main(names: list[str]) -> None:
    """Runs the benches of these names, or all. Each imports only what it measures."""
    # DynamoDB Local takes any key, and no request is made without one.
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "bench")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "bench")
    for name in names or BENCHES:
        print(f"\n## {name}\n")
        import_module(f"tests.bench.{name}").report()


if __name__ == "__main__":
    main(sys.argv[1:])
