"""The trusted gateways of the sites: they hand their devices' messages to Kafka `telemetry.raw`, many in one record."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.simulator.journal import Journal
from schemas.errors import Retryable

TOPIC = "telemetry.raw"


class Gateway:
    """Writes to `telemetry.raw`; one key a gateway, so that a device's messages stay in order.

    What Kafka does not acknowledge stays unacknowledged in the journal.
    """

    def __init__(self, bootstrap: str, journal: Journal) -> None:
        self._journal, self._bootstrap = journal, bootstrap
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "client.id": "simulator",
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "compression.type": "lz4",
                "message.max.bytes": 16_777_216,
                # What matters of it is said by `check` and by the journal.
                "log_level": 2,
            }
        )

    def check(self, timeout_s: float = 15.0) -> None:
        """Retryable unless Kafka answers within the time and has the topic."""
        try:
            topic = self._producer.list_topics(TOPIC, timeout=timeout_s).topics[TOPIC]
        except KafkaException as error:
            raise Retryable(f"Kafka at {self._bootstrap} does not answer: {error.args[0].str()}") from None
        if topic.error is not None:
            raise Retryable(f"Kafka has no topic {TOPIC}: run `python -m streams.log.topics`")

    def send(self, gateway: str, payload: bytes, places: Sequence[int]) -> None:
        """Write one record; waits while the local queue is full."""

        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is None:
                self._journal.acknowledge(places)

        while True:
            try:
                self._producer.produce(TOPIC, payload, gateway.encode(), on_delivery=delivered)
                break
            except BufferError:
                self._producer.poll(0.05)
        self._producer.poll(0)

    def flush(self, timeout_s: float = 30.0) -> int:
        """Wait for the acknowledgements; returns how many records still lack one."""
        return int(self._producer.flush(timeout_s))
