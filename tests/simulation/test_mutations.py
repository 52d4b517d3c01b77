"""The simulation notices each safeguard of the product that is broken on purpose."""

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.run import play
from tests.simulation.schedule import draw

LENGTH = 200
# Far above what each takes, so that a change of the drawing does not matter.
ENOUGH = 1_000


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.fact)
def test_a_broken_safeguard_is_noticed(mutation: Mutation) -> None:
    with mutation.applied():
        seed = next((seed for seed in range(ENOUGH) if not holds(seed)), None)
    assert seed is not None, f"nobody noticed in {ENOUGH} schedules"
    print(f"noticed after {seed + 1} schedules")


def holds(seed: int) -> bool:
    try:
        play(draw(seed, LENGTH), seed)
    except Exception:  # noqa: BLE001
        # A broken product may fail in any way.
        return False
    return True
