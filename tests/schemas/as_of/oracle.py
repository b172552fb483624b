"""What a plain fold of the raw records says: slow, short, and written without a look at the SQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from schemas.alert import (
    AlertAcknowledged,
    AlertClosed,
    AlertEvent,
    AlertOpened,
    AlertSetAside,
    AlertUpdated,
)
from schemas.credential import CredentialDecided, EnforcementRecorded
from schemas.rollout import GateJudged, RolloutDefined, StageFinished, StageStarted
from schemas.security import DeviceProvisioned, SessionClosed, SessionOpened
from tests.schemas.as_of.history import DEVICES, SEVERITIES, Told

SILENT_AFTER = timedelta(minutes=5)


def counted(history: list[Told], at: datetime, known: datetime) -> list[Told]:
    """Each id's first record, if it counts at that moment, in log order."""
    first: dict[tuple[str, str, str], Told] = {}
    for told in history:
        first.setdefault((told.topic, told.subject, told.id), told)
    return [told for told in first.values() if told.time <= at and told.recorded_time <= known]


def alerts(seen: list[Told], device: str) -> dict[str, dict[str, Any]]:
    """Every alert of a device."""
    found: dict[str, dict[str, Any]] = {}
    for data in (told.data for told in seen if told.subject == device):
        if not isinstance(data, AlertEvent):
            continue
        blank = {"status": "open", "risk": 0, "severity": "", "title": "", "verdict": "", "evidence": []}
        alert = found.setdefault(data.alert, blank)
        match data:
            case AlertOpened() | AlertUpdated() | AlertSetAside():
                alert.update(risk=data.risk, severity=data.severity, title=data.title)
                alert["evidence"] += [e.event for e in data.evidence if e.event not in alert["evidence"]]
                if isinstance(data, AlertOpened):
                    alert.update(status="open", verdict="")
                if isinstance(data, AlertSetAside):
                    alert.update(status="closed", verdict=data.reason)
            case AlertAcknowledged():
                alert.update(status="acknowledged", verdict="")
            case AlertClosed():
                alert.update(status="closed", verdict=data.verdict)
    return found


def credential(seen: list[Told], device: str) -> dict[str, Any]:
    """What receipts proved, what was wanted, the decision in force."""
    state, wanted, decision = "active", "active", ""
    for told in seen:
        match told.data:
            case CredentialDecided(state="decided", action=action) if (
                told.subject == device and action != "monitor"
            ):
                decision = told.id
                meant = {"hold": "held", "restrict": "restricted", "revoke": "revoked"}.get(action, "active")
                wanted = "revoked" if wanted == "revoked" else meant
            case EnforcementRecorded(action=action, step=step) if told.subject == device:
                if step == "reinstated":
                    state = "revoked" if state == "revoked" else "active"
                elif step in ("ca_updated", "revocation_visible") and state != "revoked":
                    state = {"hold": "held", "revoke": "revoked"}.get(action, "active")
    wanted = "revoked" if state == "revoked" else wanted
    return {
        "state": state,
        "wanted": wanted,
        "pending": wanted not in ("restricted", state),
        "decision": decision,
    }


def sessions(seen: list[Told], device: str) -> set[str]:
    """Sessions opened and not closed."""
    told = [t.data for t in seen if t.subject == device]
    closed = {data.session for data in told if isinstance(data, SessionClosed)}
    return {data.session for data in told if isinstance(data, SessionOpened)} - closed


def last_report(seen: list[Told], device: str) -> Told | None:
    """The newest telemetry."""
    return max(_reports(seen, device), key=lambda told: (told.time, told.id), default=None)


def firmware(seen: list[Told], device: str) -> str:
    """What it last said it runs, else what it was provisioned with."""
    said = [told for told in _reports(seen, device) if told.firmware]
    if said:
        return max(said, key=lambda told: (told.time, told.id)).firmware
    provisioned = [t.data for t in seen if t.subject == device and isinstance(t.data, DeviceProvisioned)]
    return provisioned[-1].firmware if provisioned else ""


def exists(seen: list[Told], device: str) -> bool:
    """Whether it had been provisioned or heard of."""
    provisioned = any(t.subject == device and isinstance(t.data, DeviceProvisioned) for t in seen)
    return provisioned or last_report(seen, device) is not None


def rollout(seen: list[Told]) -> dict[str, Any] | None:
    """The one rollout: its state and the newest verdict of each stage."""
    started: dict[int, None] = {}
    outcomes: dict[int, str] = {}
    gates: dict[int, str] = {}
    defined = False
    for data in (told.data for told in seen):
        match data:
            case RolloutDefined():
                defined = True
            case StageStarted(stage=stage):
                started[stage] = None
            case StageFinished(stage=stage, outcome=outcome):
                started[stage] = None
                outcomes[stage] = outcome
            case GateJudged(stage=stage):
                gates[stage] = data.outcome
    stage = max(started, default=0)
    done = outcomes.get(stage, "")
    state = "defined" if not stage else "rolled_back" if done == "rolled_back" else "running"
    if done == "promoted":
        state = "promoted" if stage >= 2 else "waiting"
    if not defined and not started and not gates:
        return None
    return {"state": state if defined else None, "gates": gates, "stage": stage if defined else None}


def fleet(seen: list[Told], at: datetime) -> dict[str, Any]:
    """Counts over the devices."""
    known = [device for device in DEVICES if exists(seen, device)]
    open_alerts = [a for d in known for a in alerts(seen, d).values() if a["status"] != "closed"]
    reports = [report for device in known if (report := last_report(seen, device)) is not None]
    reporting = sum(report.time >= at - SILENT_AFTER for report in reports)
    return {
        "devices": {"known": len(known), "reporting": reporting, "silent": len(known) - reporting},
        "credentials": {
            state: sum(credential(seen, d)["state"] == state for d in known)
            for state in ("active", "held", "revoked")
        },
        "open_alerts": {one: sum(alert["severity"] == one for alert in open_alerts) for one in SEVERITIES},
    }


def _reports(seen: list[Told], device: str) -> Iterator[Told]:
    return (told for told in seen if told.subject == device and told.data is None)
