"""A detector's finding on one device, topic `detections`, written by detection only."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from schemas.event import Event, Time

Severity = Literal["low", "medium", "high", "critical"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One input a finding rests on: the event's id, where it lies in the log, and what it says in one line."""

    event: str
    origin: str
    time: Time
    summary: str


class DetectionRaised(Event, frozen=True, kw_only=True):
    """One finding. The subject is the device; `kind` groups findings that say the same thing, so triage can merge them.

    For a baseline finding `metric`, `actual`, `expected`, `low`, `high` are in the metric's own unit, `score` in robust standard
    deviations and `p_value` two-sided; they are None for a rule. `since` is the event time the oddness began.
    """

    TYPE: ClassVar[str] = "detection.raised.v1"
    TOPIC: ClassVar[str] = "detections"
    detector: str
    version: int
    kind: str
    severity: Severity
    title: str
    explanation: str
    since: Time
    evidence: tuple[Evidence, ...] = ()
    metric: str | None = None
    actual: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    score: float | None = None
    p_value: float | None = None
