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


class Contribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One metric at the moment of a finding, odd or not: what was measured and what was expected, in its own unit (its name ends in it).

    `low` and `high` are the expected range; `score` how far `actual` is from `expected`, in robust standard deviations; `p_value` is None
    where nobody counted how often that happens. All numbers are finite.
    """

    metric: str
    actual: float
    expected: float
    low: float
    high: float
    score: float
    p_value: float | None = None


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen and what was expected where that is no measurement: a digest, a number of places, an order of events."""

    what: str
    seen: str
    expected: str


class Cohort(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the device's peers (same tenant, model and site) did at that moment.

    `peers` reported lately, `changed` of them had left their own baselines. Of `metric`: `now` is the median of what they measured last,
    `low` and `high` its extent, `before` the median of what was expected of them; None where no peer reported it. Only the peers of the
    device's own partition are seen.
    """

    peers: int
    changed: int
    model: str = ""
    site: str = ""
    metric: str = ""
    now: float | None = None
    before: float | None = None
    low: float | None = None
    high: float | None = None


class Nearest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The normal value that comes closest to the actual one: inside the device's own range so far, or usual for a peer (`device`).

    `distance` is how far the actual value is from it, in the device's robust standard deviations; 0 where the actual one is normal itself.
    """

    metric: str
    value: float
    distance: float
    device: str = ""


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a finding is about where that is more than its subject: a site, a cohort. A partition sees only its own part of it.

    Findings of one tenant with equal `key`s at about the same time are one thing for a person. `members` of the `of` devices that this
    partition sees are in it (`of` is 0 where that says nothing), and `what` goes on after those numbers, summed over all parts;
    it is empty where the title says the same of any part.
    """

    key: str
    members: int
    of: int = 0
    what: str = ""


class DetectionRaised(Event, frozen=True, kw_only=True):
    """One finding. The subject is the device; `kind` groups findings that say the same thing, so triage can merge them.

    For a baseline finding `metric`, `actual`, `expected`, `low`, `high` are in the metric's own unit, `score` in robust standard
    deviations and `p_value` two-sided; they are None for a rule. `since` is the event time the oddness began.
    `contributions` are the metrics of that moment, most telling first and at most five; `expectations` what a rule expected and saw. They
    and `cohort` and `nearest` are missing in findings made before there were any (see `detectors.explanation` for how they are made).
    `scope` is None where a finding is about its subject only.
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
    contributions: tuple[Contribution, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    cohort: Cohort | None = None
    nearest: Nearest | None = None
    scope: Scope | None = None
