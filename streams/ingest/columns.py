"""Many telemetry objects at once: Arrow's JSON reader over the joined lines, every rule checked in columns.

It says only *that* something is wrong with a row, or with the whole; `record.py` says what. It never accepts what `record.py` wouldn't.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from schemas.pki import NAME
from schemas.telemetry import METRIC_PREFIX
from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.record import MAX_TEXT, OLDEST_US
from streams.ingest.sanitise import is_secret
from streams.ingest.unit import Unit

TEXTS = ("id", "model", "site", "firmware")
FIELDS = ("id", "tenant", "device", "time", "model", "site", "firmware")
STAMP = pa.timestamp("us", "UTC")
Mask = npt.NDArray[np.bool_]


def read(units: Sequence[Unit], known: Sequence[str], early_us: int) -> tuple[pa.Table, Mask] | None:
    """A table with one row a unit, and which rows are valid; None where they can't be read together.

    `known` are the metric names that may occur. The table's columns: id, tenant, device, event_time, received_time, model, site,
    firmware and `metric.<name>` for each metric with a value in it.
    """
    raw = _read_json([unit.raw for unit in units], known)
    if raw is None:
        return None
    try:
        times = raw["time"].cast(STAMP)
    except pa.ArrowInvalid:
        return None
    tenant, tenant_good = _identity(raw["tenant"], [unit.tenant for unit in units])
    device, device_good = _identity(raw["device"], [unit.device for unit in units])
    received = np.fromiter((unit.received_us for unit in units), np.int64, len(units))
    good = tenant_good & device_good & _times_good(times, received + early_us)
    good &= np.fromiter((len(unit.raw) <= MAX_EVENT_BYTES for unit in units), np.bool_, len(units))
    for name in TEXTS:
        good &= _texts_good(raw[name])
    metrics, metrics_good = _metrics(raw["metrics"], known)
    columns = {
        "id": raw["id"],
        "tenant": tenant,
        "device": device,
        "event_time": times,
        "received_time": pa.array(received).cast(STAMP),
        **{name: raw[name] for name in TEXTS[1:]},
        **metrics,
    }
    return pa.table(columns), good & metrics_good


def _read_json(lines: list[bytes], known: Sequence[str]) -> pa.Table | None:
    joined = b"\n".join(lines)
    # Rows are matched to senders by position. Lines that begin with { and end with } can't share one object (what follows a value inside
    # an object is never {, and a string can't hold a newline), so with as many rows as lines each line is exactly one object.
    together = joined[:1] == b"{" and joined[-1:] == b"}"
    if not together or not joined.count(b"}\n{") == joined.count(b"\n") == len(lines) - 1:
        return None
    try:
        # Arrow takes any bytes for text; what reads its columns later does not.
        joined.decode()
    except UnicodeDecodeError:
        return None
    fields = [pa.field(name, pa.string()) for name in FIELDS]
    schema = pa.schema([*fields, pa.field("metrics", pa.struct([(name, pa.float64()) for name in known]))])
    reading = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
    parsing = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    try:
        table = pj.read_json(pa.BufferReader(joined), reading, parsing)
    except (pa.ArrowException, UnicodeDecodeError):
        return None
    return table.combine_chunks() if table.num_rows == len(lines) else None


def _identity(claimed: Any, proven: list[str]) -> tuple[pa.Array, Mask]:
    certain = pa.array(proven)
    is_proven = pc.not_equal(certain, "")
    same = pc.fill_null(pc.equal(claimed, certain), True)
    effective = pc.if_else(is_proven, certain, claimed).combine_chunks()
    names = pc.fill_null(effective, "").dictionary_encode()
    good = (bool(NAME.fullmatch(name)) and not is_secret(name) for name in names.dictionary.to_pylist())
    sane = np.fromiter(good, np.bool_)
    claims_good = pc.or_(same, pc.invert(is_proven))
    return effective, _mask(claims_good) & sane[np.asarray(names.indices)]


def _times_good(times: Any, latest_us: npt.NDArray[np.int64]) -> Mask:
    values = np.asarray(pc.fill_null(times.cast(pa.int64()), -1))
    return (values >= OLDEST_US) & (values <= latest_us)


def _texts_good(column: Any) -> Mask:
    lengths = np.asarray(pc.fill_null(pc.utf8_length(column), 1))
    return (lengths >= 1) & (lengths <= MAX_TEXT)


def _metrics(struct: Any, known: Sequence[str]) -> tuple[dict[str, Any], Mask]:
    good = _mask(pc.is_valid(struct))
    columns: dict[str, Any] = {}
    for name, column in zip(known, struct.combine_chunks().flatten(), strict=True):
        if column.null_count < len(column):
            good &= _mask(pc.fill_null(pc.is_finite(column), True))
            columns[METRIC_PREFIX + name] = column
    return columns, good


def _mask(array: Any) -> Mask:
    return np.asarray(array, dtype=np.bool_)
