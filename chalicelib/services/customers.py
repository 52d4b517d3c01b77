"""Creating, reading, changing and deleting customers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from chalicelib.domain import change as changes
from chalicelib.domain.audit import Caller
from chalicelib.domain.change import Change
from chalicelib.domain.customer import (
    Customer,
    clean_part,
    clean_whole,
    refuse_too_large,
    view,
)
from chalicelib.domain.document import number_of
from chalicelib.domain.errors import InvalidValue, NotFound
from chalicelib.domain.field import Definitions
from chalicelib.domain.page import Page
from chalicelib.domain.record import Kind, Record, Values
from chalicelib.services.registry import Registry
from chalicelib.services.writing import Expected, IdempotencyKey, create_once, rewrite

Clean = Callable[[Mapping[str, Any], Definitions, date], Values]
# The access log cuts what is longer, and who was shown is on record for good.
IDS_A_LINE = 100


def create_customer(
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    idempotency: IdempotencyKey | None = None,
) -> Customer:
    """A new customer; of a request that comes again the one it made, as read now.

    Raises InvalidValue, TooLarge, IdempotencyMismatch, and NotFound where that one is gone.
    """

    def make() -> tuple[Change, Customer]:
        cleaned = cleaned_now(clean_whole, values, registry)
        change = changes.create(Kind.CUSTOMER, registry.new_id(), cleaned, registry.author(caller))
        refuse_too_large(change.record)
        return change, view_of(change.record, registry)

    def read(customer_id: str) -> Customer:
        return read_customer(customer_id, caller, registry)

    return create_once(make, read, registry, idempotency)


def read_customer(customer_id: str, caller: Caller, registry: Registry) -> Customer:
    """One customer, and a line in the access log. Raises NotFound."""
    customer = view_of(load_customer(customer_id, registry), registry)
    registry.log_access(caller, "read", customer_id)
    return customer


def list_customers(
    after: str,
    limit: int,
    caller: Caller,
    registry: Registry,
    action: str = "list",
    on_unreadable: Callable[[str], None] = lambda _: None,
) -> Page[Customer]:
    """Customers in the order of id: as they were created, but for those whom other systems named.

    Ids never change, so a walk over the pages neither skips nor repeats a customer. Who was on
    the page is written to the access log, as what `action` says. Rows that cannot be read are left
    out, and told of by their ids.
    """
    ids = registry.store.records.live_ids(after, limit)
    records = registry.store.records.get_many(Kind.CUSTOMER, ids, on_unreadable)
    customers = [view_of(record, registry) for record in records if is_visible(record, registry)]
    registry.log_access(
        caller, action, "customers", " ".join(customer.id for customer in customers)
    )
    return Page(customers, ids[-1] if len(ids) == limit else "")


def replace_customer(
    customer_id: str,
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    expected: Expected = None,
) -> Customer:
    """Every visible value as given, or empty.

    Raises NotFound, InvalidValue, TooLarge, StaleVersion.
    """
    return _change(customer_id, clean_whole, values, caller, registry, expected)


def patch_customer(
    customer_id: str,
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    expected: Expected = None,
) -> Customer:
    """The values that are given; None empties one. Raises as `replace_customer`."""
    return _change(customer_id, clean_part, values, caller, registry, expected)


def delete_customer(
    customer_id: str, caller: Caller, registry: Registry, expected: Expected = None
) -> int:
    """Hides the customer everywhere; its version now. Raises NotFound, StaleVersion."""
    record = rewrite(
        lambda: load_customer(customer_id, registry),
        lambda record: changes.delete(record, registry.author(caller)),
        registry,
        expected,
    )
    return record.version


def rewrite_customer(
    load: Callable[[], Record],
    decide: Callable[[Record], Change | None],
    caller: Caller,
    registry: Registry,
    expected: Expected,
) -> Customer:
    """The customer as `decide` leaves it; where it changes nothing, a line that says who read it.

    Raises as `rewrite`, and TooLarge.
    """

    def checked(record: Record) -> Change | None:
        change = decide(record)
        if change is None:
            registry.log_access(caller, "read", record.id)
        else:
            refuse_too_large(change.record)
        return change

    return view_of(rewrite(load, checked, registry, expected), registry)


def load_customer(customer_id: str, registry: Registry) -> Record:
    """The record of a customer that may be seen. Raises NotFound."""
    record = registry.store.records.get(Kind.CUSTOMER, customer_id)
    if record is None or not is_visible(record, registry):
        raise NotFound("there is no such customer")
    return record


def view_of(record: Record, registry: Registry) -> Customer:
    """The customer in a record, as callers see it now."""
    number = number_of(record)
    holder = registry.duplicates.holder(record.id, number) if number else None
    return view(record, registry.catalog.definitions(), registry.retention, holder)


def is_visible(record: Record, registry: Registry) -> bool:
    """Live, and not expired."""
    return record.is_live and not is_gone_for_good(record, registry)


def is_gone_for_good(record: Record, registry: Registry) -> bool:
    """Erased, or expired and yet to be erased; a deleted customer may be restored until then."""
    return record.is_erased or registry.retention.is_expired(record, registry.clock())


def cleaned_now(clean: Clean, values: Mapping[str, Any], registry: Registry) -> Values:
    """What `clean` makes of the values by the definitions of now. Raises InvalidValue."""
    try:
        return clean(values, registry.catalog.definitions(), registry.today)
    except InvalidValue:
        # The definitions may be a second old; nothing is refused on old knowledge.
        return clean(values, registry.catalog.refresh(), registry.today)


def log_shown(action: str, ids: Sequence[str], caller: Caller, registry: Registry) -> None:
    """Writes to the access log whom an answer names; a line also where that is nobody."""
    for start in range(0, max(1, len(ids)), IDS_A_LINE):
        registry.log_access(caller, action, "customers", " ".join(ids[start : start + IDS_A_LINE]))


def _change(
    customer_id: str,
    clean: Callable[..., Values],
    values: Mapping[str, Any],
    caller: Caller,
    registry: Registry,
    expected: Expected,
) -> Customer:
    def decide(record: Record) -> Change | None:
        cleaned = cleaned_now(partial(clean, held=record), values, registry)
        return changes.update(record, cleaned, registry.author(caller))

    return rewrite_customer(
        lambda: load_customer(customer_id, registry),
        decide,
        caller,
        registry,
        expected,
    )
