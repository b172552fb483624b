"""Everything but telemetry as rows: events verbatim, and dead letters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from schemas import registry
from schemas.dead_letter import SEALED
from schemas.errors import Rejected
from schemas.event import Envelope, parse_time
from streams.archive.buffer import Record
from streams.sealing.letter import cut

RAW_BYTES = 64 * 1024
TIME = pa.timestamp("us", "UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EVENTS = pa.schema(
    [
        *((name, pa.string()) for name in ("tenant", "topic", "subject", "id", "type", "source")),
        ("time", TIME),
        ("cause", pa.string()),
        ("data", pa.binary()),
        ("kafka_partition", pa.uint16()),
        ("kafka_offset", pa.uint64()),
        ("recorded_time", TIME),
        ("archived_time", TIME),
    ]
)

DEAD_LETTERS = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("id", "tenant", "device", "code", "field", "reason", "origin", "process")
        ),
        ("time", TIME),
        ("size_bytes", pa.uint64()),
        ("raw", pa.binary()),
        ("kafka_partition", pa.uint16()),
        ("kafka_offset", pa.uint64()),
        ("recorded_time", TIME),
        ("archived_time", TIME),
    ]
)


def event_row(record: Record, now: datetime) -> dict[str, Any]:
    """The row of one event; Rejected where the record is none, is on the wrong topic, or its time can't be stored."""
    envelope = registry.decode(record.headers, record.value or b"")
    _check(envelope, record.topic)
    return {
        "tenant": envelope.tenant,
        "topic": record.topic,
        "subject": envelope.subject,
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "time": envelope.time,
        "cause": envelope.cause,
        "data": record.value,
        "kafka_partition": record.partition,
        "kafka_offset": record.offset,
        "recorded_time": record.recorded_time,
        "archived_time": now,
    }


def dead_letter_row(record: Record, now: datetime) -> dict[str, Any]:
    """The row of one dead letter. Never refuses: what the headers don't say is empty, and the id then is where the record lies."""
    said = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    raw = record.value or b""
    row = {
        name: said.get(name, "")
        for name in ("tenant", "device", "code", "field", "reason", "origin", "process")
    }
    return {
        **row,
        "id": said.get("id") or record.origin,
        "time": _time(said.get("time", "")),
        "size_bytes": _size(said.get("size_bytes", ""), len(raw)),
        "raw": cut(raw, RAW_BYTES) if said.get("sealed") == SEALED else raw[:RAW_BYTES],
        "kafka_partition": record.partition,
        "kafka_offset": record.offset,
        "recorded_time": record.recorded_time,
        "archived_time": now,
    }


def _check(envelope: Envelope, topic: str) -> None:
    home = type(envelope.data).TOPIC
    if topic != home:
        raise Rejected("wrong_topic", "type", f"events of this type belong on {home}")
    if not 1900 <= envelope.time.year < 2300:
        raise Rejected("bad_time", "time", "before 1900 or after 2299")


def _time(text: str) -> datetime:
    try:
        time = parse_time(text)
    except Rejected:
        return EPOCH
    return time if 1900 <= time.year < 2300 else EPOCH


def _size(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else default
