"""Erasure and retention as events, topic `privacy`: what was asked, what was destroyed, what is gone. Never a personal value."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from schemas.event import Envelope, Event, Time, rfc3339
from schemas.ids import derive

PRIVACY = "privacy"


class PrivacyEvent(Event, frozen=True, kw_only=True):
    """Base of everything on `privacy`; the subject is the device it is about, or `retention`."""

    TOPIC: ClassVar[str] = PRIVACY


class SubjectErase(PrivacyEvent, frozen=True, kw_only=True):
    """Erase what is personal about the subject, up to now. `actor` vouches for it, `reason` says on what ground."""

    TYPE: ClassVar[str] = "erase.subject.v1"
    actor: str
    reason: str = ""


class SubjectKeyDestroyed(PrivacyEvent, frozen=True, kw_only=True):
    """The keys of these ids exist no more: no token made with them can be opened, wherever a copy lies.

    `request` is the id of the `erase.subject.v1`. Whoever keeps tokens replaces those of these keys by `[erased]` on meeting this
    event, and what was refused of the subject up to `destroyed_time`; so does a rebuild.
    """

    TYPE: ClassVar[str] = "subject.key_destroyed.v1"
    request: str
    keys: tuple[str, ...]
    destroyed_time: Time


class SubjectErased(PrivacyEvent, frozen=True, kw_only=True):
    """The erasure is complete. `rows` counts for each table of the store the subject's rows that now say `[erased]`; `raw_records` the
    records of `telemetry.raw` given free for deletion (of every sender: raw input is not kept once it is on the log). Where nothing is
    `known` of the subject (no key, no event, no telemetry, nothing refused) nothing was erased: the name may be misspelt."""

    TYPE: ClassVar[str] = "subject.erased.v1"
    request: str
    keys: tuple[str, ...]
    rows: dict[str, int]
    raw_records: int
    requested_time: Time
    actor: str
    reason: str = ""
    known: bool = True


class RetainedClass(msgspec.Struct, frozen=True, kw_only=True):
    """One class of `schemas.retention` in a run: what was recorded before `cutoff` goes, `rows` of it were in the store."""

    name: str
    cutoff: Time
    rows: int


class RetentionApplied(PrivacyEvent, frozen=True, kw_only=True):
    """A run of retention. The store drops what was recorded before the cutoffs on meeting this event; so does a rebuild. `raw_records`
    counts the consumed records of `telemetry.raw` given free for deletion."""

    TYPE: ClassVar[str] = "retention.applied.v1"
    classes: tuple[RetainedClass, ...]
    raw_records: int = 0


def erasure_of(
    tenant: str, device: str, ask: SubjectErase, now: datetime, *, source: str, key: str = ""
) -> Envelope:
    """The request to erase a device as an event. With a `key` (an Idempotency-Key), asking again is the same request."""
    return Envelope(
        id=derive("erasure", tenant, device, "key", key)
        if key
        else derive("erasure", tenant, device, rfc3339(now)),
        type=ask.TYPE,
        source=source,
        subject=device,
        tenant=tenant,
        time=now,
        data=ask,
    )
