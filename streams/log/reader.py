"""Reading a stretch of the log once, from the beginning to where it ends now: folds, audits, tests. Not for following it live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from schemas.errors import Retryable
from streams.log.consuming import placed_consumer

POLL_S = 0.05


def end_offsets(bootstrap: str, topic: str, timeout_s: float = 10.0) -> dict[int, int]:
    """The offset after the last readable record, for each partition of a topic; Retryable where Kafka doesn't answer."""
    consumer = placed_consumer(bootstrap, "reader")
    try:
        partitions = consumer.list_topics(topic, timeout=timeout_s).topics[topic].partitions
        return {p: _end(consumer, topic, p, timeout_s) for p in sorted(partitions)}
    except KafkaException as error:
        raise Retryable(f"Kafka does not answer for {topic}: {error.args[0].str()}") from None
    finally:
        consumer.close()


def records(
    bootstrap: str,
    topic: str,
    *,
    partitions: list[int] | None = None,
    start: Mapping[int, int] | None = None,
    timeout_s: float = 30.0,
) -> Iterator[Message]:
    """The committed records of a topic up to its end at the time of the call, in order within each partition.

    `start` gives an offset for a partition (default: its beginning). Raises Retryable where nothing comes for `timeout_s`.
    """
    ends = end_offsets(bootstrap, topic)
    begin = start or {}
    wanted = {
        p: end for p, end in ends.items() if (partitions is None or p in partitions) and end > begin.get(p, 0)
    }
    consumer = placed_consumer(bootstrap, "reader")
    try:
        # Without knowing the leaders first, the client finds them only when it tries again, half a second later.
        consumer.list_topics(topic, timeout=timeout_s)
        consumer.assign([TopicPartition(topic, p, begin.get(p, OFFSET_BEGINNING)) for p in wanted])
        yield from _until(consumer, wanted, topic, timeout_s)
    except KafkaException as error:
        raise Retryable(f"Kafka does not answer for {topic}: {error.args[0].str()}") from None
    finally:
        consumer.close()


def _until(consumer: Consumer, wanted: dict[int, int], topic: str, timeout_s: float) -> Iterator[Message]:
    # Positions, not records, decide when a partition is done: the last offsets may be transaction markers or compacted away.
    quiet_s = 0.0
    while wanted:
        messages = consumer.consume(1000, POLL_S)
        quiet_s = 0.0 if messages else quiet_s + POLL_S
        if quiet_s > timeout_s:
            raise Retryable(f"{topic}: Kafka sent nothing for {timeout_s:g} s")
        for message in messages:
            if message.error() is None and message.offset() < wanted.get(message.partition(), 0):
                yield message
        for position in consumer.position([TopicPartition(topic, p) for p in wanted]):
            if position.offset >= wanted[position.partition]:
                del wanted[position.partition]


def _end(consumer: Consumer, topic: str, partition: int, timeout_s: float) -> int:
    return int(consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=timeout_s)[1])
