"""How much faster than real time a what-if runs for the demo fleet: `python -m tests.bench.what_if --json`.

The past is the simulator's: twelve minutes of the fleet alive at its live rate, in batches as ingest makes them, on a real broker. The
what-if changes the baseline, so every event is scored twice: as it was and as it would be. Compiling is not counted, connecting is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from detectors.state import compile_all
from detectors.variant.parsing import parse
from infra import kafka
from infra.simulator import fleet
from infra.simulator.behaviour import METRICS, Behaviour
from infra.simulator.live import PERIOD_S, TURNS
from schemas import telemetry
from schemas.ids import digest
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.log import topics
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from streams.what_if.history import History
from streams.what_if.run import run
from tests.bench.command import program

SEED, HOURS = 7, 0.2
# Times as fast as life.
LEAST_SPEEDUP = 100
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Silent:
    """Nobody looks."""

    def read(self, records: int, events: int, reached: object) -> None:
        """Go on."""


def turns(hours: float) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The batches of each turn of the fleet's life, one a partition, as ingest writes them: a turn is as long as its linger."""
    devices = fleet.make(SEED)
    behaviour = Behaviour(devices)
    home = [partition_of(f"{one.tenant}/{one.name}".encode(), PARTITIONS) for one in devices.devices]
    groups = [
        [
            [one for one in devices.devices[turn::TURNS] if home[one.index] == partition]
            for partition in range(PARTITIONS)
        ]
        for turn in range(TURNS)
    ]
    origin_s = START.timestamp()
    for turn in range(int(hours * 3600 / PERIOD_S) * TURNS):
        time_s = origin_s + turn * PERIOD_S / TURNS
        values, sends = behaviour.at(time_s, origin_s), behaviour.sends(time_s)
        for partition, group in enumerate(groups[turn % TURNS]):
            reporting = [one for one in group if sends[one.index]]
            if reporting:
                yield partition, batch(reporting, values, START + timedelta(seconds=turn * PERIOD_S / TURNS))


def batch(devices: list[fleet.Device], values: np.ndarray, time: datetime) -> pa.RecordBatch:
    """One report of each device."""

    def text(words: list[str]) -> pa.Array:
        return pa.array(words, pa.string()).dictionary_encode()

    times = pa.array([time] * len(devices), pa.timestamp("us", "UTC"))
    ids = pa.array([digest(one.name, str(time)) for one in devices], pa.binary(16))
    names = [
        text([getattr(one, field) for one in devices])
        for field in ("tenant", "name", "model", "site", "firmware")
    ]
    measured = [pa.array(row[[one.index for one in devices]], from_pandas=True) for row in values]
    columns = [ids, names[0], names[1], times, times, *names[2:], *measured]
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(list(METRICS)))


def fill(bootstrap: str, hours: float) -> int:
    """Put the past on the log; returns how many events it has."""
    writer, events = LogWriter(bootstrap, "ingest"), 0
    for number, (partition, made) in enumerate(turns(hours), start=1):
        headers, value = telemetry.encode(made)
        writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=partition)
        events += made.num_rows
        if number % 5000 == 0:
            writer.flush()
    writer.flush()
    return events


def measured(hours: float) -> dict[str, Any]:
    """The figures."""
    variant = parse({"baseline": {"spike_z": 6.0, "spike_factor": 1.5}})
    compile_all()
    with tempfile.TemporaryDirectory() as folder, kafka.broker(Path(folder)) as bootstrap:
        topics.ensure(bootstrap)
        events = fill(bootstrap, hours)
        settings = Settings(kafka_bootstrap=bootstrap)
        result = run(settings, variant, History(bootstrap, Silent()), Silent())
    assert result.events == events
    return {
        "what_if_speedup": result.speedup,
        "events": result.events,
        "seconds": result.seconds,
        "events_per_s": round(result.events / result.seconds),
        "history_s": result.history_s,
    }


if __name__ == "__main__":
    program(lambda: measured(HOURS), kept=lambda found: found["what_if_speedup"] >= LEAST_SPEEDUP)
