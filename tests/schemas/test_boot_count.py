"""What of a metric is a boot count."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from schemas.boot_count import BOOT_COUNT, boot_counts


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        (0.0, 0),
        (7.0, 7),
        (7.9, 7),
        (2.0**53 - 1, 2**53 - 1),
        (2.0**53, None),
        (-1.0, None),
        (math.nan, None),
        (math.inf, None),
        (None, None),
    ],
)
def test_whole_numbers_that_can_be_counts_are(sent: float | None, count: int | None) -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([sent], pa.float64())], [BOOT_COUNT])
    assert boot_counts(batch).to_pylist() == [count]


def test_who_sends_none_has_none() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([1.0, 2.0])], ["metric.other"])
    assert boot_counts(batch).to_pylist() == [None, None]
