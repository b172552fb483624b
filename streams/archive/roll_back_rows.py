"""Roll-backs of models that are asked for among security events as rows: nothing that a device did, but somebody waits for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from schemas import registry
from schemas.errors import Rejected
from schemas.roll_back import RollBackAsked, is_asked
from schemas.security import SECURITY_EVENTS
from streams.archive.buffer import Record
from streams.archive.event_rows import TIME

TABLE = "roll_backs_asked"
ROLL_BACKS = pa.schema(
    [
        ("tenant", pa.string()),
        ("roll_back", pa.string()),
        ("data", pa.binary()),
        ("kafka_partition", pa.uint16()),
        ("kafka_offset", pa.uint64()),
        ("recorded_time", TIME),
        ("archived_time", TIME),
    ]
)


def asks(record: Record) -> bool:
    """Whether a record says that it asks for one; it is no event of the store then, whatever else it holds."""
    return record.topic == SECURITY_EVENTS and is_asked(record.headers)


def roll_back_rows(record: Record, now: datetime) -> list[dict[str, Any]]:
    """The row of one that is asked for; none where the record can't be read, as detection takes that for nothing, too."""
    try:
        envelope = registry.decode(record.headers, record.value or b"")
    except Rejected:
        return []
    if not isinstance(envelope.data, RollBackAsked):
        return []
    return [
        {
            "tenant": envelope.tenant,
            "roll_back": envelope.data.asked.id,
            "data": record.value,
            "kafka_partition": record.partition,
            "kafka_offset": record.offset,
            "recorded_time": record.recorded_time,
            "archived_time": now,
        }
    ]
