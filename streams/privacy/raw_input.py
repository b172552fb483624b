"""Deleting from `telemetry.raw` what ingest has taken onto the log: raw input is the one place where personal values lie in plain text.

Kafka removes whole closed segments: what is deleted here can't be read from then on, and its bytes are gone from the disk once its segment
was closed (ten minutes after its first record, when the next one comes) and the broker looked (every five minutes).
"""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.errors import Retryable
from schemas.topics import TOPICS

TOPIC = "telemetry.raw"
# The consumer group of ingest, whose commits say what is on the log for good.
GROUP = "vedette-ingest"
TIMEOUT_S = 10.0


def delete_consumed(bootstrap: str) -> int:
    """Delete the records ingest is done with; returns how many there were. Retryable where Kafka doesn't answer."""
    settings = {"bootstrap.servers": bootstrap, "log_level": 2}
    consumer = Consumer({**settings, "group.id": GROUP, "enable.auto.commit": False})
    try:
        done = _consumed(consumer)
        if not done:
            return 0
        admin = AdminClient(settings)  # held until the broker has answered: what it was asked dies with it
        for future in admin.delete_records(list(done)).values():
            future.result(TIMEOUT_S)
        return sum(done.values())
    except KafkaException as error:
        raise Retryable(f"could not delete raw input: {error.args[0].str()}") from None
    except TimeoutError:
        raise Retryable("could not delete raw input: Kafka does not answer") from None
    finally:
        consumer.close()


def _consumed(consumer: Consumer) -> dict[TopicPartition, int]:
    """The offset to delete up to for each partition that has something to delete, with the number of records below it."""
    asked = [TopicPartition(TOPIC, partition) for partition in range(TOPICS[TOPIC].partitions)]
    found: dict[TopicPartition, int] = {}
    for place in consumer.committed(asked, timeout=TIMEOUT_S):
        first, _ = consumer.get_watermark_offsets(place, timeout=TIMEOUT_S)
        if place.offset > first:
            found[TopicPartition(TOPIC, place.partition, place.offset)] = place.offset - first
    return found
