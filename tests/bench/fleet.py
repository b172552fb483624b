"""Telemetry of a made-up fleet for benchmarks: every device of a partition reports once a batch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from schemas import telemetry
from schemas.ids import digest
from schemas.topics import PARTITIONS
from streams.log.partition import partition_of

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
DEVICES, STEPS = 4000, 100
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
