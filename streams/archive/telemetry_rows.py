"""A telemetry batch as rows of the `telemetry` table: the metric columns become one map column, without a Python loop over rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import telemetry
from schemas.errors import Rejected
from streams.archive.buffer import Record

LABELS = ("model", "site", "firmware")
# What DateTime64 can hold, and toYYYYMM with it.
EARLIEST = pa.scalar(-2_208_988_800_000_000, pa.timestamp("us", "UTC"))
LATEST = pa.scalar(10_413_792_000_000_000, pa.timestamp("us", "UTC"))

RECORDED = pa.timestamp("us", "UTC")
# As the batches have it and ClickHouse takes it; it saves building each text again on either side.
TEXT = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("tenant", TEXT),
        ("device", TEXT),
        ("event_time", pa.timestamp("us", "UTC")),
        ("received_time", pa.timestamp("us", "UTC")),
        ("event_id", pa.binary(16)),
        *((label, TEXT) for label in LABELS),
        ("metrics", pa.map_(TEXT, pa.float64())),
        ("kafka_partition", pa.uint16()),
        ("kafka_offset", pa.uint64()),
        ("recorded_time", RECORDED),
    ]
)


def rows_of(record: Record) -> pa.Table:
    """The rows of one record of `telemetry`, in its order.

    Rejected where it is no telemetry batch, or has a null in a leading column or a time that can't be stored.
    """
    batch = telemetry.decode(record.value or b"")
    _check(batch)
    columns = {
        "tenant": batch["tenant"],
        "device": batch["device"],
        "event_time": batch["event_time"],
        "received_time": batch["received_time"],
        "event_id": batch["event_id"],
        **{label: _told(batch[label]) for label in LABELS},
        "metrics": metrics_map(batch),
        "kafka_partition": pa.repeat(pa.scalar(record.partition, pa.uint16()), batch.num_rows),
        "kafka_offset": pa.repeat(pa.scalar(record.offset, pa.uint64()), batch.num_rows),
        "recorded_time": pa.repeat(pa.scalar(record.recorded_time, RECORDED), batch.num_rows),
    }
    return pa.table(columns, schema=SCHEMA)


def metrics_map(batch: pa.RecordBatch) -> pa.MapArray:
    """The metric columns as one map a row, holding only metrics that are not null; Rejected where one isn't numbers."""
    names = telemetry.metrics_of(batch.schema)
    columns = [_numbers(batch, name) for name in names]
    rows, width = batch.num_rows, len(names)
    values = np.empty((rows, width))
    for place, column in enumerate(columns):
        values[:, place] = column.fill_null(0.0).to_numpy(zero_copy_only=False)
    which = np.tile(np.arange(width, dtype=np.int32), rows)
    ends = np.arange(rows + 1, dtype=np.int32) * width
    flat = values.reshape(-1)
    if any(column.null_count for column in columns):
        present = np.column_stack([c.is_valid().to_numpy(zero_copy_only=False) for c in columns])
        ends = np.concatenate(([0], np.cumsum(present.sum(axis=1)))).astype(np.int32)
        which, flat = which[present.reshape(-1)], flat[present.reshape(-1)]
    keys = pa.DictionaryArray.from_arrays(pa.array(which), pa.array(names, pa.string()))
    return pa.MapArray.from_arrays(ends, keys, pa.array(flat))


def _told(labels: pa.DictionaryArray) -> pa.Array:
    """Labels with an empty text for what nobody told."""
    if not labels.null_count and not labels.dictionary.null_count:
        return labels
    return labels.cast(pa.string()).fill_null("").dictionary_encode().cast(TEXT)


def _numbers(batch: pa.RecordBatch, name: str) -> pa.Array:
    try:
        return batch[telemetry.METRIC_PREFIX + name].cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError):
        raise Rejected("bad_batch", telemetry.METRIC_PREFIX + name, "not one column of numbers") from None


def _check(batch: pa.RecordBatch) -> None:
    for name in ("event_id", "tenant", "device", "event_time", "received_time"):
        column = batch[name]
        if column.null_count or (column.type == TEXT and column.dictionary.null_count):
            raise Rejected("bad_batch", name, "has a row without a value")
    for name in ("event_time", "received_time"):
        times = batch[name]
        inside = pc.and_(pc.greater_equal(times, EARLIEST), pc.less(times, LATEST))
        if not pc.all(inside).as_py() and batch.num_rows:
            raise Rejected("bad_time", name, "before 1900 or after 2299")
