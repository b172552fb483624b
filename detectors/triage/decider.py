"""Triage as a decider: findings and people's actions in, alert events out; the state is the fold of the alert events."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from detectors.triage.case import Alert, Case
from detectors.triage.urgency import SEVERITIES, family, headline_rank, risk
from schemas.action import AlertAcknowledge, AlertJudge
from schemas.alert import AlertAcknowledged, AlertClosed, AlertEvent, AlertOpened, AlertUpdated
from schemas.detection import DetectionRaised
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.ids import derive

SOURCE = "vedette/triage"
WINDOW = timedelta(minutes=30)
SENTENCES = 6
Cases = dict[str, Case]


class Triage:
    """Merges findings about one device, of one family and within `window` of event time, into one alert until a person closes it.

    Actions: an acknowledgement or verdict of an alert that is not this device's, or is closed already, is Rejected; a repeated
    acknowledgement has no consequence. All other inputs have none either.
    """

    def __init__(self, window: timedelta = WINDOW) -> None:
        self._window = window

    def initial(self) -> Cases:
        """No alerts."""
        return {}

    def decide(self, state: Cases, event: Envelope) -> Envelope | None:
        """The alert event that follows from one finding or action."""
        case = state.get(f"{event.tenant}/{event.subject}", Case())
        data = event.data
        if isinstance(data, DetectionRaised):
            return None if event.id in case.findings else _merge(case, event, data, self._window)
        if isinstance(data, AlertAcknowledge):
            return _acknowledge(_still_open(case, data.alert), event, data)
        if isinstance(data, AlertJudge):
            alert = _still_open(case, data.alert)
            closed = AlertClosed(alert=alert.id, actor=data.actor, verdict=data.verdict, comment=data.comment)
            return _envelope(event, closed)
        return None

    def evolve(self, state: Cases, output: Envelope) -> Cases:
        """The cases after one alert event; events about alerts forgotten long ago change nothing."""
        key = f"{output.tenant}/{output.subject}"
        state[key] = _after(state.get(key, Case()), output.data, output.time)
        return state


def _merge(case: Case, event: Envelope, finding: DetectionRaised, window: timedelta) -> Envelope:
    open_alert = next(
        (alert for alert in reversed(case.alerts.values()) if _takes(alert, event, window)), None
    )
    if open_alert is None:
        opened = AlertOpened(
            alert=derive("alert", event.tenant, event.subject, event.id),
            kind=finding.kind,
            title=finding.title,
            explanation=finding.explanation,
            severity=finding.severity,
            risk=risk(finding.severity, 1),
            detection=event.id,
            since=finding.since,
            evidence=finding.evidence,
            kinds=(finding.kind,),
        )
        return _envelope(event, opened)
    return _envelope(event, _updated(open_alert, event.id, finding))


def _takes(alert: Alert, event: Envelope, window: timedelta) -> bool:
    finding = event.data
    return (
        isinstance(finding, DetectionRaised)
        and alert.status != "closed"
        and family(alert.kinds[0]) == family(finding.kind)
        and abs(event.time - alert.last) <= window
    )


def _updated(alert: Alert, detection: str, finding: DetectionRaised) -> AlertUpdated:
    kinds = alert.kinds if finding.kind in alert.kinds else (*alert.kinds, finding.kind)
    renames = headline_rank(finding.kind) < headline_rank(alert.kind)
    severity = max(alert.severity, finding.severity, key=SEVERITIES.index)
    return AlertUpdated(
        alert=alert.id,
        kind=finding.kind if renames else alert.kind,
        title=finding.title if renames else alert.title,
        explanation=_story(alert.explanation, finding.explanation),
        severity=severity,
        risk=risk(severity, len(kinds)),
        detection=detection,
        detections=alert.detections + 1,
        evidence=finding.evidence,
        kinds=kinds,
    )


def _story(told: str, sentence: str) -> str:
    """One finding a line, in the order they came; of very many the first and the newest."""
    lines = [*told.split("\n"), sentence.replace("\n", " ")]
    return "\n".join(lines if len(lines) <= SENTENCES else [lines[0], *lines[1 - SENTENCES :]])


def _still_open(case: Case, alert: str) -> Alert:
    found = case.alerts.get(alert)
    if found is None:
        raise Rejected("unknown_alert", "alert", "is not an alert of this device")
    if found.status == "closed":
        raise Rejected("alert_closed", "alert", "is closed already; a verdict is final")
    return found


def _acknowledge(alert: Alert, event: Envelope, action: AlertAcknowledge) -> Envelope | None:
    if alert.status == "acknowledged":
        return None
    return _envelope(event, AlertAcknowledged(alert=alert.id, actor=action.actor))


def _envelope(cause: Envelope, data: AlertEvent) -> Envelope:
    return Envelope(
        id=derive("alert-event", cause.tenant, data.alert, cause.id),
        type=data.TYPE,
        source=SOURCE,
        subject=cause.subject,
        tenant=cause.tenant,
        time=cause.time,
        data=data,
    )


def _after(case: Case, data: object, time: datetime) -> Case:
    if isinstance(data, AlertOpened):
        alert = Alert(
            id=data.alert,
            status="open",
            kinds=data.kinds or (data.kind,),
            kind=data.kind,
            title=data.title,
            explanation=data.explanation,
            severity=data.severity,
            detections=1,
            last=time,
        )
        return case.with_alert(alert).with_finding(data.detection)
    if not isinstance(data, AlertEvent) or data.alert not in case.alerts:
        return case
    alert = case.alerts[data.alert]
    if isinstance(data, AlertUpdated):
        changed = msgspec.structs.replace(
            alert,
            kinds=data.kinds or alert.kinds,
            kind=data.kind,
            title=data.title,
            explanation=data.explanation,
            severity=data.severity,
            detections=data.detections,
            last=max(alert.last, time),
        )
        return case.with_alert(changed).with_finding(data.detection)
    status = "closed" if isinstance(data, AlertClosed) else "acknowledged"
    return case.with_alert(msgspec.structs.replace(alert, status=status))
