"""What-ifs as the control API tells them, typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far one is; `status` is queued, running, done, failed or cancelled."""

    status: str = "queued"
    asked: datetime
    ended: datetime | None = None
    records: int = 0
    total_records: int = 0
    events: int = 0
    reached: datetime | None = None
    problem: str = ""


class AlertSide(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it was or would be."""

    alert: str
    tenant: str
    device: str
    kind: str
    title: str
    severity: str
    explanation: str
    raised: datetime


class AlertDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A gained, lost or changed alert; `score` is better, worse or unknown by analysts' verdicts."""

    change: str
    was: AlertSide | None = None
    would_be: AlertSide | None = None
    verdict: str | None = None
    score: str = "unknown"


class DecisionSide(msgspec.Struct, frozen=True, kw_only=True):
    """What was or would be decided about a credential."""

    action: str
    state: str
    time: datetime
    reason: str


class DeviceDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A device whose credential would have fared otherwise."""

    tenant: str
    device: str
    was: DecisionSide | None = None
    would_be: DecisionSide | None = None


class GateSide(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate said or would say."""

    outcome: str
    time: datetime
    explanation: str


class GateDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that would have been judged otherwise or at another time."""

    tenant: str
    rollout: str
    stage: int
    was: GateSide | None = None
    would_be: GateSide | None = None
    earlier_s: float | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many there were and would be."""

    was: int
    would_be: int


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """How many facts on the log came out the same without a change."""

    facts: int
    equal: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What would have been different."""

    sentence: str
    alerts: Count
    devices: Count
    stages: Count
    alert_differences: list[AlertDifference]
    device_differences: list[DeviceDifference]
    gate_differences: list[GateDifference]
    check: Check
    notes: list[str]
    events: int
    seconds: float
    speedup: float


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """One what-if; `result` is there once it is done."""

    id: str
    name: str
    changes: list[str]
    variant: dict[str, Any]
    progress: Progress
    result: Result | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.progress.status in ("done", "failed", "cancelled")

    @property
    def title(self) -> str:
        """Its name, else what it changes."""
        return self.name or ", ".join(self.changes) or "nothing changed"


def what_if(told: dict[str, Any]) -> WhatIf:
    """One what-if from the control API's answer."""
    return msgspec.convert(told, WhatIf)
