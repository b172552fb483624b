"""A telemetry batch as the baseline's columns: slots, times and values, and the order of event time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.baseline.batch import Batch
from detectors.baseline.block import Block
from detectors.baseline.groups import Codes, Groups, codes_of, groups_of
from detectors.baseline.lanes import unmanaged
from detectors.baseline.name_table import Ints
from detectors.baseline.parameters import is_counter
from schemas.errors import Rejected
from schemas.telemetry import METRIC_PREFIX

FLOAT = pa.float64()
# The counters that tell of a start.
BOOTS, UPTIME = "boot_count", "uptime_s"


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a batch: `order` is by event time, rows of one time as they came (part by part, where the batch was joined of several);
    `batch.values[i]` is metric column `columns[i]`; `received_us` is when each row came, `groups` what rows say of where they come from.
    """

    order: Ints
    batch: Batch
    received_us: Ints
    columns: Ints
    groups: Groups

    @property
    def slots(self) -> Ints:
        """The slot of each row's device."""
        return self.batch.slots

    @property
    def times_us(self) -> Ints:
        """When each report was made, in microseconds since 1970."""
        return self.batch.times_us

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """The metrics' values, a row a metric."""
        return self.batch.values


def columns_of(block: Block, batch: pa.RecordBatch, parts: Sequence[int] = ()) -> Columns:
    """The batch's columns, with new devices and metrics given places in `block`.

    `parts` are the numbers of rows of the batches it was joined of, which keep their order. Rejected where a metric is not float64 or a
    time is missing.
    """
    times_us, received_us = (_times(batch, name) for name in ("event_time", "received_time"))
    columns, values = _values(block, batch)
    groups = groups_of(batch)
    slots = _slots(block, batch, groups)
    boots, uptimes_s = (_counter(batch, name) for name in (BOOTS, UPTIME))
    rows = Batch(slots, times_us, values, boots, uptimes_s, _firmware(groups))
    return Columns(_order(times_us, parts), rows, received_us, columns, groups)


def _order(times_us: Ints, parts: Sequence[int]) -> Ints:
    # Most batches are in order already.
    if (times_us[1:] >= times_us[:-1]).all():
        return np.arange(len(times_us))
    return (
        np.lexsort((times_us, np.repeat(np.arange(len(parts)), parts)))
        if parts
        else np.argsort(times_us, kind="stable")
    )


def _counter(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.float32]:
    """A counter's values, NaN where the batch has none."""
    place = batch.schema.get_field_index(METRIC_PREFIX + name)
    if place < 0:
        return np.full(batch.num_rows, np.nan, np.float32)
    with np.errstate(over="ignore"):
        values: npt.NDArray[np.float32] = (
            batch.column(place).to_numpy(zero_copy_only=False).astype(np.float32)
        )
    return values


def _firmware(groups: Groups) -> npt.NDArray[np.int32]:
    """A number for each row's firmware that is the same in every batch, 0 for none."""
    texts = (group.firmware for group in groups.groups)
    numbers = [crc32(text.encode()) & 0x7FFFFFFF or 1 if text else 0 for text in texts]
    return groups.spread(numbers).astype(np.int32)


def _times(batch: pa.RecordBatch, name: str) -> Ints:
    """Microseconds since 1970, as they lie in the batch."""
    column: Any = batch.column(name)
    if column.null_count:
        raise Rejected("bad_batch", name, "is missing in a row")
    if not len(column):
        return np.frombuffer(b"", np.int64)
    return np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column)]


def _values(block: Block, batch: pa.RecordBatch) -> tuple[Ints, npt.NDArray[np.float32]]:
    """The block's columns of the batch's metrics that have a baseline, and their values, a row a metric."""
    metrics = [(metric, batch.column(place)) for place, metric in _metrics(tuple(batch.schema.names))]
    for metric, column in metrics:
        if column.type != FLOAT:
            raise Rejected("bad_batch", METRIC_PREFIX + metric, "is not float64")
    values = np.empty((len(metrics), batch.num_rows), np.float32)
    numbers: list[int] = []
    with np.errstate(over="ignore"):
        for metric, column in metrics:
            number = block.column(metric)
            if number < 0:
                block.unmodelled += len(column) - column.null_count
                continue
            values[len(numbers)] = column.to_numpy(zero_copy_only=False)
            numbers.append(number)
    return np.array(numbers, np.int64), values[: len(numbers)]


@lru_cache(maxsize=1024)
def _metrics(names: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """The places and names of the metrics that may have a baseline, of a batch's column names."""
    metrics = ((place, name.removeprefix(METRIC_PREFIX)) for place, name in enumerate(names))
    return tuple(
        (place, metric)
        for place, metric in metrics
        if metric != names[place] and not is_counter(names[place])
    )


def _slots(block: Block, batch: pa.RecordBatch, groups: Groups) -> Ints:
    """The slot of each row; a device's cohort is the one of its last row in the batch."""
    codes, dictionary = codes_of(batch, "device")
    tenants = groups.spread([block.names.tenant(group.tenant) for group in groups.groups])
    slots = block.slots(tenants, codes, *_bytes(dictionary))
    cohorts = [block.cohort((group.tenant, group.model, group.site)) for group in groups.groups]
    _join(block.heads, slots, groups.spread(cohorts), block.cohorts.members)
    return slots


def _bytes(dictionary: Any) -> tuple[Codes, npt.NDArray[np.uint8]]:
    """A string array's offsets and bytes as they are, with an empty text behind the last one (for rows without)."""
    size = len(dictionary)
    _, offsets, data = dictionary.buffers()
    if not size or offsets is None:
        return np.zeros(2, np.int32), np.frombuffer(b"", np.uint8)
    edges = np.frombuffer(offsets, np.int32)[dictionary.offset : dictionary.offset + size + 1]
    text = np.frombuffer(data if data is not None else b"", np.uint8)
    return np.append(edges, edges[-1]), text


@unmanaged
def _join(heads: npt.NDArray[Any], slots: Ints, cohorts: Ints, members: npt.NDArray[np.int32]) -> None:
    for row in range(slots.shape[0]):
        head, number = heads[slots[row]], cohorts[row]
        known = head.first_s != 0
        if known and head.cohort == number:
            continue
        if known and 0 <= head.cohort < members.shape[0] - 1:
            members[head.cohort + 1] -= 1
        if 0 <= number < members.shape[0] - 1:
            members[number + 1] += 1
        head.cohort = number
        # Known from now on, though its first report is yet to be scored.
        head.first_s = max(head.first_s, 1)
