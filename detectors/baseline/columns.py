"""A telemetry batch as the baseline's columns: slots, times and values, and the order of event time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.kernel import Batch
from detectors.baseline.lanes import unmanaged
from detectors.baseline.names import Ints
from detectors.baseline.parameters import is_counter
from schemas.errors import Rejected
from schemas.telemetry import METRIC_PREFIX

Codes = npt.NDArray[np.int32]
FLOAT = pa.float64()
# The counters that tell of a start.
BOOTS, UPTIME = "boot_count", "uptime_s"


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a batch: `order` is by event time, rows of one time as they came; `batch.values[i]` is metric column `columns[i]`;
    `received_us` is when each row came.
    """

    order: Ints
    batch: Batch
    received_us: Ints
    columns: Ints

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


def columns_of(block: Block, batch: pa.RecordBatch) -> Columns:
    """The batch's columns, with new devices and metrics given places in `block`.

    Rejected where a metric is not float64 or a time is missing.
    """
    times_us, received_us = (_times(batch, name) for name in ("event_time", "received_time"))
    places, columns = _metrics(block, batch)
    values = np.empty((len(places), batch.num_rows), np.float32)
    with np.errstate(over="ignore"):
        for place, values_of in zip(places, values, strict=True):
            values_of[:] = batch.column(place).to_numpy(zero_copy_only=False)
    # Most batches are in order already.
    ascending = bool((times_us[1:] >= times_us[:-1]).all())
    order = np.arange(len(times_us)) if ascending else np.argsort(times_us, kind="stable")
    slots = _slots(block, batch)
    boots, uptimes_s = (_counter(batch, name) for name in (BOOTS, UPTIME))
    return Columns(
        order, Batch(slots, times_us, values, boots, uptimes_s, _firmware(batch)), received_us, columns
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


def _firmware(batch: pa.RecordBatch) -> npt.NDArray[np.int32]:
    """A number for each row's firmware that is the same in every batch, 0 for none."""
    codes, texts = text_of(batch, "firmware")
    numbers = [crc32(text.encode()) & 0x7FFFFFFF or 1 if text else 0 for text in texts]
    found: npt.NDArray[np.int32] = np.array([*numbers, 0], np.int32)[codes]
    return found


def _times(batch: pa.RecordBatch, name: str) -> Ints:
    """Microseconds since 1970, as they lie in the batch."""
    column: Any = batch.column(name)
    if column.null_count:
        raise Rejected("bad_batch", name, "is missing in a row")
    if not len(column):
        return np.frombuffer(b"", np.int64)
    return np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column)]


def _metrics(block: Block, batch: pa.RecordBatch) -> tuple[list[int], Ints]:
    """The places in the batch of the metrics that have a baseline, and their columns in the block."""
    names = batch.schema.names
    metrics = [
        (place, name.removeprefix(METRIC_PREFIX))
        for place, name in enumerate(names)
        if name.startswith(METRIC_PREFIX) and not is_counter(name)
    ]
    for place, metric in metrics:
        if batch.column(place).type != FLOAT:
            raise Rejected("bad_batch", METRIC_PREFIX + metric, "is not float64")
    columns = np.array([block.column(metric) for _, metric in metrics], np.int64)
    for number in np.flatnonzero(columns < 0):
        column = batch.column(metrics[number][0])
        block.unmodelled += len(column) - column.null_count
    places = [place for (place, _), column in zip(metrics, columns, strict=True) if column >= 0]
    return places, columns[columns >= 0]


def _slots(block: Block, batch: pa.RecordBatch) -> Ints:
    """The slot of each row; a device's cohort is the one of its last row in the batch."""
    tenant_codes, tenants = text_of(batch, "tenant")
    numbers = np.array([block.names.tenant(name) for name in [*tenants, ""]], np.int64)
    codes, dictionary = _codes(batch, "device")
    offsets, data = _bytes(dictionary)
    slots = block.slots(numbers[tenant_codes], codes, offsets, data)
    models, sites = text_of(batch, "model"), text_of(batch, "site")
    combined = (tenant_codes.astype(np.int64) * (len(models[1]) + 1) + models[0]) * (len(sites[1]) + 1)
    combined += sites[0]
    room = (len(tenants) + 1) * (len(models[1]) + 1) * (len(sites[1]) + 1)
    firsts, cohorts = distinct(combined, room)
    named = np.empty(len(firsts), np.int32)
    for place, row in enumerate(firsts):
        tenant, model, site = (
            [*names, ""][name[row]] for name, names in ((tenant_codes, tenants), models, sites)
        )
        named[place] = block.cohort((tenant, model, site))
    _join(block.heads, slots, cohorts, named, block.cohorts.members)
    return slots


def _codes(batch: pa.RecordBatch, name: str) -> tuple[Codes, Any]:
    """The places in the dictionary of a text column, one past its end for no text, and the dictionary."""
    column: Any = batch.column(name)
    indices = column.indices
    if indices.null_count:
        indices = indices.fill_null(len(column.dictionary))
    return indices.to_numpy(zero_copy_only=False), column.dictionary


def text_of(batch: pa.RecordBatch, name: str) -> tuple[Codes, list[str]]:
    """The places of a text column in its dictionary, one past its end for no text, and the dictionary's words."""
    codes, dictionary = _codes(batch, name)
    return codes, [text or "" for text in dictionary.to_pylist()]


def _bytes(dictionary: Any) -> tuple[Codes, npt.NDArray[np.uint8]]:
    """A string array's offsets and bytes as they are, with an empty text behind the last one (for rows without)."""
    size = len(dictionary)
    _, offsets, data = dictionary.buffers()
    if not size or offsets is None:
        return np.zeros(2, np.int32), np.frombuffer(b"", np.uint8)
    edges = np.frombuffer(offsets, np.int32)[dictionary.offset : dictionary.offset + size + 1]
    text = np.frombuffer(data if data is not None else b"", np.uint8)
    return np.append(edges, edges[-1]), text


def distinct(combined: Ints, room: int) -> tuple[Ints, Ints]:
    """Rows that are the first with their number (each less than `room`), and which of those each row is like."""
    if room > 1 << 18:
        _, first, cohorts = np.unique(combined, return_index=True, return_inverse=True)
        return first, cohorts
    cohorts = np.empty(len(combined), np.int64)
    first = np.empty(min(room, len(combined)), np.int64)
    number = _number(combined, np.full(room, -1, np.int64), first, cohorts)
    return first[:number], cohorts


@unmanaged
def _number(combined: Ints, seen: Ints, first: Ints, cohorts: Ints) -> int:
    number = 0
    for row in range(combined.shape[0]):
        if seen[combined[row]] < 0:
            seen[combined[row]] = number
            first[number] = row
            number += 1
        cohorts[row] = seen[combined[row]]
    return number


@unmanaged
def _join(
    heads: npt.NDArray[Any], slots: Ints, cohorts: Ints, named: Codes, members: npt.NDArray[np.int32]
) -> None:
    for row in range(slots.shape[0]):
        head, number = heads[slots[row]], named[cohorts[row]]
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
