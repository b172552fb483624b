"""How fast the store is rebuilt from the log, and whether it is equal: `python -m tests.bench.rebuild --json`, one JSON line.

Telemetry and security events are stored apart into databases of their own to have a rate each, start of the archive included; then one
store with both is rebuilt twice and its digests are compared.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import typer

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
from tests.bench.detection import START, batches
from tests.infra.clickhouse.server import serving

DEVICES, LOGINS = 500, 200
# Each is 400,000 reports, enough of them that the archive's start weighs little.
GENERATIONS = 4
TENANT = "bench"
ROUNDS = 2


def feed_telemetry(bootstrap: str) -> int:
    """Reports of 4000 devices, one a minute, in batches of one partition's devices; how many events that is."""
    writer, events = LogWriter(bootstrap, "ingest"), 0
    for partition in range(PARTITIONS):
        made = batches(partition)
        for generation in range(GENERATIONS):
            for batch in made:
                headers, value = telemetry.encode(_later(batch, generation))
                writer.append_raw(telemetry.TOPIC, value, key=b"", headers=headers, partition=partition)
                events += batch.num_rows
            writer.flush()
    return events


def _later(batch: pa.RecordBatch, generation: int) -> pa.RecordBatch:
    """The same reports so many days later, with ids of their own."""
    days = pa.scalar(timedelta(days=generation), pa.duration("us"))
    marked = [bytes([generation]) + name.as_py()[1:] for name in batch.column("event_id")]
    columns = {name: batch.column(name) for name in batch.schema.names}
    columns["event_id"] = pa.array(marked, pa.binary(16))
    for name in ("event_time", "received_time"):
        columns[name] = pc.add(batch.column(name), days)
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)


def feed_security(bootstrap: str) -> int:
    """Logins of 500 devices, every tenth refused; how many events that is."""
    writer = LogWriter(bootstrap, "ingest", linger_ms=20)
    for number in range(LOGINS):
        for device in range(DEVICES):
            writer.append(_login(f"device-{device:05}", number))
        writer.flush()
    return LOGINS * DEVICES


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


def fill_s(settings: Settings, topic: str) -> float:
    """Seconds that an archive needs, from its start, to store one topic in an empty database."""
    ends: Mapping[tuple[str, int], int] = {
        (topic, partition): end
        for partition, end in end_offsets(settings.kafka_bootstrap, topic).items()
        if end
    }
    store = connect(settings.clickhouse_url)
    started = time.monotonic()
    with archive_run.running(settings, ends) as archive:
        while behind(ends, frontier_of(store)):
            if archive.poll() is not None:
                raise RuntimeError("the archive ended by itself")
            time.sleep(0.1)
        return time.monotonic() - started


def measure() -> dict[str, object]:
    """Every figure."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "store") as process,
        kafka.broker(Path(folder) / "kafka") as bootstrap,
    ):
        topics.ensure(bootstrap)
        return _measure(bootstrap, process.url)


def _measure(bootstrap: str, url: str) -> dict[str, object]:
    def settings(database: str) -> Settings:
        address = url.replace("http://", "http://default:@")
        return Settings(kafka_bootstrap=bootstrap, clickhouse_url=f"{address}/{database}")

    reports, logins = feed_telemetry(bootstrap), feed_security(bootstrap)
    telemetry_s = fill_s(settings("telemetry_only"), telemetry.TOPIC)
    security_s = fill_s(settings("security_only"), "security-events")
    connect(settings("telemetry_only").clickhouse_url).command("DROP DATABASE telemetry_only")
    connect(settings("default").clickhouse_url).command("DROP DATABASE security_only")
    both = settings("both")
    fill_s(both, telemetry.TOPIC)
    fill_s(both, "security-events")
    result = rebuild(both, _say, rounds=ROUNDS)
    return {
        "rebuild_equal": result.equal,
        "rebuild_events_per_s": round(reports / telemetry_s),
        "rebuild_security_events_per_s": round(logins / security_s),
        "rebuild_mixed_events_per_s": round(result.events_per_s),
        "rounds": ROUNDS,
        "projections": len(result.outcome),
        "telemetry_events": reports,
        "security_events": logins,
        "load_average": round(os.getloadavg()[0], 1),
    }


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(as_json: bool = typer.Option(False, "--json", help="print JSON")) -> None:
    """Measure; exit code 1 where a rebuilt store is not equal."""
    figures = measure()
    lines = "\n".join(f"{name:<32} {value}" for name, value in figures.items())
    sys.stdout.write((msgspec.json.encode(figures).decode() if as_json else lines) + "\n")
    sys.exit(0 if figures["rebuild_equal"] else 1)


if __name__ == "__main__":
    typer.run(main)
