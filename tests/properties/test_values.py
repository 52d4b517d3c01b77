"""Cleaning, cursors, expiry and scores, for every input."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.equality import Equality
from chalicelib.domain.errors import InvalidValue, MalformedRequest
from chalicelib.domain.field import FieldDefinition, FieldType, clean_extra_value
from chalicelib.domain.folding import fold
from chalicelib.domain.matching import score
from chalicelib.domain.query import parse_query
from chalicelib.domain.record import Value
from chalicelib.domain.retention import DAY, RetentionPolicy, day_of
from chalicelib.domain.searchable import searchable
from chalicelib.domain.text import clean_text
from chalicelib.handlers.cursor import MAX_POSITION, decode_cursor, encode_cursor
from tests.fakes import customer

anything = st.text(max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=2),
    max_leaves=5,
)


@given(anything)
def test_clean_text_is_clean(text: str) -> None:
    cleaned = clean_or_none(text)
    if cleaned is not None:
        assert clean_text(cleaned, "name") == cleaned


def clean_or_none(text: str) -> str | None:
    try:
        return clean_text(text, "name")
    except InvalidValue:
        return None


@given(anything | st.text(st.characters(max_codepoint=0x24F), max_size=40))
def test_text_is_folded_as_it_is_beside_another_script(text: str) -> None:
    # Latin letters take a shorter way.
    assert fold(f"{text} 李") == f"{fold(text)} 李".lstrip()


@given(st.sampled_from(FieldType), json_values)
def test_a_value_of_a_field_is_clean_or_refused(kind: FieldType, value: object) -> None:
    definition = FieldDefinition("key", "Label", kind, choices=("a", "b"))
    try:
        cleaned: Value = clean_extra_value(definition, value)
    except InvalidValue:
        return
    assert clean_extra_value(definition, cleaned) == cleaned
    assert cleaned is None or isinstance(cleaned, str | int | float)


@given(st.text(min_size=1).filter(lambda text: len(text.encode()) <= MAX_POSITION))
def test_a_cursor_leads_back_to_its_position(position: str) -> None:
    cursor = encode_cursor("customers", position)
    assert cursor is not None
    assert decode_cursor("customers", cursor) == position


@given(st.text(min_size=1), st.sampled_from(["audit", "customer", ""]))
def test_a_cursor_of_another_list_leads_nowhere(position: str, other: str) -> None:
    cursor = encode_cursor("customers", position)
    assert cursor is not None
    assert refuses(other, cursor)


@given(st.text(min_size=1))
def test_what_is_no_cursor_leads_nowhere(text: str) -> None:
    assert refuses("customers", text)


def refuses(collection: str, cursor: str) -> bool:
    try:
        decode_cursor(collection, cursor)
    except MalformedRequest:
        return True
    return False


moments = st.integers(DAY, 84_000 * DAY)


@given(moments, st.integers(0, 800 * DAY), st.integers(1, 36_500))
def test_a_customer_is_hidden_from_the_day_that_was_shown(
    changed: int, later: int, days: int
) -> None:
    policy, now = RetentionPolicy(days), changed + later
    hidden = policy.is_expired(customer(now=changed).record, now)
    assert hidden == (day_of(now) >= policy.expires_on(changed))


@given(anything, anything, anything, st.sampled_from(["", "1980-01-31"]), anything)
def test_a_score_is_a_share_of_one(
    text: str, surname: str, name: str, dob: str, number: str
) -> None:
    person, query = searchable(surname, name, dob, number), parse_query(text)
    scored = score(query, person)
    assert 0 <= scored.value <= 1 + 1e-9
    assert abs(sum(part.points for part in scored.explanation) - scored.value) < 1e-9
    Equality(query).accepts(person)


@given(st.text(min_size=1, max_size=40))
def test_whoever_types_a_surname_finds_it_exactly(surname: str) -> None:
    query = parse_query(surname)
    if query.text and not query.day:
        assert Equality(query).accepts(searchable(surname, None, None, None))
