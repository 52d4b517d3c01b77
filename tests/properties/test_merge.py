"""Merging: whatever the order, however often, through whomever."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.record import Kind, Life, Record, Register, merge
from chalicelib.domain.stamp import Stamp, next_stamp
from tests.fakes import customer_id, shared

ORIGINS = ("loc1-00000001", "loc1-00000002", "loc2-00000001")
FIELDS = ("surname", "name", "extra.city")

# Few of each, so that stamps meet.
stamps = st.builds(Stamp, st.integers(1, 4), st.integers(0, 2), st.sampled_from(ORIGINS))


def written(stamp: Stamp) -> Register:
    """A stamp is of one write: it always brings the same value."""
    return Register(f"by {stamp}", stamp)


def lived(stamp: Stamp) -> Register:
    return Register(list(Life)[(stamp.wall + stamp.counter) % 3], stamp)


@st.composite
def records(draw: st.DrawFn) -> Record:
    life = lived(draw(stamps))
    values = draw(st.dictionaries(st.sampled_from(FIELDS), stamps.map(written)))
    return Record(
        kind=Kind.CUSTOMER,
        id=customer_id(1),
        created=draw(stamps),
        life=life,
        values={} if life.value == Life.ERASED else values,
    )


@given(records(), records())
def test_it_does_not_matter_who_merges(one: Record, two: Record) -> None:
    assert shared(merge(one, two)) == shared(merge(two, one))


@given(records(), records(), records())
def test_it_does_not_matter_in_which_order(one: Record, two: Record, three: Record) -> None:
    assert shared(merge(merge(one, two), three)) == shared(merge(one, merge(two, three)))


@given(records(), records())
def test_it_does_not_matter_how_often(one: Record, two: Record) -> None:
    both = merge(one, two)
    assert shared(merge(one, one)) == shared(one)
    assert shared(merge(both, two)) == shared(both)
    assert shared(merge(both, one)) == shared(both)


@given(records(), records())
def test_no_stamp_gets_smaller(one: Record, two: Record) -> None:
    both = merge(one, two)
    if not both.is_erased:
        assert both.latest == max(one.latest, two.latest)
        for name in one.values:
            assert both.values[name].stamp >= one.values[name].stamp


@given(records(), records())
def test_what_one_knows_to_be_erased_both_know(one: Record, two: Record) -> None:
    assert merge(one, two).is_erased == (one.is_erased or two.is_erased)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(ORIGINS)), min_size=1))
def test_the_next_stamp_is_always_larger(readings: list[tuple[int, str]]) -> None:
    latest: Stamp | None = None
    for now, origin in readings:
        stamp = next_stamp(now, latest, origin)
        assert stamp.wall >= now
        assert latest is None or stamp > latest
        latest = stamp


@given(stamps)
def test_a_stamp_is_read_as_it_was_written(stamp: Stamp) -> None:
    assert Stamp.parse(str(stamp)) == stamp
