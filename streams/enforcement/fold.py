"""Reading what was already done, before anything is done."""

from __future__ import annotations

from typing import Any

from schemas import registry
from schemas.credential import EnforcementRecorded
from schemas.errors import Rejected
from streams.enforcement.receipts import Receipts
from streams.log.reader import records

TOPIC = EnforcementRecorded.TOPIC


def fold(bootstrap: str, partition: int, log: Any) -> Receipts:
    """The state of one partition: the fold of its receipts. One that can't be read is logged and left out; Retryable where Kafka fails."""
    receipts = Receipts()
    for message in records(bootstrap, TOPIC, partitions=[partition]):
        try:
            receipts.add(registry.decode(message.headers(), message.value() or b""))
        except Rejected as error:
            origin = f"{TOPIC}/{partition}/{message.offset()}"
            log.warning("a receipt can't be read", origin=origin, problem=str(error))
    return receipts
