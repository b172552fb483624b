"""What was counted, topic `ledger`: by the edge, to compare what came in with what is stored; by detection, what it did not judge."""

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


class DetectionCounted(Event, frozen=True, kw_only=True):
    """What detection made of one partition of telemetry and security events up to an offset, since the log began.

    `scored` reports were judged, `late` ones (older than their device's newest, or sent again) not: they came too late to tell anything.
    `infinite` values were passed over, `unmodelled` ones belong to more metrics than there is room for. `devices` are known now,
    `forgotten` ones had to make room and start anew if they come back. `duplicates` are security events with an id seen before, and
    `flows_forgotten` counts what of network flows had to make room: tenants, habits of devices, and devices whose flows were odd.
    """

    TYPE: ClassVar[str] = "detection.counted.v1"
    TOPIC: ClassVar[str] = "ledger"
    partition: int
    telemetry_offset: int
    scored: int
    late: int
    infinite: int
    unmodelled: int
    devices: int
    forgotten: int
    duplicates: int
    flows_forgotten: int = 0
