"""Telemetry batches."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import telemetry
from schemas.errors import Rejected

TIME = datetime(2026, 3, 1, tzinfo=UTC)


def batch(rows: int) -> pa.RecordBatch:
    columns = {
        "event_id": [bytes([row % 256]) * 16 for row in range(rows)],
        "tenant": ["acme"] * rows,
        "device": [f"cam-{row}" for row in range(rows)],
        "event_time": [TIME] * rows,
        "received_time": [TIME] * rows,
        "model": [None] * rows,
        "site": ["berlin"] * rows,
        "firmware": ["1.0"] * rows,
        "metric.cpu_pct": [float(row) if row % 2 else None for row in range(rows)],
    }
    return pa.RecordBatch.from_pydict(columns, schema=telemetry.schema_for(["cpu_pct"]))


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_a_batch_survives_kafka(rows: int) -> None:
    headers, value = telemetry.encode(batch(rows))
    assert telemetry.decode(value).to_pylist() == batch(rows).to_pylist()
    assert dict(headers)["rows"] == str(rows).encode()
    assert telemetry.metrics_of(batch(rows).schema) == ["cpu_pct"]


@given(st.binary(max_size=300))
def test_any_bytes_are_rejected(value: bytes) -> None:
    with pytest.raises(Rejected):
        telemetry.decode(value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Rejected, match="device"):
        telemetry.decode(telemetry.encode(batch(2).drop_columns(["device"]))[1])


@given(st.data())
@settings(max_examples=200)
def test_damaged_bytes_are_rejected_or_still_a_batch_that_can_be_read(data: st.DataObject) -> None:
    _, value = telemetry.encode(batch(3))
    damaged = bytearray(value)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        telemetry.decode(bytes(damaged)).to_pylist()
    except Rejected as error:
        assert error.code in ("bad_batch", "unknown_schema")


def test_a_metric_of_another_type_is_rejected() -> None:
    good = batch(2)
    text = good.append_column(pa.field("metric.text", pa.string()), pa.array(["a", "b"]))
    with pytest.raises(Rejected, match="not a column of doubles"):
        telemetry.decode(telemetry.encode(text)[1])
