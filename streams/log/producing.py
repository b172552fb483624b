"""What all who write the log have in common: their Kafka producer's settings, where an event goes, and who may put it there."""

from __future__ import annotations

from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException

from schemas.errors import Fatal
from schemas.event import Envelope, encode, to_headers
from schemas.topics import TOPICS
from streams.log.partition import partition_of


class Outgoing(NamedTuple):
    """A record as a producer takes it."""

    topic: str
    value: bytes
    key: bytes
    headers: list[tuple[str, bytes]]
    partition: int


def settings(bootstrap: str, name: str) -> dict[str, Any]:
    """What is set for every producer; `name` is its client id."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": name,
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "message.max.bytes": 17_000_000,
        "log_level": 2,  # errors come as exceptions; librdkafka would repeat them several times a second
    }


def outgoing(envelope: Envelope, process: str) -> Outgoing:
    """An event as this process writes it: to its type's topic, into the partition of its aggregate. Fatal where it may not."""
    topic = TOPICS[type(envelope.data).TOPIC]
    check_writer(process, topic.name)
    partition = partition_of(envelope.key, topic.partitions)
    return Outgoing(topic.name, encode(envelope), envelope.key, to_headers(envelope), partition)


def check_writer(process: str, topic: str) -> None:
    """Raise Fatal where this process is not among the declared writers of the topic."""
    writers = TOPICS[topic].writers
    if writers and process not in writers:
        raise Fatal(f"{process} may not write to {topic}; only {', '.join(writers)} may")


def is_fatal(error: KafkaException) -> bool:
    """Whether the producer can never write again. The call that learns of it says why; any later one says `_FATAL` only, unmarked."""
    problem = error.args[0]
    return bool(problem.fatal()) or problem.code() == KafkaError._FATAL
