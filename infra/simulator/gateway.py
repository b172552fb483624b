"""The trusted gateways of the sites: they hand their devices' messages to Kafka `telemetry.raw`, many in one record."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import KafkaError, Message, Producer

from infra.simulator.journal import Journal

TOPIC = "telemetry.raw"


class Gateway:
    """Writes to `telemetry.raw`; one key a gateway, so that a device's messages stay in order.

    What Kafka does not acknowledge stays unacknowledged in the journal.
    """

    def __init__(self, bootstrap: str, journal: Journal) -> None:
        self._journal = journal
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "client.id": "simulator",
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "compression.type": "lz4",
                "message.max.bytes": 16_777_216,
                "log_level": 3,
            }
        )

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
