"""The topics between the locations.

`python -m infra.topics` makes them on the broker that the settings name.
"""

import sys
from typing import Any

from chalicelib.domain.errors import SettingsError
from chalicelib.messaging.connection import connection
from chalicelib.settings import Settings, read_settings

PARTITIONS = 6
# A location that was away for less reads every change; a new one reads the state.
COMPACTION_LAG_MILLISECONDS = 30 * 24 * 60 * 60 * 1000
# Only what was told last counts on the board, and what is a day old not even that.
BOARD_MILLISECONDS = 24 * 60 * 60 * 1000


def ensure_topics(settings: Settings, replication: int = 1) -> bool:
    """Creates the topics that are not there; True where the one of changes was created.

    Raises kafka.errors.KafkaError while the broker is away.
    """
    from kafka import KafkaAdminClient

    admin = KafkaAdminClient(**connection(settings), bootstrap_timeout_ms=5_000)
    changes = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(COMPACTION_LAG_MILLISECONDS),
    }
    board = {
        "cleanup.policy": "compact,delete",
        "retention.ms": str(BOARD_MILLISECONDS),
        "segment.ms": str(BOARD_MILLISECONDS // 24),
    }
    try:
        _ensure(admin, settings.kafka_digests_topic, 1, replication, board)
        return _ensure(admin, settings.kafka_topic, PARTITIONS, replication, changes)
    finally:
        admin.close()


def _ensure(
    admin: Any, name: str, partitions: int, replication: int, configs: dict[str, str]
) -> bool:
    from kafka.admin import NewTopic
    from kafka.errors import TopicAlreadyExistsError

    try:
        admin.create_topics([NewTopic(name, partitions, replication, topic_configs=configs)])
    except TopicAlreadyExistsError:
        return False
    return True


def main() -> None:
    """Makes them with three copies each, so that a broker may die."""
    from kafka.errors import KafkaError

    try:
        settings = read_settings()
    except SettingsError as error:
        sys.exit(error.message)
    try:
        is_new = ensure_topics(settings, replication=3)
    except KafkaError as error:
        sys.exit(
            f"The topics cannot be made at KAFKA_BOOTSTRAP={settings.kafka_bootstrap} with "
            f"KAFKA_SECURITY={settings.kafka_security}: {error!r}. Run this on a machine that "
            "reaches the brokers."
        )
    print("created" if is_new else "there already")


if __name__ == "__main__":
    main()
