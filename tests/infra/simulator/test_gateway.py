"""The gateways into a real Kafka: in order, and acknowledged in the journal only once Kafka has it."""

from __future__ import annotations

import pytest

from infra.simulator.gateway import TOPIC, Gateway
from infra.simulator.journal import Journal, Sent
from streams.log import reader

pytestmark = pytest.mark.kafka


def _sent(number: int) -> Sent:
    return Sent("kafka", "telemetry", "acme", "pump-0001", str(number))


def test_a_gateways_records_stay_in_order_and_are_acknowledged(kafka_bootstrap: str) -> None:
    start = reader.end_offsets(kafka_bootstrap, TOPIC)
    journal = Journal()
    gateway = Gateway(kafka_bootstrap, journal)
    for number in range(300):
        gateway.send(f"h8-{number % 3}", f"h8 {number}".encode(), journal.add([_sent(number)]))
    assert gateway.flush() == 0
    assert journal.unacknowledged == 0
    arrived: dict[bytes, list[int]] = {}
    for record in reader.records(kafka_bootstrap, TOPIC, start=start):
        if record.value().startswith(b"h8 "):
            arrived.setdefault(record.key(), []).append(int(record.value().split()[1]))
    assert arrived == {f"h8-{key}".encode(): list(range(key, 300, 3)) for key in range(3)}


def test_what_kafka_never_took_stays_unacknowledged() -> None:
    journal = Journal()
    gateway = Gateway("127.0.0.1:1", journal)
    gateway.send("h8", b"{}", journal.add([_sent(1)]))
    assert gateway.flush(0.05) == 1
    assert journal.unacknowledged == 1
