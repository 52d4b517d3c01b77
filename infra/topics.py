"""The topic between the locations."""

from chalicelib.settings import Settings

PARTITIONS = 6
# A location that was away for less reads every change; a new one reads the state.
COMPACTION_LAG_MILLISECONDS = 30 * 24 * 60 * 60 * 1000


def ensure_topic(settings: Settings, replication: int = 1) -> bool:
    """Creates the topic where there is none; True where it was created.

    Raises kafka.errors.KafkaError while the broker is away.
    """
    from kafka import KafkaAdminClient
    from kafka.admin import NewTopic
    from kafka.errors import TopicAlreadyExistsError

    topic = NewTopic(
        name=settings.kafka_topic,
        num_partitions=PARTITIONS,
        replication_factor=replication,
        topic_configs={
            "cleanup.policy": "compact",
            "min.compaction.lag.ms": str(COMPACTION_LAG_MILLISECONDS),
        },
    )
    admin = KafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap.split(","), bootstrap_timeout_ms=5_000
    )
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        return False
    finally:
        admin.close()
    return True
