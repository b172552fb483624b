"""Following the records to be proven, from where the leaves end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from schemas.errors import Fatal
from schemas.proof import PROVEN
from streams.log.reader import end_offsets
from streams.proof.notary import Seen
from streams.proof_log.leaves import Place, logged

TRANSIENT = {KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE, KafkaError._TIMED_OUT}
METADATA_S = 10.0


class Source:
    """All partitions of the proven topics, committed records only, each after the offset in `done`; no consumer group."""

    def __init__(self, bootstrap: str, done: Mapping[Place, int]) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "vedette-proof",
                "client.id": "vedette-proof",
                "enable.auto.commit": False,
                # A leaf whose record is beyond the end of its topic: the topic was cut or replaced. Never start over quietly.
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "log_level": 2,
                "reconnect.backoff.max.ms": 2000,
            }
        )
        # Knowing the leaders first saves half a second (see streams/log/reader.py).
        self._consumer.list_topics(timeout=METADATA_S)
        self._consumer.assign(
            [
                TopicPartition(topic, partition, _start(done.get((topic, partition))))
                for topic in PROVEN
                for partition in end_offsets(bootstrap, topic)
            ]
        )

    def next(self, most: int, timeout_s: float) -> list[Seen]:
        """Up to `most` records, in order within each partition; none after `timeout_s`. Fatal where a topic no longer has what it had."""
        return [self._seen(m) for m in self._consumer.consume(most, timeout_s) if self._is_record(m)]

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()

    def _is_record(self, message: Any) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.code() in TRANSIENT or error.retriable():
            return False
        where = f"{message.topic()}/{message.partition()}"
        raise Fatal(f"{where} does not go on where its leaves end: {error.str()}")

    def _seen(self, message: Any) -> Seen:
        _, milliseconds = message.timestamp()
        return Seen(logged(message), datetime.fromtimestamp(max(0, milliseconds) / 1000, UTC))


def _start(done: int | None) -> int:
    return OFFSET_BEGINNING if done is None else done + 1
