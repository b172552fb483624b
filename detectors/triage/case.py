"""What triage remembers of a device: its alerts and the findings already in them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from schemas.detection import Severity

REMEMBERED_ALERTS = 32
REMEMBERED_FINDINGS = 256


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as its events left it; `last` is the event time of its newest finding, `kinds` in the order they came."""

    id: str
    status: Literal["open", "acknowledged", "closed"]
    kinds: tuple[str, ...]
    kind: str
    title: str
    explanation: str
    severity: Severity
    detections: int
    last: datetime


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One device's alerts by id, in the order they opened, and the ids of its newest findings, oldest first."""

    alerts: dict[str, Alert] = {}
    findings: tuple[str, ...] = ()

    def with_alert(self, alert: Alert) -> Case:
        """The case after an alert changed; beyond a limit the oldest closed alerts are forgotten."""
        alerts = {**self.alerts, alert.id: alert}
        closed = [name for name, one in alerts.items() if one.status == "closed"]
        for name in closed[: max(len(alerts) - REMEMBERED_ALERTS, 0)]:
            del alerts[name]
        return msgspec.structs.replace(self, alerts=alerts)

    def with_finding(self, detection: str) -> Case:
        """The case after a finding was merged; the limit on ids is far above what a crash of detection can repeat."""
        return msgspec.structs.replace(self, findings=(*self.findings, detection)[-REMEMBERED_FINDINGS:])
