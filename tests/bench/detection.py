"""How many events a second one detection worker scores, alone and on a real broker, and its hop: `python -m tests.bench.detection`."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from detectors.baseline.detector import compile_all
from detectors.state import State, observe_telemetry
from infra import kafka
from schemas import telemetry
from schemas.event import Envelope
from schemas.ids import digest
from schemas.security import AttestationFailed
from schemas.topics import PARTITIONS
from streams.log import topics
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from tests.streams.worker import wait_for, workers, written

TENANT = "bench"
METRICS = [
    "temperature_c",
    "cpu_pct",
    "memory_mb",
    "tx_kbps",
    "rx_kbps",
    "battery_pct",
    "boot_count",
    "uptime_s",
]
DEVICES, STEPS, HOPS = 4000, 100, 100
START = datetime(2026, 1, 1, tzinfo=UTC)
SPIKE_STEPS = 3


def batches(partition: int) -> list[pa.RecordBatch]:
    """One report of every device of a partition a batch; in the last of them the first device sends far too much."""
    names = [f"device-{number:05}" for number in range(DEVICES)]
    names = [name for name in names if partition_of(f"{TENANT}/{name}".encode(), PARTITIONS) == partition]
    random = np.random.default_rng(partition)
    text = {
        word: pa.array([word] * len(names)).dictionary_encode() for word in (TENANT, "pump", "berlin", "1.0")
    }
    devices = pa.array(names).dictionary_encode()
    made = []
    for step in range(STEPS):
        values = random.normal(100, 3, (len(METRICS), len(names)))
        if step >= STEPS - SPIKE_STEPS:
            values[3, 0] = 1e6
        times = pa.array([START + timedelta(minutes=step)] * len(names), pa.timestamp("us", "UTC"))
        ids = pa.array([digest(name, step) for name in names], pa.binary(16))
        columns = [ids, text[TENANT], devices, times, times, text["pump"], text["berlin"], text["1.0"]]
        made.append(
            pa.RecordBatch.from_arrays(
                [*columns, *map(pa.array, values)], schema=telemetry.schema_for(METRICS)
            )
        )
    return made


def alone_us(encoded: list[tuple[list[tuple[str, bytes]], bytes]], events: int) -> float:
    """Processor microseconds an event of one partition, decoding included, without Kafka."""
    state = State()
    started = time.process_time()
    for _, value in encoded:
        observe_telemetry(state, telemetry.decode(value), "telemetry/0/0")
    return (time.process_time() - started) / events * 1e6


def through_kafka_s(bootstrap: str, encoded: list[list[tuple[list[tuple[str, bytes]], bytes]]]) -> float:
    """Seconds from the first batch written until the detection that its last batches complete is there, in every partition."""
    writer = LogWriter(bootstrap, "ingest")
    started = time.monotonic()
    for step in range(STEPS):
        for partition in range(PARTITIONS):
            headers, value = encoded[partition][step]
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
    wait_for(lambda: len(written(bootstrap, "detections", TENANT)) >= PARTITIONS, "the last detections", 300)
    return time.monotonic() - started


def hops_ms(bootstrap: str) -> list[float]:
    """Milliseconds from a security event being handed to Kafka until its detection is, one event at a time."""
    writer, tenant, sent = LogWriter(bootstrap, "ingest"), f"{TENANT}-hop", {}
    for number in range(HOPS):
        data = AttestationFailed(firmware="1", expected="aa", measured=f"{number:x}")
        event = Envelope(
            id=f"hop-{number}",
            type=data.TYPE,
            source="bench",
            subject=f"device-{number}",
            tenant=tenant,
            time=datetime.now(UTC),
            data=data,
        )
        sent[event.subject] = event.time
        writer.append(event)
        writer.flush()
        time.sleep(0.02)
    wait_for(lambda: len(written(bootstrap, "detections", tenant)) >= HOPS, "the detections")
    found = written(bootstrap, "detections", tenant)
    return [message.timestamp()[1] - sent[one.subject].timestamp() * 1000 for message, one in found]


def main() -> None:
    """Measure and print one JSON line."""
    compile_all()
    encoded = [[telemetry.encode(batch) for batch in batches(partition)] for partition in range(PARTITIONS)]
    events = DEVICES * STEPS
    alone = alone_us(encoded[0], sum(batch.num_rows for batch in batches(0)))
    with tempfile.TemporaryDirectory() as folder, kafka.broker(Path(folder) / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        with workers(bootstrap, Path(folder) / "home") as start:
            worker = start("detection").wait_ready()
            took_s = through_kafka_s(bootstrap, encoded)
            hops = hops_ms(bootstrap)
            worker.stop()
    figures = {
        "bench": "detection",
        "events": events,
        "metrics": len(METRICS),
        "alone_us_per_event": round(alone, 2),
        "alone_events_per_s": round(1e6 / alone),
        "kafka_events_per_s": round(events / took_s),
        "hop_ms_median": round(statistics.median(hops), 1),
        "hop_ms_p95": round(statistics.quantiles(hops, n=20)[-1], 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
