"""Telemetry batches become rows whose map has exactly the metrics that were reported."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import telemetry
from schemas.errors import Rejected
from streams.archive.buffer import Record
from streams.archive.telemetry_rows import metrics_map, rows_of
from tests.streams.archive.sample import batch

RECORDED = datetime(2026, 5, 1, 12, 0, 0, 123_000, UTC)

values = st.one_of(st.none(), st.floats(allow_nan=False))


def record(found: pa.RecordBatch) -> Record:
    headers, value = telemetry.encode(found)
    return Record("telemetry", 2, 40, tuple(headers), value, RECORDED)


@given(
    st.integers(0, 6).flatmap(
        lambda n: st.lists(st.lists(values, min_size=n, max_size=n), min_size=1, max_size=20)
    )
)
def test_each_row_has_a_map_of_its_values_that_are_not_null(rows: list[list[float | None]]) -> None:
    names = [f"m{i}" for i in range(len(rows[0]))]
    columns = [pa.array(column, pa.float64()) for column in zip(*rows, strict=True)]
    if not names:
        return
    found = pa.RecordBatch.from_arrays(columns, [telemetry.METRIC_PREFIX + name for name in names])
    expected = [[(n, v) for n, v in zip(names, row, strict=True) if v is not None] for row in rows]
    assert metrics_map(found).to_pylist() == expected


def test_a_batch_becomes_rows_that_know_their_record() -> None:
    rows = rows_of(record(batch("acme", "cam", 0, 3, ("a", "b")))).to_pylist()
    assert [row["metrics"] for row in rows] == [[("a", 0.0), ("b", 0.0)], [("b", 1.0)], [("a", 2.0)]]
    assert {(row["tenant"], row["device"], row["kafka_partition"], row["kafka_offset"]) for row in rows} == {
        ("acme", "cam", 2, 40)
    }
    assert len({row["event_id"] for row in rows}) == 3


@pytest.mark.parametrize("rows", [0, 2])
def test_a_batch_without_metrics_has_empty_maps(rows: int) -> None:
    assert rows_of(record(batch("acme", "cam", 0, rows, ())))["metrics"].to_pylist() == [[]] * rows


def test_a_label_nobody_told_is_empty() -> None:
    found = batch("acme", "cam", 0, 1)
    unknown = pa.array([None], pa.string()).dictionary_encode()
    assert rows_of(record(found.set_column(5, found.schema.field("model"), unknown)))[
        "model"
    ].to_pylist() == [""]


def changed(name: str, values: list[Any], kind: pa.DataType) -> pa.RecordBatch:
    found = batch("acme", "cam", 0, 1)
    column = pa.array(values, kind)
    return found.set_column(found.schema.get_field_index(name), pa.field(name, kind), column)


TIME = pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        (changed("event_id", [None], pa.binary(16)), "event_id"),
        (changed("received_time", [None], TIME), "received_time"),
        (changed("event_time", [datetime(1899, 12, 31, 23, tzinfo=UTC)], TIME), "event_time"),
        (changed("event_time", [datetime(2300, 1, 1, tzinfo=UTC)], TIME), "event_time"),
        (changed("metric.temperature_c", ["warm"], pa.string()), "metric.temperature_c"),
    ],
)
def test_what_cannot_be_stored_is_rejected_by_name(broken: pa.RecordBatch, field: str) -> None:
    with pytest.raises(Rejected) as caught:
        rows_of(record(broken))
    assert caught.value.field == field
