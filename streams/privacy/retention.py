"""A run of retention: the cutoffs of each class of data said on the log, which the store follows, and raw input that was consumed deleted.

Kafka removes its own old records by the same table (`schemas.retention`, applied by `streams.log.topics`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from schemas.event import SYSTEM, Envelope, rfc3339
from schemas.ids import derive
from schemas.privacy import RetainedClass, RetentionApplied
from schemas.retention import FOR_EVER, RETENTION, Retention
from streams.privacy.erasure import SOURCE, Writer
from streams.privacy.raw_input import delete_consumed
from streams.privacy.store import Store

EVERY = timedelta(hours=1)


def due(last: datetime | None, now: datetime) -> bool:
    """Whether it is time for a run."""
    return last is None or now - last >= EVERY


def apply(
    bootstrap: str, store: Store, writer: Writer, now: datetime, table: tuple[Retention, ...] = RETENTION
) -> Envelope:
    """One run; returns its event, which is on the log then. Retryable where a part doesn't answer."""
    classes = tuple(
        RetainedClass(name=one.name, cutoff=one.cutoff(now), rows=store.older(one.table, one.cutoff(now)))
        for one in table
        if one.table and one.keep_ms != FOR_EVER
    )
    data = RetentionApplied(classes=classes, raw_records=delete_consumed(bootstrap))
    event = Envelope(
        id=derive("retention", rfc3339(now), msgspec.json.encode(data)),
        type=data.TYPE,
        source=SOURCE,
        subject="retention",
        tenant=SYSTEM,
        time=now,
        data=data,
    )
    writer.append(event)
    writer.flush()
    return event
