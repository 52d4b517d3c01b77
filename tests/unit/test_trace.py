"""A request's trace goes with the change: over the topic, into the other locations' audit."""

import json

from msgspec.structs import replace

from chalicelib.messaging.codec import decode, encode
from chalicelib.services.customers import create_customer
from chalicelib.services.replication import apply_event, publish_pending
from tests.fakes import AGENT, Site, site

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def sent(here: Site, trace: str) -> bytes:
    """A customer created in a request of that trace, as the topic has it."""
    create_customer({"surname": "Meyer"}, replace(AGENT, trace_id=trace), here.registry)
    publish_pending(here.registry, here.producer, "relay")
    return encode(here.producer.sent[-1])


def test_an_event_names_the_trace_and_the_change_as_its_span() -> None:
    event = json.loads(sent(site("loc1"), TRACE))
    span = event["data"]["entry"]["hash"][:16]
    assert event["traceparent"] == f"00-{TRACE}-{span}-01"


def test_the_audit_of_another_location_names_the_trace() -> None:
    there = site("loc2")
    apply_event(decode(sent(site("loc1"), TRACE)), there.registry)
    (entry,) = there.store.tables.entries.values()
    assert entry.caller.trace_id == TRACE


def test_what_belongs_to_no_trace_names_none() -> None:
    assert "traceparent" not in json.loads(sent(site("loc1"), ""))
