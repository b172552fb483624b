"""Telemetry batches: Arrow record batches with fixed leading columns and one float64 column a metric, schema version 1.

One Kafka record on `telemetry` is one batch in Arrow's IPC stream format, rows of one partition only, at most `MAX_ROWS` of them,
in the order they were accepted. The Kafka headers carry `schema` (`telemetry.v1`) and `rows` (decimal). A device without a value for a
metric has a null there. Readers ignore columns they don't know.
"""

from __future__ import annotations

import pyarrow as pa

from schemas.errors import Rejected

TOPIC = "telemetry"
SCHEMA_NAME = "telemetry.v1"
METRIC_PREFIX = "metric."
MAX_ROWS = 4096
MAX_METRICS = 256

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


def schema_for(metrics: list[str]) -> pa.Schema:
    """The schema of a batch with these metrics, in this order."""
    fields = [pa.field(METRIC_PREFIX + metric, pa.float64()) for metric in metrics]
    return pa.schema([*LEADING, *fields], metadata=LEADING.metadata)


def metrics_of(schema: pa.Schema) -> list[str]:
    """The names of a batch's metrics, in column order."""
    return [name.removeprefix(METRIC_PREFIX) for name in schema.names if name.startswith(METRIC_PREFIX)]


def encode(batch: pa.RecordBatch) -> tuple[list[tuple[str, bytes]], bytes]:
    """The Kafka headers and value of one batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    headers = [("schema", SCHEMA_NAME.encode()), ("rows", str(batch.num_rows).encode())]
    return headers, sink.getvalue().to_pybytes()


def decode(value: bytes) -> pa.RecordBatch:
    """The batch of one record; Rejected where it is not Arrow or lacks a leading column or has it in another type."""
    try:
        with pa.ipc.open_stream(value) as reader:
            batch = reader.read_all().combine_chunks().to_batches()
            schema = reader.schema
    except (pa.ArrowInvalid, OSError):
        raise Rejected("bad_batch", "value", "not an Arrow IPC stream") from None
    for field in LEADING:
        if schema.get_field_index(field.name) < 0 or schema.field(field.name).type != field.type:
            raise Rejected("bad_batch", field.name, f"missing or not {field.type}")
    return batch[0] if batch else pa.RecordBatch.from_pylist([], schema=schema)
