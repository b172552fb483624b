"""What triage remembers: of each device its alerts, the findings already in them and its exceptions; of each kind its verdicts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from detectors.feedback.bar import Cell
from detectors.feedback.exceptions import Exceptions
from detectors.feedback.sign import Sign
from schemas.detection import Scope, Severity

REMEMBERED_ALERTS = 32
REMEMBERED_FINDINGS = 256


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert as its events left it; `last` is the event time of its newest finding, `kinds` in the order they came.

    `signs` are its findings that have a strength, by kind and direction. One that is set aside opened nothing and may still be judged.
    """

    id: str
    status: Literal["open", "acknowledged", "closed", "set_aside"]
    kinds: tuple[str, ...]
    kind: str
    title: str
    explanation: str
    severity: Severity
    detections: int
    last: datetime
    signs: dict[str, Sign] = {}
    scope: Scope | None = None


class CutOff(msgspec.Struct, frozen=True, kw_only=True):
    """When (event time) and how a device's credential stopped working."""

    at: datetime
    action: Literal["hold", "revoke"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One device's alerts by id, in the order they opened, the ids of its newest findings, oldest first, and its exceptions.

    `cut_off` is None for a device that may connect. `quiet` counts, by kind and direction, alerts that a bar kept from opening since the
    last one that opened or was judged.
    """

    alerts: dict[str, Alert] = {}
    findings: tuple[str, ...] = ()
    exceptions: Exceptions = Exceptions()
    quiet: dict[str, int] = {}
    cut_off: CutOff | None = None

    def with_alert(self, alert: Alert) -> Case:
        """The case after an alert changed; beyond a limit the oldest that nobody works on are forgotten."""
        alerts = {**self.alerts, alert.id: alert}
        closed = [name for name, one in alerts.items() if one.status in ("closed", "set_aside")]
        for name in closed[: max(len(alerts) - REMEMBERED_ALERTS, 0)]:
            del alerts[name]
        return msgspec.structs.replace(self, alerts=alerts)

    def with_finding(self, detection: str) -> Case:
        """The case after a finding was taken; the limit on ids is far above what a crash of detection can repeat."""
        return msgspec.structs.replace(self, findings=(*self.findings, detection)[-REMEMBERED_FINDINGS:])


class Cases(msgspec.Struct, kw_only=True):
    """Everything triage knows of one partition: cases by `tenant/device`, verdicts by `tenant/kind direction`.

    Verdicts on devices of other partitions are among them as far as this one was told (see `detectors.feedback.sharing`).
    """

    devices: dict[str, Case] = {}
    cells: dict[str, Cell] = {}
