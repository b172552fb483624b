"""How long one security event takes through the detection worker on a real broker: `python -m tests.bench.hop`, one JSON line."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from infra import kafka
from schemas.event import Envelope
from schemas.security import AttestationFailed
from streams.log import topics
from streams.log.writer import LogWriter
from tests.bench.command import program
from tests.streams.worker import wait_for, workers, written

TENANT = "bench-hop"
HOPS = 100


def hops_ms(bootstrap: str) -> list[float]:
    """Milliseconds from a security event being handed to Kafka until its detection is, one event at a time."""
    writer, sent = LogWriter(bootstrap, "ingest"), {}
    for number in range(HOPS):
        data = AttestationFailed(firmware="1", expected="aa", measured=f"{number:x}")
        event = Envelope(
            id=f"hop-{number}",
            type=data.TYPE,
            source="bench",
            subject=f"device-{number}",
            tenant=TENANT,
            time=datetime.now(UTC),
            data=data,
        )
        sent[event.subject] = event.time
        writer.append(event)
        writer.flush()
        time.sleep(0.02)
    wait_for(lambda: len(written(bootstrap, "detections", TENANT)) >= HOPS, "the detections")
    found = written(bootstrap, "detections", TENANT)
    return [message.timestamp()[1] - sent[one.subject].timestamp() * 1000 for message, one in found]


def figures() -> dict[str, float]:
    """The hop's median and 95th percentile."""
    with tempfile.TemporaryDirectory() as folder, kafka.broker(Path(folder) / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        with workers(bootstrap, Path(folder) / "home") as start:
            worker = start("detection").wait_ready()
            hops = hops_ms(bootstrap)
            worker.stop()
    return {
        "hop_ms_median": round(statistics.median(hops), 1),
        "hop_ms_p95": round(statistics.quantiles(hops, n=20)[-1], 1),
    }


if __name__ == "__main__":
    program(figures)
