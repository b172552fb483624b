"""Writing to the proof topics as the only one: in Kafka transactions, so that no other process can put anything in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException, Producer

from schemas.errors import Fatal, Retryable
from schemas.event import Envelope, encode, to_headers
from schemas.topics import TOPICS

OPERATION_S = 30.0
ATTEMPTS = 10


class SoleWriter:
    """Owns the transactional id of the proof log from the moment it is made; whoever owned it before can write no more (Fatal there).

    Raises Retryable where Kafka does not answer.
    """

    def __init__(self, bootstrap: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "client.id": "vedette-proof",
                "transactional.id": "vedette-proof",
                "transaction.timeout.ms": 60_000,
                "compression.type": "lz4",
                "linger.ms": 5,
                "log_level": 2,
            }
        )
        self._retry(lambda: self._producer.init_transactions(OPERATION_S))

    def write(self, envelopes: Iterable[Envelope]) -> None:
        """Write these events, all or none; returns once they are committed."""
        self._producer.begin_transaction()
        for envelope in envelopes:
            topic = TOPICS[type(envelope.data).TOPIC]
            self._producer.produce(
                topic.name, encode(envelope), envelope.key, headers=to_headers(envelope), partition=0
            )
        self._retry(lambda: self._producer.commit_transaction(OPERATION_S))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._producer.purge()

    def _retry(self, operation: Callable[[], object]) -> None:
        """Kafka's transactional calls may be repeated while their error says so; any other means that the state must be folded anew."""
        for attempt in range(ATTEMPTS):
            try:
                operation()
                return
            except KafkaException as error:
                problem = error.args[0]
                if problem.retriable() and attempt + 1 < ATTEMPTS:
                    time.sleep(0.1)
                    continue
                if problem.fatal():
                    raise Fatal(f"another process writes the proof log now: {problem.str()}") from None
                raise Retryable(f"Kafka did not take the leaves: {problem.str()}") from None
