"""Runs in a clean interpreter: the unzipped package calls its functions, nothing else is there.

`python -I called.py FOLDER` reads from standard input what to call, in the order given, as pairs
of a handler (`app.relay`) and an event, and writes what each answered, or the name of its error.
"""

import importlib
import json
import sys
from types import SimpleNamespace


def main(folder: str) -> None:
    # Only the package and the standard library, as in Lambda.
    sys.path[:] = [folder, *(path for path in sys.path if "site-packages" not in path)]
    sys.dont_write_bytecode = True
    context = SimpleNamespace(aws_request_id="request", function_name="sins")
    answers = [answer(handler, event, context) for handler, event in json.load(sys.stdin)]
    strangers = [
        name
        for name, module in sys.modules.items()
        if "site-packages" in (getattr(module, "__file__", None) or "")
    ]
    print(json.dumps({"answers": answers, "strangers": strangers}))


def answer(handler: str, event: object, context: object) -> object:
    module, _, name = handler.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)(event, context)
    except Exception as error:  # noqa: BLE001 (the test reads which one)
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(sys.argv[1])
