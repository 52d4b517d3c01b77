"""The composition root: the only place that wires the parts of a process together.

Heavy imports wait until something is really used: a function starts cold in front of a
waiting person.
"""

from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from chalicelib.settings import Settings, read_settings

if TYPE_CHECKING:
    from chalicelib.services.ports import Board, Producer
    from chalicelib.services.registry import Registry
    from chalicelib.services.warm_index import WarmIndex


class Parts(Struct, frozen=True):
    """Everything that a door may hand to a service."""

    settings: Settings
    registry: "Registry"
    warm_index: "WarmIndex"
    producer: "Producer"
    board: "Board"


_held: list[Parts] = []
_lock = Lock()


def parts() -> Parts:
    """This process's parts, made from the environment when they are first asked for."""
    with _lock:
        if not _held:
            _held.append(build(read_settings()))
        return _held[0]


def use(replacement: Parts | None) -> None:
    """Other parts for this process (tests), or None to build them from the environment again."""
    _held[:] = [replacement] if replacement else []


def build(settings: Settings) -> Parts:
    """Real parts for some settings. Opens no connection yet."""
    from chalicelib.domain.retention import RetentionPolicy
    from chalicelib.ids import new_id
    from chalicelib.log import set_up
    from chalicelib.messaging.board import KafkaBoard
    from chalicelib.messaging.producer import KafkaEventProducer, KafkaSender
    from chalicelib.search.indexes import SavedIndexes
    from chalicelib.services.registry import Registry, wall_clock
    from chalicelib.services.warm_index import WarmIndex
    from chalicelib.storage.client import Tables
    from chalicelib.storage.snapshots import snapshots_at
    from chalicelib.storage.store import DynamoStore

    set_up(settings.log_level)
    store = DynamoStore(Tables.of(settings), settings.location)
    registry = Registry.over(
        store,
        wall_clock,
        new_id=new_id,
        retention=RetentionPolicy(settings.retention_days),
    )
    indexes = SavedIndexes(snapshots_at(settings.snapshots))
    sender = KafkaSender(settings)
    return Parts(
        settings=settings,
        registry=registry,
        warm_index=WarmIndex(indexes),
        producer=KafkaEventProducer(settings, sender),
        board=KafkaBoard(settings, sender),
    )
