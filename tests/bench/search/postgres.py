"""PostgreSQL with pg_trgm: a server of its own on a socket in a temporary folder."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.search.corpus import Customer
from tests.bench.search.peer import LIMIT, Hit, Hits, Missing, Peer
from tests.bench.search.product import Typed, fold, fold_number

# Where packages keep the server, newest last; it is seldom on the path.
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "fsync": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
START_SECONDS = 30
USER = "bench"
TABLE = """
CREATE EXTENSION pg_trgm;
CREATE TABLE customers (id uuid, names text, dob text, document_number text);
"""
INDEXES = """
CREATE INDEX ON customers USING gin (names gin_trgm_ops);
CREATE INDEX ON customers USING gin (document_number gin_trgm_ops);
CREATE INDEX ON customers (dob);
ANALYZE customers;
"""
BY_NAMES = """
SELECT id::text, similarity(names, %(names)s) + (dob = %(dob)s AND dob <> '')::int AS score
FROM customers WHERE names %% %(names)s ORDER BY score DESC, id LIMIT %(limit)s
"""
BY_NUMBER = """
SELECT id::text, similarity(document_number, %(number)s) AS score FROM customers
WHERE document_number %% %(number)s ORDER BY score DESC, id LIMIT %(limit)s
"""
BY_BIRTH = """
SELECT id::text, 1 AS score FROM customers WHERE dob = %(dob)s ORDER BY id LIMIT %(limit)s
"""
RATED_NAMES = """
SELECT similarity(%(stored_names)s, %(names)s)
  + (%(stored_dob)s::text = %(dob)s::text AND %(stored_dob)s::text <> '')::int
"""
RATED_NUMBER = "SELECT similarity(%(stored_number)s, %(number)s)"


class Postgres(Peer):
    """Names by their similarity, plus one for the date of birth that was typed; or numbers."""

    has_our_scores = False

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()

    def build(self, customers: Iterable[Customer]) -> None:
        folder = self._stack.enter_context(_server(_programs()))
        self._connection = self._stack.enter_context(_connect(folder))
        self._connection.execute(TABLE)
        with self._connection.cursor().copy("COPY customers FROM STDIN") as copy:
            for one in customers:
                number = fold_number(one.document_number)
                copy.write_row((one.id, fold(one.names), one.dob, number))
        self._connection.execute(INDEXES)

    def memory(self) -> int:
        size = self._connection.execute("SELECT pg_total_relation_size('customers')").fetchone()
        return int(size[0])

    def search(self, text: str) -> Hits:
        values = _values(text) | {"limit": LIMIT}
        for value, statement in (
            (values["names"], BY_NAMES),
            (values["number"], BY_NUMBER),
            (values["dob"], BY_BIRTH),
        ):
            if value:
                found = self._connection.execute(statement, values, prepare=True)
                return [Hit(*row) for row in found]
        return []

    def rate(self, text: str, customer: Customer) -> float:
        stored = {
            "stored_names": fold(customer.names),
            "stored_dob": customer.dob,
            "stored_number": fold_number(customer.document_number),
        }
        values = _values(text)
        statement = RATED_NAMES if values["names"] else RATED_NUMBER
        return float(self._connection.execute(statement, values | stored).fetchone()[0])

    def close(self) -> None:
        self._stack.close()


def _values(text: str) -> dict[str, Any]:
    typed = Typed.read(text)
    return {"names": " ".join(typed.words), "dob": typed.dob, "number": typed.number}


@contextmanager
def _server(programs: Path) -> Iterator[Path]:
    """A server that starts empty and leaves nothing; the folder of its socket. Raises Missing."""
    # The path of a socket has to be short.
    with TemporaryDirectory(prefix="bench-", dir="/tmp") as name:
        folder = Path(name)
        user = _somebody_else()
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        made = _start(folder, user, programs / "initdb", "-D", data, "-U", USER, "-E", "UTF8")
        if made.wait() != 0:
            raise Missing("PostgreSQL makes no cluster")
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        process = _start(folder, user, programs / "postgres", "-D", data, "-k", folder, *options)
        try:
            yield folder
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _start(folder: Path, user: str | None, *command: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(word) for word in command],
        user=user,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _connect(folder: Path) -> Any:
    """A connection, as soon as the server takes one. Raises Missing."""
    import psycopg

    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg.connect(host=str(folder), user=USER, dbname="postgres", autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                raise Missing(f"PostgreSQL does not start: {error}") from error
            time.sleep(0.1)


def _programs() -> Path:
    """The folder of the server's programs. Raises Missing."""
    from importlib.util import find_spec

    if not find_spec("psycopg"):
        raise Missing("no module psycopg")
    found = [path for folder in FOLDERS for path in sorted(Path("/").glob(folder[1:]))]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    if not found:
        raise Missing("no program postgres")
    return found[-1]


def _somebody_else() -> str | None:
    """Whom the server runs as, if that may not be us: it refuses root."""
    return "nobody" if os.geteuid() == 0 else None
