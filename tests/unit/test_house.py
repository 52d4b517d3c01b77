"""The house: which room may import which, and what stays in its room."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("app", "chalicelib", "scheduled", "infra", "local", "tests")

# Whose shapes the values of every room have.
EVERYWHERE = "msgspec"
# What else each room may import besides itself and the standard library.
MAY_IMPORT: dict[str, set[str]] = {
    "app": {"handlers", "scheduled", "chalice"},
    "handlers": {
        "services",
        "domain",
        "bootstrap",
        "settings",
        "log",
        "metrics",
        "chalice",
        "jwt",
    },
    "services": {"domain"},
    "domain": {"rapidfuzz", "re2"},
    "storage": {"domain", "settings", "ids", "pynamodb", "botocore"},
    "messaging": {"domain", "settings", "kafka"},
    "search": {"domain", "numpy", "rapidfuzz"},
    "settings": {"domain.errors"},
    "ids": set(),
    "log": {"ecs_logging"},
    "metrics": {"aws_lambda_powertools"},
    "bootstrap": {
        "services",
        "domain",
        "storage",
        "messaging",
        "search",
        "settings",
        "log",
        "ids",
    },
    "scheduled": {"handlers", "services", "bootstrap", "metrics", "chalice"},
    "infra": {
        "app",
        "settings",
        "storage",
        "messaging.connection",
        "domain.errors",
        "handlers.problem",
        "pynamodb",
        "botocore",
        "kafka",
        "chalice",
        "click",
    },
}
# The consumer is the door through which bytes come in, and a dead letter is tried at another.
EXCEPTIONS = {
    ("chalicelib/handlers/functions.py", "messaging.codec"),
    ("chalicelib/handlers/dead_letters.py", "messaging.codec"),
}
# An engine's library, and the rooms that it stays in.
STAYS_IN = {
    "kafka": {"messaging", "infra", "local"},
    "pynamodb": {"storage", "infra"},
    "botocore": {"storage", "infra", "local"},
    "boto3": set[str](),
    "chalice": {"app", "handlers", "scheduled", "local", "infra"},
    "numpy": {"search"},
}
SHIPPED = [
    ROOT / "app.py",
    *sorted((ROOT / "chalicelib").rglob("*.py")),
    *sorted((ROOT / "scheduled").rglob("*.py")),
]
FILES = [*SHIPPED, *sorted((ROOT / "infra").rglob("*.py")), *sorted((ROOT / "local").rglob("*.py"))]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def room_of(module: str) -> str:
    """`chalicelib.domain.text` is in `domain`, `infra.tables` in `infra`."""
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] if first == "chalicelib" else first


def room_of_file(file: Path) -> str:
    return room_of(".".join(file.relative_to(ROOT).with_suffix("").parts))


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, at its head or later, to the last name."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def foreign(file: Path) -> Iterator[str]:
    """What a file imports from other rooms and packages, without `chalicelib.`."""
    for module in imported(file):
        first = module.partition(".")[0]
        is_anywhere = first in sys.stdlib_module_names or first == EVERYWHERE
        if not is_anywhere and room_of(module) != room_of_file(file):
            yield module.removeprefix("chalicelib.")


def is_within(module: str, allowed: set[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


def test_a_room_imports_only_what_it_may() -> None:
    strangers = {name_of(file): list(unallowed(file)) for file in FILES}
    assert {name: modules for name, modules in strangers.items() if modules} == {}


def unallowed(file: Path) -> Iterator[str]:
    room, name = room_of_file(file), name_of(file)
    if room in MAY_IMPORT:
        allowed = MAY_IMPORT[room] | {module for one, module in EXCEPTIONS if one == name}
        yield from (module for module in foreign(file) if not is_within(module, allowed))


def test_every_exception_is_needed() -> None:
    for name, module in EXCEPTIONS:
        assert any(is_within(one, {module}) for one in foreign(ROOT / name))


def test_every_room_has_a_rule() -> None:
    rooms = {room_of_file(file) for file in FILES} - {"local", "__init__"}
    assert rooms == set(MAY_IMPORT)


def test_the_library_of_an_engine_stays_in_its_rooms() -> None:
    strays = [
        (name_of(file), module)
        for file in FILES
        for module in {module.partition(".")[0] for module in imported(file)} & set(STAYS_IN)
        if room_of_file(file) not in STAYS_IN[module]
    ]
    assert strays == []


def test_only_the_settings_read_the_environment() -> None:
    readers = [name_of(file) for file in SHIPPED if reads_environment(file)]
    assert readers == ["chalicelib/settings.py"]


def reads_environment(file: Path) -> bool:
    nodes = ast.walk(ast.parse(file.read_text()))
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv")
        for node in nodes
    ) or any(module.startswith("os.") for module in imported(file))


def test_the_domain_is_told_the_time_and_draws_no_lots() -> None:
    outside = {"os", "time", "random", "secrets", "socket", "subprocess", "threading", "uuid"}
    for file in (ROOT / "chalicelib" / "domain").glob("*.py"):
        assert {module.partition(".")[0] for module in imported(file)} & outside == set()
        assert called(file) & {"now", "utcnow", "today"} == set()


def called(file: Path) -> set[str]:
    """The names of the methods that a file calls."""
    calls = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
    return {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}


def test_one_function_writes_customers() -> None:
    writers = [name_of(file) for file in SHIPPED if "transact_write_items" in file.read_text()]
    assert writers == ["chalicelib/storage/client.py", "chalicelib/storage/commit.py"]
    # The client's transaction puts whatever it is given: it is there to clear the outbox.
    users = [name_of(file) for file in SHIPPED if "put_together" in called(file)]
    assert users == ["chalicelib/storage/outbox.py"]


def test_values_are_structs() -> None:
    # For mypy they are dataclasses too: it lets pass what fails with the first value.
    importers = [name_of(file) for file in FILES if "dataclasses" in " ".join(imported(file))]
    assert importers == []


def test_the_web_page_has_no_code_of_the_server() -> None:
    assert list((ROOT / "chalicelib" / "web").rglob("*.py")) == []


def test_a_function_starts_without_what_it_may_never_use() -> None:
    late = ["kafka", "numpy", "rapidfuzz", "re2", "pynamodb", "botocore", "jwt"]
    # Of ours what only some of the functions do: each is a tenth of the wait, or more.
    verbs = ("search", "transfer", "replication", "retention", "repair", "joining")
    late += [f"chalicelib.services.{verb}" for verb in verbs]
    late += [f"chalicelib.domain.{name}" for name in ("matching", "likeness", "rows", "digest")]
    program = f"import app, sys; print([name for name in {late} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
