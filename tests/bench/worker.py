"""The detection worker on a real broker, from Arrow batches to detections on Kafka with snapshots on, and a naive agent at that job.

`python -m tests.bench.worker` prints one JSON line. Everything is on the log before a worker starts, so only the worker is measured: from
when it has its partitions until the detection that the last record of each partition completes is on the log. Per core is the smaller of
events a second of time and events a second of the worker's own processor time (its start taken off). The naive agent works in the same
run, on the same kind of events.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
from confluent_kafka import Producer
from kafka.admin import NewTopic

from infra import kafka
from schemas import telemetry
from schemas.topics import PARTITIONS
from streams.log import snapshots, topics
from streams.log.partition import partition_of
from streams.log.reader import end_offsets, records
from streams.log.writer import LogWriter
from tests.bench import naive_agent
from tests.bench.command import program
from tests.bench.univariate import FIRST_US, METRICS, SPACING_US
from tests.streams.worker import WorkerProcess, wait_for, workers, written

TENANT = "bench"
DEVICES, ROWS, RECORDS = 1000, telemetry.MAX_ROWS, 1200
ROUNDS = 3
NAIVE_EVENTS = 60_000
STARTED = re.compile(
    r'"event": ?"restored".*?"timestamp": ?"([^"]+)"|"timestamp": ?"([^"]+)".*?"event": ?"restored"'
)


def devices_of(tenant: str, partition: int) -> list[str]:
    """The devices of one partition."""
    names = (f"device-{number:05}" for number in range(DEVICES))
    return [name for name in names if partition_of(f"{tenant}/{name}".encode(), PARTITIONS) == partition]


def batches(tenant: str, partition: int) -> Iterator[pa.RecordBatch]:
    """Full batches, every device in turn a minute later; in the last one the first device sends far too much."""
    names, chance = devices_of(tenant, partition), np.random.default_rng(partition)
    text = {word: pa.array([word]) for word in (tenant, "pump", "berlin", "1.0")}
    zeros = pa.array(np.zeros(ROWS, np.int32))
    same = {word: pa.DictionaryArray.from_arrays(zeros, one) for word, one in text.items()}
    for record in range(RECORDS):
        numbers = np.arange(record * ROWS, (record + 1) * ROWS)
        which, steps = numbers % len(names), numbers // len(names)
        values = chance.normal(100, 3, (len(METRICS), ROWS)).round(2)
        if record == RECORDS - 1:
            values[3, which == 0] = 1e6
        device = pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array(names))
        time_us = pa.array(FIRST_US + steps * SPACING_US).cast(pa.timestamp("us", "UTC"))
        ids = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(16), ROWS, [None, pa.py_buffer(chance.bytes(16 * ROWS))]
        )
        columns = [ids, same[tenant], device, time_us, time_us, same["pump"], same["berlin"], same["1.0"]]
        yield pa.RecordBatch.from_arrays(
            [*columns, *map(pa.array, values)], schema=telemetry.schema_for(METRICS)
        )


def fill(bootstrap: str, tenant: str) -> int:
    """Put it all on the log; returns how many bytes were written."""
    writer, size = LogWriter(bootstrap, "ingest"), 0
    for partition in range(PARTITIONS):
        for batch in batches(tenant, partition):
            headers, value = telemetry.encode(batch)
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
            size += len(value)
    writer.flush(120)
    return size


def worked(bootstrap: str, home: Path, tenant: str) -> dict[str, float]:
    """One worker over everything on the log: seconds of time and of its processor, from its first partition to the last detection."""
    with workers(bootstrap, home) as start:
        worker = start("detection", VEDETTE_LOG_FORMAT="json").wait_ready()
        process = psutil.Process(worker._process.pid)
        wait_for(
            lambda: len(written(bootstrap, "detections", tenant)) >= PARTITIONS, "the last detections", 300
        )
        spent = sum(process.cpu_times()[:2])
        last_ms = max(message.timestamp()[1] for message, _ in written(bootstrap, "detections", tenant))
        started_s = started(worker)
        # What no snapshot reflects would be worked on again by the next round's worker, at that round's expense.
        wait_for(lambda: reflected(bootstrap), "the last snapshots", 60)
        assert worker.stop() == 0, worker.log
    return {"seconds": last_ms / 1000 - started_s, "cpu_s": spent}


def reflected(bootstrap: str) -> bool:
    """Whether each partition's newest snapshot reflects all telemetry there is."""
    ends = end_offsets(bootstrap, telemetry.TOPIC)
    found = [snapshots.newest(bootstrap, partition) for partition in range(PARTITIONS)]
    return all(one and one.offsets.get(telemetry.TOPIC) == ends[place] for place, one in enumerate(found))


def started(worker: WorkerProcess) -> float:
    """When the worker had its first partition, in seconds since 1970."""
    found = STARTED.search(worker.log)
    assert found, worker.log
    return datetime.fromisoformat(found[1] or found[2]).timestamp()


def idle_s(bootstrap: str, home: Path) -> float:
    """Processor seconds that a worker needs to start and to have its partitions, with nothing to do."""
    with workers(bootstrap, home) as start:
        worker = start("detection").wait_ready()
        return float(sum(psutil.Process(worker._process.pid).cpu_times()[:2]))


def naive_eps(bootstrap: str, home: Path) -> float:
    """Events a second of the naive agent, from the first odd event's detection to the last one's."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "compression.type": "lz4"})
    chance = np.random.default_rng(3)
    odd = (NAIVE_EVENTS // 3, NAIVE_EVENTS - 1)
    for number in range(NAIVE_EVENTS):
        values = chance.normal(100, 3, len(METRICS)).round(2).tolist()
        event: dict[str, Any] = {
            "device": f"device-{number % 100:05}",
            "time": FIRST_US + number,
            "metrics": dict(zip(METRICS, values, strict=True)),
        }
        if number in odd:
            event["metrics"]["cpu_pct"] = 1e6
        producer.produce(naive_agent.TOPIC, json.dumps(event).encode(), partition=0)
        producer.poll(0)
    producer.flush()
    command = [sys.executable, "-m", "tests.bench.naive_agent", bootstrap, str(home)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as agent:
        try:
            wait_for(lambda: FIRST_US + odd[-1] in naive_found(bootstrap), "the naive agent", 120)
        finally:
            agent.kill()
    found_ms = naive_found(bootstrap)
    return (odd[-1] - odd[0]) / (found_ms[FIRST_US + odd[-1]] - found_ms[FIRST_US + odd[0]]) * 1000


def naive_found(bootstrap: str) -> dict[int, int]:
    """When (milliseconds since 1970) the naive agent's detections were written, by the time of their event."""
    return {
        json.loads(message.value())["time"]: message.timestamp()[1]
        for message in records(bootstrap, naive_agent.FOUND)
    }


def create_naive_topics(bootstrap: str) -> None:
    """The naive agent's two topics."""
    admin = topics.connect(bootstrap, 60)
    admin.create_topics([NewTopic(name, 1, 1) for name in (naive_agent.TOPIC, naive_agent.FOUND)])
    admin.close()


def figures() -> dict[str, float]:
    """Measure on a broker of its own: medians of `ROUNDS`, each with events of a tenant of its own, restored from the one before."""
    events = PARTITIONS * RECORDS * ROWS
    with tempfile.TemporaryDirectory() as folder, kafka.broker(Path(folder) / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        create_naive_topics(bootstrap)
        home, runs, size = Path(folder) / "home", [], 0
        idle = idle_s(bootstrap, home)
        for number in range(ROUNDS):
            size = fill(bootstrap, f"{TENANT}-{number}")
            runs.append(worked(bootstrap, home, f"{TENANT}-{number}"))
        naive = naive_eps(bootstrap, Path(folder) / "naive")
    wall = statistics.median(events / one["seconds"] for one in runs)
    cpu = statistics.median(events / max(one["cpu_s"] - idle, 1e-3) for one in runs)
    return {
        "worker_eps_per_core": round(min(wall, cpu)),
        "worker_eps": round(wall),
        "worker_cpu_eps": round(cpu),
        "worker_bytes_per_event": round(size / events, 1),
        "naive_eps": round(naive),
        "worker_vs_naive": round(min(wall, cpu) / naive),
    }


if __name__ == "__main__":
    program(figures)
