"""A telemetry batch as the baseline's columns: slots, times, values, in event-time order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.baseline.block import Block, Column
from detectors.baseline.parameters import is_counter
from schemas.errors import Rejected
from schemas.telemetry import METRIC_PREFIX, metrics_of


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a batch sorted by event time (rows of one time keep their order); `rows` are their places in the batch."""

    rows: Column
    slots: Column
    times_us: Column
    values: npt.NDArray[np.float64]
    metrics: Column


def columns_of(block: Block, batch: pa.RecordBatch) -> Columns:
    """The batch's columns, with new devices and metrics given places in `block`; Rejected where a metric is not float64 or infinite."""
    metrics = [metric for metric in metrics_of(batch.schema) if not is_counter(metric)]
    values = np.empty((batch.num_rows, len(metrics)))
    for place, metric in enumerate(metrics):
        values[:, place] = _values(batch, metric)
    times_us = batch.column("event_time").cast(pa.int64()).to_numpy()
    rows = np.argsort(times_us, kind="stable")
    slots = _slots(block, batch)
    columns = np.array([block.column(metric) for metric in metrics], np.int64)
    return Columns(rows, slots[rows], times_us[rows], values[rows], columns)


def _values(batch: pa.RecordBatch, metric: str) -> npt.NDArray[np.float64]:
    column = batch.column(METRIC_PREFIX + metric)
    if column.type != pa.float64():
        raise Rejected("bad_batch", METRIC_PREFIX + metric, "is not float64")
    values: npt.NDArray[np.float64] = column.to_numpy(zero_copy_only=False)
    if np.isinf(values).any():
        raise Rejected("bad_batch", METRIC_PREFIX + metric, "has an infinite value")
    return values


def _slots(block: Block, batch: pa.RecordBatch) -> Column:
    """The slot of each row; a device's cohort is the one of its last row in the batch."""
    names = {name: _codes(batch, name) for name in ("tenant", "device", "model", "site")}
    tenants, devices = names["tenant"][0], names["device"][0]
    together = tenants.astype(np.int64) << 32 | devices
    # Of the reversed codes the first of each kind is the last row of that device.
    distinct, last, inverse = np.unique(together[::-1], return_index=True, return_inverse=True)
    slots = np.empty(len(distinct), np.int64)
    # In the order of appearance, so that slots don't depend on how Arrow numbered the names.
    for place in np.argsort(len(together) - 1 - last):
        row = len(together) - 1 - last[place]
        tenant, device, model, site = (_text(names[name], row) for name in names)
        slots[place] = block.slot(tenant, device)
        block.join(int(slots[place]), (tenant, model, site))
    by_row: Column = slots[inverse[::-1]]
    return by_row


def _codes(batch: pa.RecordBatch, name: str) -> tuple[npt.NDArray[np.int32], list[str]]:
    column: Any = batch.column(name)
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, column.dictionary.to_pylist()


def _text(coded: tuple[npt.NDArray[np.int32], list[str]], row: int) -> str:
    code = int(coded[0][row])
    return "" if code < 0 else coded[1][code]
