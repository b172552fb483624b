"""How fast the store is rebuilt from the log, and whether it is equal: `python -m tests.bench.rebuild --json`, one JSON line.

A smaller store with both kinds of events is rebuilt twice and its digests, the workers' included, are compared. Then an empty store is
filled with more security events, and then with more telemetry, each at a rate of its own, start of the archive and migrations included.
Processor time an event, merges included, is told beside the rates, which depend on what else the machine does.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc

from infra import kafka
from schemas import telemetry
from schemas.event import Envelope
from schemas.ids import derive
from schemas.security import AuthenticationFailed, AuthenticationSucceeded
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.log import topics
from streams.log.reader import end_offsets
from streams.log.writer import LogWriter
from streams.replay import archive_run
from streams.replay.frontier import behind, frontier_of
from streams.replay.rebuild import rebuild
from streams.store import connect
from tests.bench.command import program
from tests.bench.fleet import START, batches
from tests.infra.clickhouse.server import serving

DEVICES = 500
# A generation is 400,000 reports, and a login one of every device. The rates are of all of them: the archive's start weighs little then.
COMPARED_GENERATIONS, GENERATIONS = 1, 8
COMPARED_LOGINS, LOGINS = 40, 200
TENANT = "bench"
ROUNDS = 2
POLL_S = 0.05


def feed_telemetry(bootstrap: str, generations: Iterable[int]) -> int:
    """Reports of 4000 devices, one a minute, in batches of one partition's devices; how many events that is."""
    writer, events = LogWriter(bootstrap, "ingest"), 0
    for partition in range(PARTITIONS):
        made = batches(partition)
        for generation in generations:
            for batch in made:
                headers, value = telemetry.encode(_later(batch, generation))
                writer.append_raw(telemetry.TOPIC, value, key=b"", headers=headers, partition=partition)
                events += batch.num_rows
            writer.flush()
    return events


def _later(batch: pa.RecordBatch, generation: int) -> pa.RecordBatch:
    """The same reports so many days later, with ids of their own."""
    days = pa.scalar(timedelta(days=generation), pa.duration("us"))
    columns = {name: batch.column(name) for name in batch.schema.names}
    ids = np.frombuffer(columns["event_id"].buffers()[1], np.uint8).reshape(-1, 16).copy()
    ids[:, 0] = generation
    columns["event_id"] = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(ids), [None, pa.py_buffer(ids)]
    )
    for name in ("event_time", "received_time"):
        columns[name] = pc.add(batch.column(name), days)
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


def feed_security(bootstrap: str, numbers: Iterable[int]) -> int:
    """Logins of 500 devices, every tenth refused; how many events that is."""
    writer, events = LogWriter(bootstrap, "ingest", linger_ms=20), 0
    for number in numbers:
        for device in range(DEVICES):
            writer.append(_login(f"device-{device:05}", number))
        writer.flush()
        events += DEVICES
    return events


def _login(device: str, number: int) -> Envelope:
    kind = AuthenticationSucceeded if number % 10 else AuthenticationFailed
    return Envelope(
        id=derive("login", device, number),
        type=kind.TYPE,
        source="bench",
        subject=device,
        tenant=TENANT,
        time=START + timedelta(minutes=number),
        data=kind(account="service", address=f"198.51.100.{number % 250}"),
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """What storing `events` took: wall seconds, and processor seconds of the archive, the store and Kafka."""

    events: int
    wall_s: float
    cpu_s: dict[str, float]

    @property
    def per_s(self) -> int:
        """Events a second."""
        return round(self.events / self.wall_s)

    @property
    def cpu_us(self) -> dict[str, float]:
        """Processor microseconds an event, by process and together."""
        each = {name: round(spent / self.events * 1e6, 2) for name, spent in self.cpu_s.items()}
        return {**each, "all": round(sum(self.cpu_s.values()) / self.events * 1e6, 2)}


def fill(settings: Settings, topic: str, events: int, store_process: int) -> Filled:
    """Let an archive, started here, store that many events of one topic."""
    ends: Mapping[tuple[str, int], int] = {
        (topic, partition): end
        for partition, end in end_offsets(settings.kafka_bootstrap, topic).items()
        if end
    }
    store = connect(settings.clickhouse_url)
    beside = {"store": psutil.Process(store_process), "kafka": _broker()}
    before = {name: _cpu_s(process) for name, process in beside.items()}
    started, archive_s = time.monotonic(), 0.0
    with archive_run.running(settings, ends) as archive:
        while behind(ends, frontier_of(store)):
            if archive.poll() is not None:
                raise RuntimeError("the archive ended by itself")
            time.sleep(POLL_S)
        wall_s, archive_s = time.monotonic() - started, _cpu_s(psutil.Process(archive.pid))
    spent = {name: _cpu_s(process) - before[name] for name, process in beside.items()}
    return Filled(events, wall_s, {"archive": archive_s, **spent})


def _broker() -> psutil.Process:
    return next(p for p in psutil.Process().children(recursive=True) if "java" in p.name())


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure() -> dict[str, object]:
    """Every figure."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "store") as process,
        kafka.broker(Path(folder) / "kafka") as bootstrap,
    ):
        topics.ensure(bootstrap)
        address = process.url.replace("http://", "http://default:@")
        return _measure(bootstrap, address, process.popen.pid)


def _measure(bootstrap: str, address: str, store_process: int) -> dict[str, object]:
    compared = Settings(kafka_bootstrap=bootstrap, clickhouse_url=f"{address}/compared")
    reports = feed_telemetry(bootstrap, range(COMPARED_GENERATIONS))
    logins = feed_security(bootstrap, range(COMPARED_LOGINS))
    fill(compared, telemetry.TOPIC, reports, store_process)
    fill(compared, "security-events", logins, store_process)
    result = rebuild(compared, _say, rounds=ROUNDS)
    connect(compared.clickhouse_url).command("DROP DATABASE compared")
    reports += feed_telemetry(bootstrap, range(COMPARED_GENERATIONS, GENERATIONS))
    logins += feed_security(bootstrap, range(COMPARED_LOGINS, LOGINS))
    filled = Settings(kafka_bootstrap=bootstrap, clickhouse_url=f"{address}/default")
    security_filled = fill(filled, "security-events", logins, store_process)
    telemetry_filled = fill(filled, telemetry.TOPIC, reports, store_process)
    return {
        "rebuild_equal": result.equal,
        "rebuild_events_per_s": telemetry_filled.per_s,
        "rebuild_security_events_per_s": security_filled.per_s,
        "telemetry_cpu_us": telemetry_filled.cpu_us,
        "security_cpu_us": security_filled.cpu_us,
        "telemetry_events": reports,
        "security_events": logins,
        "rounds": ROUNDS,
        "compared_events": result.events,
        "compared_projections": len(result.outcome),
        "cores": psutil.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    program(measure, kept=lambda found: bool(found["rebuild_equal"]))
