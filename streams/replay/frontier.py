"""How far a store has got with the log: the next offset of each partition, the prefix that a digest speaks of."""

from __future__ import annotations

from collections.abc import Mapping

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException, TopicPartition

from schemas.errors import Fatal, Retryable
from streams.log.consuming import placed_consumer
from streams.store import told_apart

Partition = tuple[str, int]
Frontier = Mapping[Partition, int]
TIMEOUT_S = 10.0


def frontier_of(store: Client) -> dict[Partition, int]:
    """The next offset of each partition the store has anything of; empty where it has no tables (yet)."""
    with told_apart("read how far the store is"):
        if not store.command("EXISTS TABLE ledger_ranges"):
            return {}
        rows = store.query(
            "SELECT topic, kafka_partition, max(last_offset) + 1 FROM ledger_ranges GROUP BY topic, kafka_partition"
        ).result_rows
    return {(topic, partition): end for topic, partition, end in rows}


def behind(frontier: Frontier, reached: Frontier) -> dict[Partition, int]:
    """How many offsets each partition still lacks to `frontier`; empty once all are reached."""
    missing = {key: end - reached.get(key, 0) for key, end in frontier.items()}
    return {key: offsets for key, offsets in missing.items() if offsets > 0}


def log_stretch(bootstrap: str, frontier: Frontier) -> dict[Partition, tuple[int, int]]:
    """The first offset each partition still has and the one after its last; Retryable where Kafka does not answer."""
    consumer = placed_consumer(bootstrap, "reader")
    try:
        return {
            key: consumer.get_watermark_offsets(TopicPartition(*key), timeout=TIMEOUT_S) for key in frontier
        }
    except KafkaException as error:
        raise Retryable(f"Kafka does not answer: {error.args[0].str()}") from None
    finally:
        consumer.close()


def check_log_has(frontier: Frontier, log: Mapping[Partition, tuple[int, int]]) -> None:
    """Fatal where the log can't give back what the store holds: retention removed its beginning, or it is another log."""
    for (topic, partition), end in frontier.items():
        first, last = log[topic, partition]
        if end > last:
            raise Fatal(
                f"the store holds {topic}/{partition} up to offset {end - 1}, but the log ends at {last}: it is another log's store"
            )
        if first > 0:
            raise Fatal(
                f"{topic}/{partition} begins at offset {first}: retention removed records the store may still hold, and a rebuild "
                "would lose them. Nothing was changed"
            )
