"""A long schedule is cut down to what makes it fail."""

from collections.abc import Sequence

from tests.simulation.operations import Post, Relay
from tests.simulation.shrink import shrink


def test_the_shortest_part_that_fails_is_what_is_left() -> None:
    def fails(part: Sequence[int]) -> bool:
        return {3, 71, 72} <= set(part)

    assert shrink(range(200), fails) == (3, 71, 72)


def test_the_order_is_kept_where_pieces_depend_on_each_other() -> None:
    def fails(part: Sequence[int]) -> bool:
        # Seven alone is nothing; it takes one before it.
        return 7 in part and list(part).index(7) > 0

    assert shrink(range(20), fails) == (6, 7)


def test_what_fails_whatever_is_taken_is_empty_in_the_end() -> None:
    assert shrink(range(9), lambda _part: True) == ()


def test_an_operation_is_written_without_what_is_left_out() -> None:
    assert repr(Relay(at=1)) == "Relay(at=1)"
    assert repr(Post(at=1, value="v1", steps=3)) == "Post(at=1, value='v1', steps=3)"
