"""The audit chain: every change, removal and exchange of entries is found."""

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.audit import (
    AuditEntry,
    Difference,
    entry_from_document,
    entry_to_document,
    first_fault,
    seal,
)
from chalicelib.domain.change import Event
from chalicelib.domain.record import Head, Register, Value
from chalicelib.messaging.codec import decode, encode
from tests.fakes import NOW, customer_id, entry, record, stamp

texts = st.text(st.characters(codec="utf-8"), max_size=12)
values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.lists(texts, max_size=3),
)
differences = st.builds(Difference, values, values, st.none() | st.just(stamp(NOW - 1)))


@st.composite
def chains(draw: st.DrawFn) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for seq in range(1, draw(st.integers(2, 6)) + 1):
        written = draw(st.dictionaries(texts, differences, max_size=3))
        previous = entries[-1].hash if entries else ""
        entries.append(entry(seq, previous, differences=written))
    return entries


def fault(entries: list[AuditEntry], original: list[AuditEntry]) -> str | None:
    return first_fault(entries, Head(original[-1].seq, original[-1].hash))


@given(chains())
def test_a_chain_has_no_fault_as_it_was_written(chain: list[AuditEntry]) -> None:
    assert fault(chain, chain) is None
    again = [entry_from_document(entry_to_document(one)) for one in chain]
    assert fault(again, chain) is None


@given(chains(), st.data())
def test_an_entry_that_is_missing_is_found(chain: list[AuditEntry], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(chain))
    assert fault([one for one in chain if one is not gone], chain) is not None


@given(chains(), st.data())
def test_entries_in_another_order_are_found(chain: list[AuditEntry], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(chain))
    assume(shuffled != chain)
    assert fault(shuffled, chain) is not None


@given(chains(), st.data(), st.booleans())
def test_an_entry_with_another_value_is_found(
    chain: list[AuditEntry], data: st.DataObject, sealed_again: bool
) -> None:
    position = data.draw(st.integers(0, len(chain) - 1))
    written = data.draw(st.dictionaries(texts, differences, max_size=3))
    forged = replace(chain[position], differences=written)
    if sealed_again:
        forged = seal(forged)
    assume(entry_to_document(forged) != entry_to_document(chain[position]))
    assert fault([*chain[:position], forged, *chain[position + 1 :]], chain) is not None


@given(st.dictionaries(texts, differences, max_size=3), st.dictionaries(texts, values, max_size=4))
def test_an_event_is_read_as_it_was_sent(
    written: dict[str, Difference], held: dict[str, Value]
) -> None:
    registers = {name: Register(value, stamp(NOW)) for name, value in held.items()}
    event = Event(entry(differences=written), replace(record(), values=registers))
    read = decode(encode(event))
    assert entry_to_document(read.entry) == entry_to_document(event.entry)
    assert repr(read) == repr(event)
    assert read.record.id == customer_id(1)
