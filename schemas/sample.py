"""A sample of an event type, the same every time: what golden files are made of."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import inspect

from schemas.errors import Fatal
from schemas.event import Envelope, Event, rfc3339
from schemas.telemetry import schema_for

TIME = datetime(2026, 1, 31, 12, 30, 45, 250_001, tzinfo=UTC)


def sample_envelope(kind: type[Event], *, full: bool) -> Envelope:
    """An event of a type with every field set to something that is not its default (`full`), or with only the required ones."""
    return Envelope(
        id=f"sample-{'full' if full else 'least'}",
        type=kind.TYPE,
        source="/golden",
        subject="cam-0001",
        tenant="acme",
        time=TIME,
        data=msgspec.convert(sample_of(kind, full=full), kind),
        cause="telemetry/3/42" if full else "",
    )


def sample_of(kind: type[msgspec.Struct], *, full: bool) -> dict[str, Any]:
    """The JSON object of a sample; Fatal names a field whose type has no sample here yet."""
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    return _struct(found, kind.__name__, full)


def sample_batch() -> pa.RecordBatch:
    """Three rows of telemetry: repeated and missing texts, a metric without a value, times that differ."""
    rows = [
        {
            "event_id": bytes(range(row, row + 16)),
            "tenant": "acme",
            "device": f"cam-000{row % 2}",
            "event_time": TIME.replace(second=row),
            "received_time": TIME,
            "model": ("c1", "c2", None)[row],
            "site": "Zürich",
            "firmware": None,
            "metric.temperature_c": (21.5, -40.0, None)[row],
            "metric.boot_count": float(row),
        }
        for row in range(3)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=schema_for(["temperature_c", "boot_count"]))


def _struct(kind: inspect.StructType, at: str, full: bool) -> dict[str, Any]:
    fields = [field for field in kind.fields if full or field.required]
    return {field.encode_name: _value(field.type, f"{at}.{field.encode_name}", full) for field in fields}


def _value(kind: inspect.Type, at: str, full: bool) -> Any:
    name = at.rpartition(".")[2]
    match kind:
        case inspect.StructType():
            return _struct(kind, at, full)
        case inspect.Metadata():
            return _value(kind.type, at, full)
        case inspect.UnionType():
            return _value(next(one for one in kind.types if not isinstance(one, inspect.NoneType)), at, full)
        case inspect.VarTupleType() | inspect.ListType():
            return [_value(kind.item_type, at, full)]
        case inspect.DictType():
            return {name: _value(kind.value_type, f"{at}.{name}", full)}
    return _plain(kind, at)


def _plain(kind: inspect.Type, at: str) -> str | float | bool | None:
    """A value that depends on the field's path, so that two fields swapped by mistake show."""
    number = zlib.crc32(at.encode()) % 900 + 100
    plain: dict[type, Any] = {
        inspect.StrType: f"{at.rpartition('.')[2]} é {number}",
        inspect.IntType: number,
        inspect.FloatType: number + 0.125,
        inspect.BoolType: True,
        inspect.DateTimeType: rfc3339(TIME.replace(microsecond=number * 1000)),
    }
    if isinstance(kind, inspect.LiteralType):
        return kind.values[number % len(kind.values)]
    if isinstance(kind, inspect.StrType) and kind.pattern:
        return f"sha256:{hashlib.sha256(at.encode()).hexdigest()}"
    if type(kind) not in plain:
        raise Fatal(f"{at}: no sample for a {type(kind).__name__}; teach schemas/sample.py")
    return plain[type(kind)]  # type: ignore[no-any-return]
