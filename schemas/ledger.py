"""What the edge counted, topic `ledger`: the one place to compare what came in with what is stored."""

from __future__ import annotations

from typing import ClassVar

from schemas.event import Event


class IngestCounted(Event, frozen=True, kw_only=True):
    """Running totals of one ingest process and one way in since it started; a restarted process has a new `instance`.

    `received` = `accepted` + `dead_lettered`, counted only once Kafka acknowledged what each became. `redacted` counts the secrets
    that were withheld from what was written (`streams/ingest/sanitise`).
    """

    TYPE: ClassVar[str] = "ingest.counted.v1"
    TOPIC: ClassVar[str] = "ledger"
    instance: str
    channel: str
    received: int
    accepted: int
    dead_lettered: int
    redacted: int = 0
