"""Telemetry and events as the other processes write them, for the archive's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from schemas import ids, telemetry
from schemas.event import Envelope, Event

EPOCH = datetime(2026, 5, 1, 12, tzinfo=UTC)


def batch(
    tenant: str, device: str, first: int, rows: int, metrics: tuple[str, ...] = ("temperature_c",)
) -> pa.RecordBatch:
    """`rows` events of one device, numbered from `first`, a second apart; metric m of row i is i, or null where i % 3 == index of m + 1."""
    numbers = range(first, first + rows)
    times = pa.array([EPOCH + timedelta(seconds=i) for i in numbers], pa.timestamp("us", "UTC"))
    label = {name: pa.array([name] * rows).dictionary_encode() for name in ("model", "site", "firmware")}
    columns = [
        pa.array([ids.digest("telemetry", tenant, device, i) for i in numbers], pa.binary(16)),
        pa.array([tenant] * rows, pa.string()).dictionary_encode(),
        pa.array([device] * rows, pa.string()).dictionary_encode(),
        times,
        times,
        *label.values(),
        *(
            pa.array([None if i % 3 == m + 1 else float(i) for i in numbers], pa.float64())
            for m in range(len(metrics))
        ),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(list(metrics)))


def envelope(tenant: str, subject: str, number: int, data: Event, after_s: float = 0.0) -> Envelope:
    """An event about `subject`, with an id of its own for each number, `after_s` after the sample's beginning."""
    return Envelope(
        id=ids.derive("event", tenant, subject, number),
        type=data.TYPE,
        source="sample",
        subject=subject,
        tenant=tenant,
        time=EPOCH + timedelta(seconds=after_s),
        data=data,
        cause="telemetry/0/0",
    )
