"""Telemetry batches: Arrow record batches with fixed leading columns and one float64 column a metric, schema version 1.

One Kafka record on `telemetry` is one batch in Arrow's IPC stream format, its buffers compressed with LZ4 (readers take plain ones too):
rows of one partition only, at most `MAX_ROWS` of them, in the order they were accepted. The Kafka headers carry `schema` (`telemetry.v1`)
and `rows` (decimal). A device without a value for a metric has a null there. Readers ignore columns they don't know. A batch
without rows may ask for a roll-back of models (`schemas.roll_back`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from schemas.errors import Rejected

TOPIC = "telemetry"
SCHEMA_NAME = "telemetry.v1"
METRIC_PREFIX = "metric."
MAX_ROWS = 4096
MAX_METRICS = 256

DOUBLE = pa.float64()
TEXT = pa.dictionary(pa.int32(), pa.string())
LEADING = pa.schema(
    [
        pa.field("event_id", pa.binary(16), nullable=False),
        pa.field("tenant", TEXT, nullable=False),
        pa.field("device", TEXT, nullable=False),
        pa.field("event_time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("received_time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("model", TEXT),
        pa.field("site", TEXT),
        pa.field("firmware", TEXT),
    ],
    metadata={b"schema": SCHEMA_NAME.encode()},
)

LEADING_FIELDS = tuple(LEADING)

# Compressed here and not only by Kafka: what is hashed, copied and kept is then a third of the size. A batch is too small to be worth
# several threads: waking them takes longer than the work.
WRITE = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
READ = pa.ipc.IpcReadOptions(use_threads=False)

BatchUpcaster = Callable[[pa.RecordBatch], pa.RecordBatch]
# For each retired version the step to the next one, as `schemas.upcast` has for events.
UPCASTERS: dict[str, BatchUpcaster] = {}


def schema_for(metrics: list[str]) -> pa.Schema:
    """The schema of a batch with these metrics, in this order."""
    fields = [pa.field(METRIC_PREFIX + metric, DOUBLE) for metric in metrics]
    return pa.schema([*LEADING, *fields], metadata=LEADING.metadata)


def metrics_of(schema: pa.Schema) -> list[str]:
    """The names of a batch's metrics, in column order."""
    return [name.removeprefix(METRIC_PREFIX) for name in schema.names if name.startswith(METRIC_PREFIX)]


def encode(batch: pa.RecordBatch) -> tuple[list[tuple[str, bytes]], bytes]:
    """The Kafka headers and value of one batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=WRITE) as writer:
        writer.write_batch(batch)
    headers = [("schema", SCHEMA_NAME.encode()), ("rows", str(batch.num_rows).encode())]
    return headers, sink.getvalue().to_pybytes()


def decode(value: bytes, upcasters: Mapping[str, BatchUpcaster] = UPCASTERS) -> pa.RecordBatch:
    """The batch of one record as today's version, also where an older one was written.

    Rejected where it is not Arrow, of a version nobody knows, or lacks a leading column or has it in another type.
    """
    try:
        batch = _whole(value)
        # Lengths, offsets and dictionary indices: Arrow believes them, and reads beyond its memory where they lie.
        batch.validate(full=True)
        batch = _upcast(batch, dict(upcasters))
        _check(batch.schema)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise Rejected("bad_batch", "value", "not an Arrow IPC stream") from None
    return batch


def _whole(value: bytes) -> pa.RecordBatch:
    """All rows of a stream as one batch; most streams have one, which is then taken as it is."""
    with pa.ipc.open_stream(value, options=READ) as reader:
        batches = list(reader)
        if len(batches) != 1:
            batches = pa.Table.from_batches(batches, reader.schema).combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=reader.schema)


def _upcast(batch: pa.RecordBatch, steps: dict[str, BatchUpcaster]) -> pa.RecordBatch:
    while (version := version_of(batch.schema)) != SCHEMA_NAME:
        if version not in steps:
            raise Rejected("unknown_schema", "schema", f"is not {SCHEMA_NAME} nor a version before it")
        batch = steps.pop(version)(batch)
    return batch


def _check(schema: pa.Schema) -> None:
    """Rejected where a leading column is missing, there twice or of another type, or a metric is not of doubles."""
    names, types = schema.names, schema.types
    for field in LEADING_FIELDS:
        if names.count(field.name) != 1 or types[names.index(field.name)] != field.type:
            raise Rejected("bad_batch", field.name, f"missing or not {field.type}")
    for name, kind in zip(names, types, strict=True):
        if name.startswith(METRIC_PREFIX) and kind != DOUBLE:
            raise Rejected("bad_batch", name, "is not a column of doubles")


def version_of(schema: pa.Schema) -> str:
    """The version a batch says it is of; one that says nothing is taken for today's and checked as such."""
    return ((schema.metadata or {}).get(b"schema") or SCHEMA_NAME.encode()).decode("utf-8", "replace")
