"""The peers: what else one could have used, each as its users would set it up.

The engines take what was typed as the product does, and hold names folded, so that
what differs is how they find and rank. Those that know grams only are asked for candidates,
which are scored by the same code as the product's own.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.bench.search.corpus import Customer
from tests.bench.search.peer import LIMIT, Hit, Hits, Missing, Peer
from tests.bench.search.postgres import Postgres
from tests.bench.search.product import (
    Exhaustive,
    Rescorer,
    Sins,
    Typed,
    fold,
    fold_number,
)

CANDIDATES = 300
WRITER_BYTES = 256 << 20


class ProofOfConcept(Peer):
    """RapidFuzz's WRatio over every customer's names, in one string each."""

    has_our_scores = False
    knows_numbers = False

    def build(self, customers: Iterable[Customer]) -> None:
        self._names = {customer.id: fold(customer.names) for customer in customers}

    def search(self, text: str) -> Hits:
        from rapidfuzz import fuzz, process

        names = " ".join(Typed.read(text).words)
        found = process.extract(names, self._names, scorer=fuzz.WRatio, limit=LIMIT)
        return [Hit(key, value) for _, value, key in found]

    def rate(self, text: str, customer: Customer) -> float:
        from rapidfuzz import fuzz

        return fuzz.WRatio(" ".join(Typed.read(text).words), fold(customer.names))


class Tantivy(Peer):
    """A Rust search engine: trigrams of names and numbers, any may match; dates as they are."""

    def build(self, customers: Iterable[Customer]) -> None:
        self._tantivy = tantivy = installed("tantivy")
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("place", fast=True)
        builder.add_text_field("grams", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("dob", tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(WRITER_BYTES, num_threads=1)
        for place, customer in enumerate(customers):
            document = tantivy.Document()
            document.add_unsigned("place", place)
            document.add_text("grams", " ".join(grams_of(customer)))
            document.add_text("dob", customer.dob)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def prepare(self, customers: Iterable[Customer]) -> None:
        self._rescorer = Rescorer(customers)

    def search(self, text: str) -> Hits:
        typed = Typed.read(text)
        terms = [("grams", gram) for gram in typed_grams(typed)]
        terms += [("dob", typed.dob)] if typed.dob else []
        return self._rescorer.best(typed.query, self._places(terms)) if terms else []

    def _places(self, terms: list[tuple[str, str]]) -> list[int]:
        tantivy = self._tantivy
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, text))
            for field, text in terms
        ]
        wanted = tantivy.Query.boolean_query(clauses)
        hits = self._searcher.search(wanted, limit=CANDIDATES, count=False).hits
        addresses = [address for _, address in hits]
        places: list[int] = self._searcher.fast_field_values("place", addresses)
        return places


class Fts5(Peer):
    """SQLite's full text search with its trigram tokenizer, in memory."""

    def build(self, customers: Iterable[Customer]) -> None:
        import sqlite3

        self._connection = sqlite3.connect(":memory:")
        try:
            self._connection.execute(
                "CREATE VIRTUAL TABLE customers USING fts5(text, content='', tokenize='trigram')"
            )
        except sqlite3.OperationalError as error:
            raise Missing("SQLite has no FTS5 with trigrams") from error
        self._connection.executemany(
            "INSERT INTO customers(rowid, text) VALUES (?, ?)", _fts5_rows(customers)
        )

    def prepare(self, customers: Iterable[Customer]) -> None:
        self._rescorer = Rescorer(customers)

    def search(self, text: str) -> Hits:
        typed = Typed.read(text)
        terms = typed_grams(typed) + ([typed.dob] if typed.dob else [])
        return self._rescorer.best(typed.query, self._places(terms)) if terms else []

    def _places(self, terms: Iterable[str]) -> list[int]:
        wanted = " OR ".join(f'"{term.replace("_", " ")}"' for term in terms)
        rows = self._connection.execute(
            "SELECT rowid FROM customers WHERE customers MATCH ? ORDER BY rank LIMIT ?",
            (wanted, CANDIDATES),
        )
        return [place for (place,) in rows]

    def close(self) -> None:
        self._connection.close()


PEERS: dict[str, Callable[[], Peer]] = {
    "sins": Sins,
    "tantivy": Tantivy,
    "pg_trgm": Postgres,
    "fts5": Fts5,
    "wratio": ProofOfConcept,
    "exhaustive": Exhaustive,
}


def grams_of(customer: Customer) -> list[str]:
    """The trigrams of a customer's names and document number, `_` at the ends of a word."""
    return _grams([*fold(customer.names).split(), fold_number(customer.document_number)])


def typed_grams(typed: Typed) -> list[str]:
    """The different trigrams of what was typed."""
    return list(dict.fromkeys(_grams([*typed.words, typed.number])))


def installed(module: str) -> Any:
    """The module. Raises Missing."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise Missing(f"no module {module}") from error


def _grams(words: Iterable[str]) -> list[str]:
    padded = (f"_{word}_" for word in words if word)
    return [word[at : at + 3] for word in padded for at in range(len(word) - 2)]


def _fts5_rows(customers: Iterable[Customer]) -> Iterator[tuple[int, str]]:
    for place, customer in enumerate(customers):
        number = fold_number(customer.document_number)
        yield place, f" {fold(customer.names)} {number} {customer.dob} "
