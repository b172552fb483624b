"""How far a what-if is, and what came of it: the differences in actions, and how much they can be trusted. Its JSON is what the API and
`--json` give."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from schemas.alert import Verdict

Score = Literal["better", "worse", "unknown"]
Status = Literal["queued", "running", "done", "failed", "cancelled"]
OVER: tuple[Status, ...] = ("done", "failed", "cancelled")


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one is: log records read of those there are, events in them, the newest event time reached; `problem` says why it failed."""

    status: Status = "queued"
    asked: datetime
    started: datetime | None = None
    ended: datetime | None = None
    records: int = 0
    total_records: int = 0
    events: int = 0
    reached: datetime | None = None
    problem: str = ""


class AlertSide(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert as one side has it; `raised` is the event time of its first finding."""

    alert: str
    tenant: str
    device: str
    kind: str
    title: str
    severity: str
    explanation: str
    raised: datetime


class AlertDifference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert that is gained (only the what-if has it), lost (only the past has it) or changed.

    `verdict` is a person's judgement of it, or, for a gained one, of an alert of the same family on the same device at about the same time;
    empty where nobody judged. `score`: better where a false alert is gone or true one comes, worse where it is the other way round.
    """

    change: Literal["gained", "lost", "changed"]
    was: AlertSide | None = None
    would_be: AlertSide | None = None
    verdict: Verdict | None = None
    score: Score = "unknown"


class DecisionSide(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The strongest thing that was decided about a device's credential, and when by event time; `proposed` waits for a person."""

    action: str
    state: str
    time: datetime
    reason: str
    actor: str = ""


class DeviceDifference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device whose credential would have fared otherwise."""

    tenant: str
    device: str
    was: DecisionSide | None = None
    would_be: DecisionSide | None = None


class GateSide(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's first verdict on a stage that lets somebody act, else its last one."""

    outcome: str
    time: datetime
    explanation: str


class GateDifference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stage that would have been judged otherwise, or at another time; `earlier_s` is negative where it would have been later."""

    tenant: str
    rollout: str
    stage: int
    was: GateSide | None = None
    would_be: GateSide | None = None
    earlier_s: float | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are on both sides."""

    was: int
    would_be: int


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Whether running history without any change gave what really happened: how many facts on the log, how many the same."""

    facts: int
    equal: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a what-if found."""

    sentence: str
    changes: list[str]
    since: datetime | None
    until: datetime | None
    alerts: Count
    devices: Count
    stages: Count
    alert_differences: list[AlertDifference]
    device_differences: list[DeviceDifference]
    gate_differences: list[GateDifference]
    check: Check
    notes: list[str]
    events: int
    records: int
    seconds: float
    history_s: float
    speedup: float
