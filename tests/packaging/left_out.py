"""The modules that the package names and lacks; as a plugin of pytest it refuses them.

`pytest -p tests.packaging.left_out` shows whether what is tested does without.
"""

import sys

LEFT_OUT = {
    # Tried first, and done without.
    "contrib.emscripten",
    "rapidfuzz.distance.metrics_cpp",
    "rapidfuzz.fuzz_cpp",
    "rapidfuzz.fuzz_cpp_avx2",
    "rapidfuzz.utils_cpp",
    "urllib3.contrib.pyopenssl",
    # For those who read types.
    "aws_lambda_powertools.utilities.typing",
    "aws_lambda_powertools.utilities.typing.lambda_context",
    # In functions that nobody calls.
    "aws_lambda_powertools.event_handler.openapi.compat",
    "dateutil.rrule",
    "dateutil.zoneinfo",
    "numpy.ma",
    "numpy.ma.mrecords",
    # NumPy loads them when they are first named.
    *(f"numpy.{name}" for name in ("char", "core", "ctypeslib", "f2py", "fft", "matlib")),
    *(f"numpy.{name}" for name in ("polynomial", "random", "rec", "strings", "testing")),
}


class Refusing:
    """Goes before whatever finds modules."""

    def find_spec(self, name: str, *_: object) -> None:
        if name in LEFT_OUT:
            raise ModuleNotFoundError(f"{name} does not ship", name=name)


def pytest_configure() -> None:
    for name in LEFT_OUT:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Refusing())
