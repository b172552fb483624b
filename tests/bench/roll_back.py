"""What a roll-back of models costs over a long log: `python -m tests.bench.roll_back --json`, one JSON line.

One partition of a real broker is filled, the detection worker judges it all, and then what one device taught in a tenth of the time is
unlearned. `pause_s` is how long the partition judged nothing, by the worker's own clock; `blind_s` is from asking until the detection
of what was sent right behind the roll-back is on the log. `cpu_s` is the worker's processor time meanwhile, of all its threads.
`equal` says whether the worker's models are to the byte what the reports give that were not named, learned once in this process.
Measured for full batches, as a busy edge makes them, and for small ones, as a fleet that trickles in does; and for network flows
(`tests.bench.roll_back_flows`).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import typer

from detectors import snapshot
from detectors.baseline.snapshot import COUNTS
from detectors.state import State, observe_telemetry
from detectors.unlearning import without
from infra import kafka
from schemas import telemetry
from schemas.roll_back import ModelsRolledBack, RollBack, is_roll_back
from streams.log import snapshots, topics
from streams.log.reader import end_offsets, records
from streams.log.roll_backs import answers, ask, roll_back
from streams.log.writer import LogWriter
from tests.bench import roll_back_flows
from tests.bench.univariate import FIRST_US, METRICS, SPACING_US
from tests.bench.worker import devices_of
from tests.streams.worker import WorkerProcess, wait_for, workers, written

PARTITION = 0
EVENTS, SMALL_EVENTS, SMALL_ROWS = 10_000_000, 500_000, 50
FLOWS = 200_000
ODD_REPORTS = 20
LONGEST_S = 900.0


@dataclass(frozen=True, slots=True)
class Log:
    """So many events of a tenant, so many in a batch."""

    tenant: str
    events: int
    rows: int

    @property
    def devices(self) -> list[str]:
        """The devices of the partition."""
        return devices_of(self.tenant, PARTITION)

    def time(self, number: int) -> datetime:
        """When report `number` of the log was made."""
        at_us = FIRST_US + number // len(self.devices) * SPACING_US
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)

    def asked(self) -> RollBack:
        """What the first device taught in the sixth tenth of the log."""
        begin, end = self.events // 2, self.events // 2 + self.events // 10
        name, device = f"of-{self.tenant}", self.devices[0]
        return roll_back(name, self.tenant, device, self.time(begin), self.time(end), "bench", "poisoned")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Steady noise, every device in turn a minute later."""
        chance, devices = np.random.default_rng(7), self.devices
        for start in range(0, self.events, self.rows):
            numbers = np.arange(start, start + self.rows)
            yield batch(self.tenant, devices, numbers, chance.normal(100, 3, (len(METRICS), self.rows)))

    def odd(self) -> pa.RecordBatch:
        """What the first device reports behind them: one metric far beyond the others' 100."""
        first, count = (self.events + self.rows) // len(self.devices) + 1, len(self.devices)
        values = np.full((len(METRICS), ODD_REPORTS), 100.0)
        values[METRICS.index("tx_kbps")] = 1e6
        return batch(self.tenant, self.devices, (first + np.arange(ODD_REPORTS)) * count, values)


def batch(tenant: str, devices: list[str], numbers: np.ndarray, values: np.ndarray) -> pa.RecordBatch:
    """One report each of the devices whose turn it is."""
    rows = len(numbers)
    zeros = pa.array(np.zeros(rows, np.int32))
    tenants, model, site, firmware = (
        pa.DictionaryArray.from_arrays(zeros, pa.array([word])) for word in (tenant, "pump", "berlin", "1.0")
    )
    which, steps = numbers % len(devices), numbers // len(devices)
    device = pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array(devices))
    times = pa.array(FIRST_US + steps * SPACING_US).cast(pa.timestamp("us", "UTC"))
    halves = np.stack([numbers, numbers], 1).astype(np.int64)
    ids = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(halves)])
    columns = [ids, tenants, device, times, times, model, site, firmware, *map(pa.array, values.round(2))]
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(METRICS))


def write(writer: LogWriter, made: pa.RecordBatch) -> None:
    """Put a batch on the log."""
    headers, value = telemetry.encode(made)
    writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=PARTITION)


def caught_up(bootstrap: str) -> bool:
    """Whether the partition's newest snapshot reflects all telemetry there is."""
    found = snapshots.newest(bootstrap, PARTITION)
    end = end_offsets(bootstrap, telemetry.TOPIC)[PARTITION]
    return found is not None and found.offsets.get(telemetry.TOPIC) == end


def measured(bootstrap: str, home: Path, log: Log) -> dict[str, object]:
    """The figures of one log."""
    writer = LogWriter(bootstrap, "ingest")
    for made in log.batches():
        write(writer, made)
    writer.flush(120)
    with workers(bootstrap, home) as start:
        worker = start("detection", VEDETTE_SNAPSHOT_S="1").wait_ready(LONGEST_S)
        wait_for(lambda: caught_up(bootstrap), "all to be judged", LONGEST_S)
        told, blind_s, cpu_s = rolled_back(bootstrap, worker, writer, log)
        wait_for(lambda: caught_up(bootstrap), "the last snapshot", LONGEST_S)
        assert worker.stop() == 0, worker.log
    took_s = told.took_s or 0.0
    return {
        "pause_s": took_s,
        "blind_s": round(blind_s, 2),
        "cpu_s": round(cpu_s, 2),
        "reports": told.reports,
        "unlearned": told.unlearned,
        "reports_per_s": round(told.reports / took_s),
        "equal": told.models_after == never_learned(bootstrap, log),
        "changed": told.models_before != told.models_after,
    }


def rolled_back(
    bootstrap: str, worker: WorkerProcess, writer: LogWriter, log: Log
) -> tuple[ModelsRolledBack, float, float]:
    """What detection said of the roll-back, seconds until the report behind it was judged, and its processor's."""
    process, begin = psutil.Process(worker._process.pid), end_offsets(bootstrap, ModelsRolledBack.TOPIC)
    spent, began_s = sum(process.cpu_times()[:2]), time.time()
    ask(bootstrap, log.asked())
    write(writer, log.odd())
    writer.flush()

    def found_s() -> list[float]:
        # Noise alone may have been found before; behind the roll-back is only the odd report.
        times_s = [one.timestamp()[1] / 1000 for one, _ in written(bootstrap, "detections", log.tenant)]
        return [one for one in times_s if one > began_s]

    wait_for(lambda: bool(found_s()), "the odd report", LONGEST_S)
    cpu_s = sum(process.cpu_times()[:2]) - spent
    (told,) = (one for one in answers(bootstrap, log.asked().id, begin) if isinstance(one, ModelsRolledBack))
    return told, min(found_s()) - began_s, cpu_s


def never_learned(bootstrap: str, log: Log) -> str:
    """The hash of models that never met what was named; totals are since the log began, so they are those of all."""
    state, everything = State(), dict.fromkeys(COUNTS, 0)
    for message in records(bootstrap, telemetry.TOPIC, partitions=[PARTITION]):
        made = telemetry.decode(message.value() or b"")
        if is_roll_back(made):
            break
        everything["scored"] += made.num_rows
        kept = without(made, [log.asked()])
        if kept.num_rows:
            observe_telemetry(state, kept, "")
    for name, count in everything.items():
        setattr(state.block, name, count)
    return snapshot.models_hash(state)


def measure(events: int, flows: int) -> dict[str, object]:
    """Every figure, each log on a broker of its own."""
    figures: dict[str, object] = {"bench": "roll_back"}
    logs = {
        "full": Log("bench", events, telemetry.MAX_ROWS),
        "small": Log("trickle", SMALL_EVENTS, SMALL_ROWS),
    }
    for name, log in logs.items():
        with tempfile.TemporaryDirectory() as folder, kafka.broker(Path(folder) / "kafka") as bootstrap:
            topics.ensure(bootstrap)
            figures |= {f"{name}_{k}": v for k, v in measured(bootstrap, Path(folder), log).items()}
    with tempfile.TemporaryDirectory() as folder, kafka.broker(Path(folder) / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        found = roll_back_flows.measured(bootstrap, Path(folder), flows)
        figures |= {f"flows_{k}": v for k, v in found.items()}
    return {**figures, "cores": psutil.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}


def main(
    events: int = typer.Option(EVENTS, help="events of the log of full batches"),
    flows: int = typer.Option(FLOWS, help="network flows of the log of security events"),
    as_json: bool = typer.Option(False, "--json", help="print JSON"),
) -> None:
    """Measure; exit code 1 where the models are not equal to the byte."""
    figures = measure(events, flows)
    lines = "\n".join(f"{name:<24} {value}" for name, value in figures.items())
    sys.stdout.write((json.dumps(figures) if as_json else lines) + "\n")
    sys.exit(0 if all(figures[f"{name}_equal"] for name in ("full", "small", "flows")) else 1)


if __name__ == "__main__":
    typer.run(main)
