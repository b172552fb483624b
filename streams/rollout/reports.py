"""Telemetry batches opened for the gate: one row a device and boot count, so a batch of thousands becomes a handful of rows.

A row says: this device reported with this boot count, last at this event time. An event time after the moment the edge
received it is cut to that moment, so one device with a clock in the future can't make "now" jump ahead and everybody else silent. A
device whose clock is behind by more than the policy's silence counts as silent.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from schemas import telemetry
from schemas.boot_count import boot_counts
from schemas.errors import Rejected

Row = tuple[str, str, int | None, int]


def reports(value: bytes | None) -> Iterator[Row]:
    """Rows (tenant, device, boot_count or None, last_us) of one record of `telemetry`; times are Unix microseconds.

    What is not a telemetry batch gives no rows: the archive buries it, a job can't stop for it.
    """
    try:
        batch = telemetry.decode(value or b"")
    except Rejected:
        return
    seen_us = pc.min_element_wise(
        batch["event_time"].cast(pa.int64()), batch["received_time"].cast(pa.int64())
    )
    table = pa.table(
        {
            "tenant": batch["tenant"].cast(pa.string()),
            "device": batch["device"].cast(pa.string()),
            "boot_count": boot_counts(batch),
            "seen_us": seen_us,
        }
    )
    grouped = table.group_by(["tenant", "device", "boot_count"]).aggregate([("seen_us", "max")])
    names = ("tenant", "device", "boot_count", "seen_us_max")
    yield from zip(*(grouped[name].to_pylist() for name in names), strict=True)
