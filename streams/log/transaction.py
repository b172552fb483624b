"""Appending to the log as the only one: Kafka transactions under one name, so that no other process can put anything in between.

Source: KIP-98 (transactional.id, fencing by epoch).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import Fatal, Retryable
from schemas.event import Envelope
from streams.log.producing import is_fatal, outgoing, settings

OPERATION_S = 30.0
ABORT_S = 5.0
ATTEMPTS = 10
OnDelivery = Callable[[KafkaError | None, Message], None]


class SoleWriter:
    """Owns the transactional id of a process from the moment it is made; whoever owned it before can write no more.

    `does` says what only the owner does, for errors: "writes the proof log". Make it *before* folding what was written so far: from then
    on all of it is ours. Not for use by several threads. Raises Retryable where Kafka does not answer, Fatal where another took over,
    whichever call it is that learns of it: then only a new one can write again.
    """

    def __init__(self, bootstrap: str, process: str, does: str) -> None:
        self._process, self._does = process, does
        self._ended: Fatal | None = None
        name = f"vedette-{process.replace('_', '-')}"
        own = {"transactional.id": name, "transaction.timeout.ms": 60_000, "linger.ms": 5}
        self._producer = Producer(settings(bootstrap, name) | own)
        with self._told():
            _retry(lambda: self._producer.init_transactions(OPERATION_S))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is appended within is there as a whole once this ends, or not at all where it raises."""
        try:
            with self._told():
                self._producer.begin_transaction()
                yield
                _retry(lambda: self._producer.commit_transaction(OPERATION_S))
        except BaseException:
            # Else readers of what is committed would wait here until the broker gives the transaction up.
            self._abort()
            raise

    def append(self, envelope: Envelope) -> None:
        """Write one event to its type's topic, into the partition of its aggregate; only within a transaction."""
        self._produce(**outgoing(envelope, self._process)._asdict())

    def append_raw(self, topic: str, value: bytes, on_delivery: OnDelivery) -> None:
        """Write bytes as they are, into any partition; only within a transaction. `on_delivery` is called by `flush` at the latest."""
        self._produce(topic, value, on_delivery=on_delivery)

    def flush(self) -> None:
        """Wait until the broker has what was appended, so that its offsets are known; Retryable where it doesn't take all in time."""
        with self._told():
            if self._producer.flush(OPERATION_S):
                raise Retryable(f"Kafka did not take all records within {OPERATION_S:g} s; none is there")

    def _abort(self) -> None:
        try:
            self._producer.abort_transaction(ABORT_S)
        except KafkaException:
            self._producer.purge()  # nobody will send it; it must not hold up the end of the process

    def _produce(self, topic: str, value: bytes, **options: Any) -> None:
        while True:
            try:
                with self._told():
                    self._producer.produce(topic, value, **options)
                return
            except BufferError:
                with self._told():
                    self._producer.poll(0.1)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Kafka's errors told apart: another took over, or it may work later.

        The first is remembered: librdkafka's later calls may give the call that learned of it ("in progress") for the reason.
        """
        if self._ended:
            raise self._ended
        try:
            yield
        except KafkaException as error:
            reason = error.args[0].str()
            if is_fatal(error):
                self._ended = Fatal(f"another process {self._does} now: {reason}")
                raise self._ended from None
            raise Retryable(f"Kafka did not take it: {reason}") from None


def _retry(operation: Callable[[], object]) -> None:
    """Kafka's transactional calls may be repeated while their error says so."""
    for attempt in range(ATTEMPTS):
        try:
            operation()
            return
        except KafkaException as error:
            if not error.args[0].retriable() or attempt + 1 == ATTEMPTS:
                raise
            time.sleep(0.1)
