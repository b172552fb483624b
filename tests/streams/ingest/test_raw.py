"""Gateways over a real Kafka: nothing is lost through a kill, and what can't be read is accounted for."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from schemas import telemetry
from streams.dead_letters.letter import read
from streams.log.record import Record
from streams.log.writer import LogWriter
from streams.sealing.key_file import KeyFile
from streams.sealing.unsealer import Unsealer
from tests.streams.ingest.conftest import Tail, ingest, wait

pytestmark = pytest.mark.kafka
GOOD = 6000
BAD = 60


def ids(tail: Tail) -> set[bytes]:
    """The ids of this test's rows."""
    batches = [telemetry.decode(record.value()) for record in tail.read("telemetry")]
    return {row["event_id"] for batch in batches for row in batch.to_pylist() if row["tenant"] == "raw"}


def dead(tail: Tail, home: Path) -> set[str]:
    """The ids of this test's dead letters."""
    unsealer = Unsealer(KeyFile(home / "keys"))
    letters = [unsealer.letter(read(Record.of_confluent(message))) for message in tail.read("dead-letters")]
    return {letter.id for letter in letters if letter.raw.startswith(b"raw-junk")}


def test_a_kill_loses_nothing_and_doubles_have_the_same_id(kafka_bootstrap: str, tmp_path: Path) -> None:
    tail, variables = Tail(kafka_bootstrap), {"VEDETTE_KAFKA_BOOTSTRAP": kafka_bootstrap}
    writer = LogWriter(kafka_bootstrap, "test", linger_ms=5)
    for number in range(GOOD):
        report = {
            "id": str(number),
            "tenant": "raw",
            "device": f"d{number % 50}",
            "time": "2026-01-01T00:00:00Z",
        }
        writer.append_raw("telemetry.raw", json.dumps({**report, "metrics": {"n": number}}).encode())
        if number % (GOOD // BAD) == 0:
            writer.append_raw("telemetry.raw", b"raw-junk %d" % number)
    writer.flush()
    with ingest(tmp_path, "kafka", **variables) as process:
        wait(lambda: len(ids(tail)) > 0)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with ingest(tmp_path, "kafka", **variables):
        wait(lambda: len(ids(tail)) >= GOOD and len(dead(tail, tmp_path)) >= BAD, 30)
    assert (len(ids(tail)), len(dead(tail, tmp_path))) == (GOOD, BAD)


def test_used_wrongly_says_how(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="must be one of mqtt, https, kafka"),
        ingest(tmp_path, "smoke-signals"),
    ):
        pass
