"""Appending to the log: one idempotent Kafka producer that loses nothing quietly.

A record counts as written only when `on_ack` ran without an error or `flush` returned. Order within a partition is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas import dead_letter
from schemas.errors import Fatal, Retryable
from schemas.event import Envelope
from streams.log.producing import check_writer, outgoing, settings

OnAck = Callable[[Exception | None], None]
Headers = Iterable[tuple[str, bytes]]


class LogWriter:
    """Writes records as one named process; not for use by several threads at once except `append` and `append_raw`.

    `on_ack(None)` is called from `poll` or `flush` once all in-sync replicas have the record, `on_ack(Retryable)` where it was not written.
    A record written without `on_ack` that fails makes the next `flush` raise.
    """

    def __init__(self, bootstrap: str, process: str, *, linger_ms: int = 0) -> None:
        self.process = process
        self._failed: Exception | None = None
        own = {
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": linger_ms,
            "queue.buffering.max.messages": 200_000,
            "delivery.timeout.ms": 120_000,
            "reconnect.backoff.max.ms": 2000,
        }
        self._producer = Producer(settings(bootstrap, f"vedette-{process}") | own)

    def append(self, envelope: Envelope, on_ack: OnAck | None = None) -> None:
        """Write one event to its type's topic, into the partition of its aggregate."""
        self.append_raw(**outgoing(envelope, self.process)._asdict(), on_ack=on_ack)

    def append_to(self, partition: int, envelope: Envelope) -> None:
        """Write one event to its type's topic, into this partition: for what each of them must have."""
        self.append_raw(**outgoing(envelope, self.process)._replace(partition=partition)._asdict())

    def append_raw(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        on_ack: OnAck | None = None,
    ) -> None:
        """Write bytes as they are; waits while the local queue is full, raises Fatal where a record can never be written."""
        target: dict[str, Any] = {} if partition is None else {"partition": partition}
        callback = self._acknowledge(on_ack)
        while True:
            try:
                self._producer.produce(
                    topic, value, key, headers=list(headers), on_delivery=callback, **target
                )
                break
            except BufferError:
                self.poll(0.1)
            except KafkaException as error:
                raise Fatal(f"cannot write to {topic}: {error.args[0].str()}") from None
        self.poll()

    def bury(self, letter: dead_letter.DeadLetter, on_ack: OnAck | None = None) -> None:
        """Write one dead letter."""
        check_writer(self.process, dead_letter.TOPIC)
        self.append_raw(
            dead_letter.TOPIC,
            letter.raw,
            key=letter.id.encode(),
            headers=dead_letter.to_headers(letter),
            on_ack=on_ack,
        )

    def poll(self, timeout_s: float = 0.0) -> int:
        """Run the acknowledgements that have arrived, waiting at most `timeout_s` for one; returns how many ran.

        Raises Fatal where the producer can never write again.
        """
        with _told():
            return int(self._producer.poll(timeout_s))

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything written is acknowledged; raises Retryable where something was not, Fatal as `poll` does."""
        with _told():
            left = self._producer.flush(timeout_s)
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed
        if left:
            raise Retryable(f"{left} records not acknowledged by Kafka within {timeout_s:g} s")

    def _acknowledge(self, on_ack: OnAck | None) -> Callable[[KafkaError | None, Message], None]:
        def delivered(error: KafkaError | None, message: Message) -> None:
            failure = (
                Retryable(f"Kafka did not take a record for {message.topic()}: {error.str()}")
                if error
                else None
            )
            if on_ack is not None:
                on_ack(failure)
            elif failure is not None:
                self._failed = failure

        return delivered


@contextmanager
def _told() -> Iterator[None]:
    """Only what ends a producer comes out of its polling as an exception; all else is told to the record it is about."""
    try:
        yield
    except KafkaException as error:
        raise Fatal(f"can write no more: {error.args[0].str()}") from None
