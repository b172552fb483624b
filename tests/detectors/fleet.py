"""A small fleet's telemetry in batches, a pure function of its arguments: steady noise, and spikes on chosen devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from schemas import telemetry
from schemas.ids import digest

START = datetime(2026, 3, 1, tzinfo=UTC)
METRICS = ["temperature_c", "tx_kbps", "boot_count"]


def report_batch(tenant: str, rows: list[tuple[str, datetime, list[float | None]]]) -> pa.RecordBatch:
    """A batch of (device, event time, one value a metric of `METRICS`)."""
    count = len(rows)
    times = pa.array([time for _, time, _ in rows], pa.timestamp("us", "UTC"))
    ids = [digest("telemetry", tenant, device, time.isoformat()) for device, time, _ in rows]

    def text(values: list[str]) -> pa.Array:
        return pa.array(values, pa.string()).dictionary_encode()

    columns = [
        pa.array(ids, pa.binary(16)),
        text([tenant] * count),
        text([device for device, _, _ in rows]),
        times,
        times,
        text(["pump"] * count),
        text(["berlin"] * count),
        text(["1.0"] * count),
        *(
            pa.array([values[metric] for _, _, values in rows], pa.float64())
            for metric in range(len(METRICS))
        ),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(METRICS))


def moment(step: int, spacing_s: float = 60.0) -> datetime:
    """When the report number `step` was made."""
    return START + timedelta(seconds=step * spacing_s)


def fleet_batch(
    tenant: str, devices: list[str], step: int, odd: frozenset[str] = frozenset()
) -> pa.RecordBatch:
    """One report of every device; `odd` devices send a hundred times as much."""
    noise = np.random.default_rng([17, step]).standard_normal((len(devices), 2))
    rows: list[tuple[str, datetime, list[float | None]]] = []
    for number, device in enumerate(devices):
        sent = (100 + 5 * noise[number, 1]) * (100 if device in odd else 1)
        rows.append((device, moment(step), [20 + 0.3 * noise[number, 0], sent, 3.0]))
    return report_batch(tenant, rows)
