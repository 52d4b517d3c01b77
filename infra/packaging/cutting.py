"""Leaving out of the packages what no function ever opens.

A function that starts cold first waits for its package. Each pattern has the reason why it may go;
`tests/packaging` runs every kind of function from what is left.
"""

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
    # Parts of NumPy that load when they are first named: the index names none of them.
    "numpy/ctypeslib/*",
    "numpy/doc/*",
    "numpy/f2py/*",
    "numpy/fft/*",
    "numpy/ma/*",
    "numpy/polynomial/*",
    "numpy/random/*",
    "numpy/testing/*",
    "numpy/_pyinstaller/*",
    # For building against NumPy, and for its tests.
    "numpy/_core/include/*",
    "numpy/_core/lib/*",
    "numpy/_core/_simd.*",
    "numpy/_core/*_tests.*",
    # Every x86 machine of Lambda knows AVX2; elsewhere RapidFuzz has it in Python.
    "rapidfuzz/distance/metrics_cpp.*.so",
    "rapidfuzz/__pyinstaller/*",
    # The score takes its distances only.
    "rapidfuzz/fuzz_cpp.*.so",
    "rapidfuzz/fuzz_cpp_avx2.*.so",
    # Commands, and a web framework with its own API reference.
    "kafka/benchmarks/*",
    "kafka/cli/*",
    "aws_lambda_powertools/event_handler/*",
)


def cut(folder: Path) -> None:
    """Deletes from the installed packages what nothing uses."""
    for file in list(_files(folder)):
        name = file.relative_to(folder).as_posix()
        if _is_unused(name) or _is_another_service(name):
            file.unlink()
    _delete_empty_folders(folder)


def _is_unused(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in UNUSED)


def _is_another_service(name: str) -> bool:
    """What lies in botocore's data itself is of all services: endpoints, partitions, retries."""
    parts = name.split("/")
    return parts[:2] == ["botocore", "data"] and len(parts) > 3 and parts[2] not in SERVICES


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _delete_empty_folders(folder: Path) -> None:
    for inner in list(folder.iterdir()):
        if inner.is_dir() and not any(_files(inner)):
            shutil.rmtree(inner)
        elif inner.is_dir():
            _delete_empty_folders(inner)
