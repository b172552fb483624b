"""The id of each row of telemetry: `ids.digest("telemetry", tenant, device, ...)`, computed for a whole table at once.

What follows the device is the sender's own id where it gave one, else the event time in microseconds and the canonical metrics, so that
the same report sent twice has the same id and another one has another. Canonical metrics: the names of the metrics with a value, sorted,
each followed by a newline, then their values as big-endian 64-bit floats in the same order (no negative zero).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.ids import SIZE_BYTES
from schemas.telemetry import METRIC_PREFIX, metrics_of


def event_ids(table: pa.Table) -> list[bytes]:
    """16 bytes a row of a table with the columns id, tenant, device, event_time and `metric.*`."""
    ids: list[str | None] = table["id"].to_pylist()
    prefixes = [
        _prefix(t, d) for t, d in zip(table["tenant"].to_pylist(), table["device"].to_pylist(), strict=True)
    ]
    bodies = [b"" if given is None else _part(given.encode()) for given in ids]
    bare = [row for row, given in enumerate(ids) if given is None]
    if bare:
        times = np.asarray(table["event_time"].cast(pa.int64()))
        for row, canonical in zip(bare, canonical_metrics(table.take(bare)), strict=True):
            bodies[row] = _part(b"%d" % times[row]) + _part(canonical)
    return [blake2b(p + b, digest_size=SIZE_BYTES).digest() for p, b in zip(prefixes, bodies, strict=True)]


def canonical_metrics(table: pa.Table) -> list[bytes]:
    """The canonical metrics of each row."""
    names = sorted(metrics_of(table.schema))
    result = [b""] * table.num_rows
    if not names:
        return result
    values = np.column_stack([_floats(table[METRIC_PREFIX + name]) for name in names])
    present = ~np.isnan(values)
    for pattern, rows in _patterns(present):
        text = b"".join(name.encode() + b"\n" for name, has in zip(names, pattern, strict=True) if has)
        packed = np.ascontiguousarray(values[np.ix_(rows, np.flatnonzero(pattern))] + 0.0, dtype=">f8")
        for row, line in zip(rows.tolist(), packed, strict=True):
            result[row] = text + line.tobytes()
    return result


def _patterns(present: npt.NDArray[np.bool_]) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]]:
    """Each combination of metrics with a value, and the rows that have it."""
    if present.all():
        yield present[0], np.arange(len(present))
        return
    packed = np.packbits(present, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    order, ends = np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))
    for row, members in zip(first.tolist(), np.split(order, ends[:-1]), strict=True):
        yield present[row], members


def _floats(column: Any) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _part(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@lru_cache(maxsize=1_000_000)
def _prefix(tenant: str, device: str) -> bytes:
    return _part(b"telemetry") + _part(tenant.encode()) + _part(device.encode())
