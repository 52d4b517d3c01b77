"""Leaving out of the packages what no function ever opens.

A function that starts cold first waits for its package. Each pattern has the reason why it may go;
`tests/packaging` runs every kind of function from what is left.
"""

import json
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

# What the shipped code opens clients for (`storage/client.py`, `storage/snapshots.py`).
SERVICES = ("dynamodb", "s3")

UNUSED = (
    # Written for people and tools that read code.
    "*.pyi",
    "*.pxd",
    "*/py.typed",
    "*/tests/*",
    "bin/*",
    # Nothing reads the packages' own descriptions.
    "*.dist-info/*",
    # The product goes by botocore alone; Lambda has a boto3 of its own.
    "boto3/*",
    "s3transfer/*",
    # cryptography needs only the compiled `_cffi_backend`, which lies beside these.
    "cffi/*",
    "pycparser/*",
    # botocore reads times in UTC and in the machine's zone: neither is looked up here.
    "dateutil/zoneinfo/*",
    "dateutil/rrule.py",
    # botocore tries them first: they need packages that do not ship.
    "urllib3/contrib/emscripten/*",
    "urllib3/contrib/pyopenssl.py",
    # botocore's documentation of its clients, and examples for it.
    "botocore/docs/*",
    "botocore/data/*/examples-1.json",
    # HTTP/2, with a package that does not ship.
    "urllib3/http2/connection.py",
    # Other uses of cryptography than to verify a signature.
    "cryptography/fernet.py",
    "cryptography/hazmat/asn1/*",
    # Parts of NumPy that load when they are first named: the index names none of them.
    "numpy/char/*",
    "numpy/_core/defchararray.py",
    "numpy/_core/strings.py",
    "numpy/core/*",
    "numpy/ctypeslib/*",
    "numpy/doc/*",
    "numpy/f2py/*",
    "numpy/fft/*",
    "numpy/lib/recfunctions.py",
    "numpy/ma/*",
    "numpy/matlib.py",
    "numpy/polynomial/*",
    "numpy/random/*",
    "numpy/rec/*",
    "numpy/strings/*",
    "numpy/testing/*",
    "numpy/_pyinstaller/*",
    # For building against NumPy, and for its tests.
    "numpy/_core/include/*",
    "numpy/_core/lib/*",
    "numpy/_core/_simd.*",
    "numpy/_core/*_tests.*",
    "numpy/conftest.py",
    # Another LAPACK, for machines that lack the one in the wheel.
    "numpy/linalg/lapack_lite.*",
    # Every x86 machine of Lambda knows AVX2; elsewhere RapidFuzz has it in Python.
    "rapidfuzz/distance/metrics_cpp.*.so",
    "rapidfuzz/__pyinstaller/*",
    # The score takes its distances only.
    "rapidfuzz/fuzz_cpp.*.so",
    "rapidfuzz/fuzz_cpp_avx2.*.so",
    # It cleans up what it is given, which is folded here already.
    "rapidfuzz/utils_cpp.*.so",
    # Commands, and a web framework with its own API reference.
    "kafka/benchmarks/*",
    "kafka/cli/*",
    "aws_lambda_powertools/event_handler/*",
    # How Kafka's messages were described before; what describes them now ships.
    "kafka/protocol/old/*",
    "kafka/protocol/generate_stubs.py",
    # Of Powertools the product takes the metrics.
    "aws_lambda_powertools/metrics/provider/datadog/*",
    "aws_lambda_powertools/utilities/*",
)

# Of what the patterns above name.
USED = (
    # Powertools' logger imports it whenever it is loaded.
    "aws_lambda_powertools/utilities/__init__.py",
    "aws_lambda_powertools/utilities/jmespath_utils/*",
    # What botocore makes its table of handlers of.
    "botocore/docs/utils.py",
)

# What is loaded wherever its package is, for nothing that a function needs.
REPLACED = {
    # They hand texts to NumPy's functions.
    "numpy/_core/_add_newdocs.py": "",
    "numpy/_core/_add_newdocs_scalars.py": "",
    # It brings to earlier Pythons what Lambda's have in `typing`, but for one decorator.
    "typing_extensions.py": """
import typing


def deprecated(*_args, **_arguments):
    return lambda decorated: decorated


def __getattr__(name):
    return getattr(typing, name)
""",
    # Every method of a client gets a text from it that `help()` shows: the whole of the
    # documentation is imported for that, and a parser of HTML.
    "botocore/docs/__init__.py": "",
    "botocore/docs/docstring.py": """
def ClientMethodDocstring(**_arguments):
    return None


PaginatorDocstring = WaiterDocstring = ClientMethodDocstring
""",
    # It switches HTTP/2 on, for which it looks up the version of a package: nobody asks it to.
    "urllib3/http2/__init__.py": "",
}


def cut(folder: Path) -> None:
    """Deletes from the installed packages what nothing uses."""
    for file in list(_files(folder)):
        name = file.relative_to(folder).as_posix()
        if _is_unused(name) or _is_another_service(name):
            file.unlink()
    _cut_endpoints(folder / "botocore/data/endpoints.json")
    for name, text in REPLACED.items():
        _replace(folder / name, text)
    _delete_empty_folders(folder)


def _is_unused(name: str) -> bool:
    return _matches(name, UNUSED) and not _matches(name, USED)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _is_another_service(name: str) -> bool:
    """What lies in botocore's data itself is of all services: endpoints, partitions, retries."""
    parts = name.split("/")
    return parts[:2] == ["botocore", "data"] and len(parts) > 3 and parts[2] not in SERVICES


def _cut_endpoints(file: Path) -> None:
    """For its first client botocore reads all of it: 1.3 MB about more than 300 services."""
    endpoints = json.loads(file.read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES if name in services}
    _replace(file, json.dumps(endpoints))


def _replace(file: Path, text: str) -> None:
    # uv links what it installs to its cache: what is written into such a file is there, and in
    # every environment of this machine.
    file.unlink(missing_ok=True)
    file.write_text(text)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _delete_empty_folders(folder: Path) -> None:
    for inner in list(folder.iterdir()):
        if inner.is_dir() and not any(_files(inner)):
            shutil.rmtree(inner)
        elif inner.is_dir():
            _delete_empty_folders(inner)
