"""The metric by which a device says how often it has started: the gate counts a device's restarts by it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from schemas.telemetry import METRIC_PREFIX

BOOT_COUNT = METRIC_PREFIX + "boot_count"
EXACT = 2.0**53  # from here on not every whole number is a float


def boot_counts(batch: pa.RecordBatch) -> pa.Array:
    """A batch's boot counts as whole numbers (int64), the fraction cut off; null where a device sent none or one that can't be a count."""
    if batch.schema.get_field_index(BOOT_COUNT) < 0:
        return pa.nulls(batch.num_rows, pa.int64())
    sent = batch[BOOT_COUNT]
    possible = pc.and_(pc.greater_equal(sent, 0.0), pc.less(sent, EXACT))
    return pc.floor(pc.if_else(possible, sent, None)).cast(pa.int64())
