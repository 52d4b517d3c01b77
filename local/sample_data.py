"""Sample data: three fields, ten customers, and as many generated ones as are asked for.

Every customer has a fixed id. So it comes once, however often and at however many locations the
sample data is loaded, and whoever was changed or deleted by people is left alone.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from tenacity import retry, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_fixed
from tqdm import tqdm

from chalicelib.domain.audit import Caller
from chalicelib.domain.errors import AlreadyExists, InvalidValue, Joining, VersionConflict
from chalicelib.domain.record import Kind
from chalicelib.handlers.functions import system_caller
from chalicelib.log import LOGGER, fields
from chalicelib.services.customers import create_customer
from chalicelib.services.fields import create_field
from chalicelib.services.registry import Registry
from local.generate import customers
from local.target import target

SAMPLES = Path(__file__).with_name("sample_customers.json")
SEED = 1
WORKERS = 8
BATCH = 100
# Milliseconds since 1970, in ids only: above the ten samples, below everybody else.
_FIRST_GENERATED = 1_735_689_700_000

Values = Mapping[str, Any]


class Outcome(StrEnum):
    ADDED = "added"
    PRESENT = "there already"
    REFUSED = "do not fit the fields of this location"


class Loaded(Struct, frozen=True):
    """What became of each field, sample customer and generated customer."""

    fields: Counter[Outcome]
    customers: Counter[Outcome]
    generated: Counter[Outcome]

    def __str__(self) -> str:
        parts = {
            "fields": self.fields,
            "customers": self.customers,
            "generated customers": self.generated,
        }
        return "; ".join(f"{what}: {_counts(count)}" for what, count in parts.items() if count)


def load(location: str | None = None, extras: int = 0, seed: int = SEED) -> None:
    """Loads what the location lacks, and says so in one log line. Raises CannotRun."""
    with target(location) as here:
        _wait_until_joined(here.registry)
        loaded = load_into(here.registry, extras, seed)
        LOGGER.info(
            "sample data: %s", loaded, extra=fields(labels__location=here.settings.location)
        )


def load_into(registry: Registry, extras: int = 0, seed: int = SEED) -> Loaded:
    """As `load`. The same seed names the same generated customers, so a load can be resumed."""
    samples = json.loads(SAMPLES.read_text(encoding="utf-8"))
    loader = _Loader(registry, system_caller("sample-data"))
    return Loaded(
        fields=Counter(loader.add_field(key, values) for key, values in samples["fields"].items()),
        customers=Counter(loader.add_all(samples["customers"].items())),
        generated=Counter(
            tqdm(
                loader.add_all(_generated(extras, seed)),
                total=extras,
                unit=" customers",
                disable=not extras,
            )
        ),
    )


def generated_id(seed: int, position: int) -> str:
    """The id of a generated customer, shaped as a UUIDv7."""
    digits = int.from_bytes(sha256(f"{seed}/{position}".encode()).digest()[:10])
    moment, version, variant = _FIRST_GENERATED + position, 7, 2
    high, low = digits >> 68, digits & (2**62 - 1)
    return str(UUID(int=moment << 80 | version << 76 | high << 64 | variant << 62 | low))


@retry(
    retry=retry_if_exception_type(Joining),
    wait=wait_fixed(0.2),
    stop=stop_after_delay(120),
    reraise=True,
)
def _wait_until_joined(registry: Registry) -> None:
    """A location that starts takes no writes for a moment. Raises Joining after long."""
    registry.membership.require_joined()


class _Loader(Struct, frozen=True):
    registry: Registry
    caller: Caller

    def add_field(self, key: str, values: Values) -> Outcome:
        # A deleted definition is there too: `create_field` would bring it back.
        if self.registry.store.records.get(Kind.FIELD, key):
            return Outcome.PRESENT
        try:
            create_field(key, values, self.caller, self.registry)
        except AlreadyExists:
            return Outcome.PRESENT
        return Outcome.ADDED

    def add_all(self, wanted: Iterable[tuple[str, Values]]) -> Iterator[Outcome]:
        """What became of each customer. Holds one batch at a time."""
        remaining = iter(wanted)
        with ThreadPoolExecutor(WORKERS) as pool:
            while batch := dict(islice(remaining, BATCH)):
                present = self.registry.store.records.get_many(Kind.CUSTOMER, list(batch))
                for record in present:
                    del batch[record.id]
                    yield Outcome.PRESENT
                yield from pool.map(self._add, batch.keys(), batch.values())

    def _add(self, customer_id: str, values: Values) -> Outcome:
        registry = replace(self.registry, new_id=lambda: customer_id)
        try:
            create_customer(self._fitting(values), self.caller, registry)
        except VersionConflict:
            # Another loader was faster, or another location's event.
            return Outcome.PRESENT
        except InvalidValue:
            return Outcome.REFUSED
        return Outcome.ADDED

    def _fitting(self, values: Values) -> Values:
        """Without values of fields that people took away."""
        definitions = self.registry.catalog.definitions()
        active = {key for key, definition in definitions.items() if definition.active}
        extras = values["extra_fields"]
        return {**values, "extra_fields": {key: extras[key] for key in extras if key in active}}


def _generated(count: int, seed: int) -> Iterator[tuple[str, Values]]:
    for position, values in enumerate(customers(count, seed)):
        yield generated_id(seed, position), values


def _counts(outcomes: Counter[Outcome]) -> str:
    return ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())
