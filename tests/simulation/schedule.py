"""Drawing a schedule from a seed.

Each schedule does without some of the troubles, by lot: with all of them at once most would hide
behind each other (swarm testing; Groce and others, 2012).
"""

from collections.abc import Callable, Mapping
from random import Random

from tests.simulation.location import RETENTION_DAYS, RowDamage, SendFault, TableFault
from tests.simulation.operations import (
    EXTRAS,
    FEW,
    SAME,
    BrokerAway,
    Compare,
    Consume,
    Crash,
    Damage,
    Define,
    Delete,
    IndexLags,
    Join,
    Jump,
    Link,
    Operation,
    Patch,
    Poison,
    Post,
    Put,
    PutBack,
    Redefine,
    Relay,
    Restart,
    Restore,
    Rewind,
    Run,
    SendsFail,
    Skew,
    Sweep,
    TablesFail,
    Tick,
    Undefine,
    Wipe,
)
from tests.simulation.poison import POISON
from tests.simulation.process import TO_THE_END
from tests.simulation.world import MAX_SKEW, NAMES

Schedule = tuple[Operation, ...]
# Draws one operation; the number is its place in the schedule.
Draw = Callable[[Random, int], Operation]

PLACES = len(NAMES)
NAMES_OF_VALUES = ("surname", "name", "name", "document_number", *EXTRAS)
# The lease, what is pending, and the events.
READ_BY_THE_RELAY = 3
TICKS = (1, 1, 10, 1_500, 31_000, 31_000)
# Longer than topics keep every record, and around the days after which customers are erased.
LONG = (31, 32, *range(RETENTION_DAYS - 1, RETENTION_DAYS + 3))
MINUTE = 60 * 1000
# Around midnight, where the clocks disagree on the day.
AFTER_MIDNIGHT = (-2 * MINUTE, -1, 0, 2 * MINUTE, 12 * 60 * MINUTE)
# Two thirds of the times a link comes back.
LINKS = ((True, True),) * 6 + ((True, False), (False, True), (False, False))
TABLE_FAULTS = tuple(TableFault)
SEND_FAULTS = tuple(SendFault)
DAMAGES = tuple(RowDamage)
POISONS = tuple(POISON)


def draw(seed: int, length: int) -> Schedule:
    """The schedule of that seed."""
    lots = Random(seed)
    weights = {**WORK, **{one: w for one, w in TROUBLES.items() if lots.random() < 0.5}}
    drawn = lots.choices(list(weights), list(weights.values()), k=length)
    beginning: list[Draw] = [_post, _post, _define]
    return tuple(one(lots, number) for number, one in enumerate([*beginning, *drawn][:length]))


def _at(lots: Random) -> int:
    return int(lots.random() * PLACES)


def _who(lots: Random) -> int:
    return int(lots.random() * FEW)


def _steps(lots: Random) -> int:
    """Most processes are not stopped; some are, after any of their first steps."""
    return TO_THE_END if lots.random() < 0.75 else int(lots.random() * 8)


def _post(lots: Random, number: int) -> Operation:
    return Post(_at(lots), f"v{number}", None, _steps(lots))


def _post_with_key(lots: Random, number: int) -> Operation:
    # At two locations only, and stopped around the commit, so that two of a key meet.
    steps = lots.choice((TO_THE_END, 1, 2, 3, 4))
    return Post(int(lots.random() * 2), f"v{number}", f"key{int(lots.random() * 2)}", steps)


def _patch(lots: Random, number: int) -> Operation:
    value = lots.choices((f"v{number}", SAME, None), (14, 1, 1))[0]
    name = lots.choice(NAMES_OF_VALUES)
    if name == "surname" and value is None:
        value = SAME
    return Patch(_at(lots), _who(lots), name, value, _steps(lots))


def _put(lots: Random, number: int) -> Operation:
    return Put(_at(lots), _who(lots), f"v{number}", _steps(lots))


def _delete(lots: Random, number: int) -> Operation:
    return Delete(_at(lots), _who(lots), _steps(lots))


def _restore(lots: Random, number: int) -> Operation:
    return Restore(_at(lots), _who(lots), _steps(lots))


def _put_back(lots: Random, number: int) -> Operation:
    return PutBack(_at(lots), _who(lots), int(lots.random() * 8), _steps(lots))


def _define(lots: Random, number: int) -> Operation:
    return Define(_at(lots), lots.choice(EXTRAS), _steps(lots))


def _redefine(lots: Random, number: int) -> Operation:
    active = lots.random() < 0.8
    return Redefine(_at(lots), lots.choice(EXTRAS), f"v{number}", active, _steps(lots))


def _undefine(lots: Random, number: int) -> Operation:
    return Undefine(_at(lots), lots.choice(EXTRAS), lots.random() < 0.5, _steps(lots))


def _relay(lots: Random, number: int) -> Operation:
    steps = _steps(lots)
    # Half of those that are stopped have read what they will send.
    overtaken = steps != TO_THE_END and lots.random() < 0.5
    return Relay(_at(lots), READ_BY_THE_RELAY if overtaken else steps)


def _consume(lots: Random, number: int) -> Operation:
    partitions = tuple(lots.sample((0, 1, 2), lots.choice((1, 2, 3, 3))))
    return Consume(_at(lots), partitions, lots.choice((1, 3, 100)), _steps(lots))


def _compare(lots: Random, number: int) -> Operation:
    return Compare(_at(lots), _steps(lots))


def _sweep(lots: Random, number: int) -> Operation:
    return Sweep(_at(lots), _steps(lots))


def _run(lots: Random, number: int) -> Operation:
    steps = TO_THE_END if lots.random() < 0.5 else 1 + int(lots.random() * 3)
    return Run(_at(lots), int(lots.random() * 4), steps)


def _tick(lots: Random, number: int) -> Operation:
    return Tick(lots.choice(TICKS))


def _crash(lots: Random, number: int) -> Operation:
    return Crash(_at(lots), int(lots.random() * 4))


def _restart(lots: Random, number: int) -> Operation:
    return Restart(_at(lots))


def _link(lots: Random, number: int) -> Operation:
    sends, receives = lots.choice(LINKS)
    return Link(_at(lots), sends, receives)


def _broker_away(lots: Random, number: int) -> Operation:
    return BrokerAway(lots.random() < 0.4)


def _tables_fail(lots: Random, number: int) -> Operation:
    fault = lots.choice(TABLE_FAULTS)
    return TablesFail(_at(lots), fault, int(lots.random() * 6), 1 + int(lots.random() * 3))


def _index_lags(lots: Random, number: int) -> Operation:
    return IndexLags(_at(lots), lots.choice((0, 0, 1, 2)))


def _sends_fail(lots: Random, number: int) -> Operation:
    return SendsFail(_at(lots), lots.choice(SEND_FAULTS), 1 + int(lots.random() * 2))


def _rewind(lots: Random, number: int) -> Operation:
    return Rewind(_at(lots), int(lots.random() * 3), 1 + int(lots.random() * 10))


def _poison(lots: Random, number: int) -> Operation:
    return Poison(int(lots.random() * 3), lots.choice(POISONS))


def _damage(lots: Random, number: int) -> Operation:
    return Damage(_at(lots), _who(lots), lots.choice(DAMAGES))


def _wipe(lots: Random, number: int) -> Operation:
    return Wipe(_at(lots))


def _join(lots: Random, number: int) -> Operation:
    return Join(NAMES[-1])


def _jump(lots: Random, number: int) -> Operation:
    days = 1 if lots.random() < 0.5 else lots.choice(LONG)
    return Jump(days, lots.choice(AFTER_MIDNIGHT), _at(lots))


def _skew(lots: Random, number: int) -> Operation:
    return Skew(_at(lots), int((2 * lots.random() - 1) * MAX_SKEW))


# How often each is drawn: the work first, then what troubles it.
WORK: Mapping[Draw, float] = {
    _post: 1.5,
    _post_with_key: 2,
    _patch: 18,
    _put: 1,
    _delete: 2.5,
    _restore: 4,
    _put_back: 1,
    _define: 1,
    _redefine: 1,
    _undefine: 0.5,
    _relay: 14,
    _consume: 28,
    _run: 10,
    _compare: 4,
    _tick: 8,
}
TROUBLES: Mapping[Draw, float] = {
    _crash: 4,
    _restart: 1,
    _link: 4,
    _broker_away: 2,
    _tables_fail: 4,
    _sends_fail: 5,
    _index_lags: 1,
    _rewind: 2,
    _poison: 0.7,
    _damage: 1,
    _wipe: 0.7,
    _join: 0.5,
    _jump: 2,
    _sweep: 3,
    _skew: 2,
}
