"""Tables that do not answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chalicelib.domain.access import AccessEntry, AccessFilter
from chalicelib.domain.audit import AuditFilter
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notes import Note
from chalicelib.domain.outbox import OutboxMessage
from chalicelib.domain.record import Kind
from chalicelib.ids import new_id_at
from chalicelib.services.ports import Store
from chalicelib.storage.client import Tables, open_client
from chalicelib.storage.store import DynamoStore
from local.engines.network import HOST, free_port
from tests.conftest import REGION
from tests.contract.test_system import letter
from tests.fakes import AGENT, NOW, customer, customer_id

READ = AccessEntry(AGENT, "read", customer_id(1), "ok", NOW)
MESSAGE = OutboxMessage(0, new_id_at(NOW), Kind.CUSTOMER, customer_id(1), "loc1-00000001", 1)
CALLS: tuple[Callable[[Store], object], ...] = (
    lambda store: store.commit(customer()),
    lambda store: store.records.get(Kind.CUSTOMER, customer_id(1)),
    lambda store: store.records.get_many(Kind.CUSTOMER, [customer_id(1)]),
    lambda store: list(store.records.all(Kind.FIELD)),
    lambda store: store.records.live_ids("", 10),
    lambda store: store.records.due_ids(NOW, "", 10),
    lambda store: store.records.claiming("x1", 10),
    lambda store: store.records.usage_of("city"),
    lambda store: store.trail.of(Kind.CUSTOMER, customer_id(1)),
    lambda store: store.trail.newest(AuditFilter(), "", 10),
    lambda store: list(store.trail.all()),
    lambda store: store.trail.are_there([customer().entry]),
    lambda store: store.access.add(READ),
    lambda store: store.access.newest(AccessFilter(0, NOW), "", 10),
    lambda store: store.outbox.pending(10),
    lambda store: store.outbox.depth(),
    lambda store: store.outbox.events([MESSAGE]),
    lambda store: store.outbox.mark_sent([MESSAGE], NOW),
    lambda store: store.outbox.add_again([MESSAGE], NOW),
    lambda store: list(store.outbox.changes_since(NOW)),
    lambda store: store.claims.get("key", NOW),
    lambda store: store.system.note(Note.RELAY, {"sent": {}}),
    lambda store: store.system.note_instead(Note.RELAY, "sent", {}, {}),
    lambda store: store.system.noted(Note.RELAY),
    lambda store: store.system.dead_letters("", 10),
    lambda store: store.system.dead_letter(letter(1).id),
    lambda store: store.system.dead_letter_count(),
    lambda store: store.system.add_dead_letter(letter(1)),
    lambda store: store.system.remove_dead_letter(letter(1).id),
    lambda store: store.system.conflicts("", 10),
    lambda store: store.system.acquire_lease("relay", "one", NOW, NOW + 1),
    lambda store: store.system.holds_lease("relay", "one"),
    lambda store: store.system.release_lease("relay", "one"),
    lambda store: store.system.end_lease("relay"),
)


def test_every_method_of_a_store_without_tables_is_unavailable(environment: None) -> None:
    client = open_client(f"http://{HOST}:{free_port()}", REGION)
    store = DynamoStore(Tables(client, "sins-loc1-"), "loc1")
    calls = [lambda store: store.origin, *CALLS]
    with ThreadPoolExecutor(len(calls)) as threads:
        outcomes = list(threads.map(lambda call: outcome(call, store), calls))
    assert outcomes == ["unavailable"] * len(calls)


def outcome(call: Callable[[Store], object], store: Store) -> str:
    try:
        call(store)
    except Unavailable as error:
        return error.code
    return "answered"
