"""Writing to and reading from a real log."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas import dead_letter, registry
from schemas.action import AlertAcknowledge
from schemas.errors import Fatal, Rejected
from schemas.event import Envelope
from streams.log.partition import partition_of
from streams.log.reader import end_offsets, records
from streams.log.writer import LogWriter

TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def event(number: int) -> Envelope:
    data = AlertAcknowledge(actor="ana", alert=f"alert-{number}")
    return Envelope(
        id=f"writer-{number}",
        type=data.TYPE,
        source="test",
        subject=f"cam-{number}",
        tenant="writer",
        time=TIME,
        data=data,
    )


@pytest.mark.kafka
def test_what_is_appended_can_be_read_back_in_its_partition(kafka_bootstrap: str) -> None:
    start = end_offsets(kafka_bootstrap, "analyst-actions")
    writer = LogWriter(kafka_bootstrap, "control")
    acknowledged: list[Exception | None] = []
    for number in range(50):
        writer.append(event(number), acknowledged.append)
    writer.flush()
    assert acknowledged == [None] * 50
    found = list(records(kafka_bootstrap, "analyst-actions", start=start))
    mine = [m for m in found if m.key().startswith(b"writer/")]
    assert {registry.decode(m.headers(), m.value()).id for m in mine} == {f"writer-{n}" for n in range(50)}
    assert all(m.partition() == partition_of(m.key(), 4) for m in mine)


@pytest.mark.kafka
def test_a_dead_letter_keeps_its_raw_bytes(kafka_bootstrap: str) -> None:
    start = end_offsets(kafka_bootstrap, "dead-letters")
    raw = b"\xff\x00 not json" * 200_000  # larger than any event may be
    letter = dead_letter.bury(
        raw, Rejected("oversized", "", "too large"), origin="http:/v1", process="ingest", time=TIME
    )
    writer = LogWriter(kafka_bootstrap, "ingest")
    writer.bury(letter)
    writer.flush()
    found = [
        m for m in records(kafka_bootstrap, "dead-letters", start=start) if m.key() == letter.id.encode()
    ]
    assert [m.value() for m in found] == [raw]
    assert dict(found[0].headers())["code"] == b"oversized"


def test_only_the_declared_process_may_write_a_topic() -> None:
    with pytest.raises(Fatal, match="dashboard may not write to analyst-actions"):
        LogWriter("127.0.0.1:1", "dashboard").append(event(1))


def test_the_partition_is_the_one_java_clients_choose() -> None:
    # Values from Kafka's own test of its murmur2 (Utils), reduced to 1000 partitions as DefaultPartitioner does.
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    assert {key: partition_of(key, 1000) for key in known} == {
        k: (v & 0x7FFFFFFF) % 1000 for k, v in known.items()
    }
