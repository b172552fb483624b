"""Which alert takes a finding, and what the alert says then."""

from __future__ import annotations

from datetime import timedelta

from detectors.feedback.sign import key_of
from detectors.triage.case import Alert, Case
from detectors.triage.urgency import LASTING, SEVERITIES, SILENT, family, headline_rank, risk
from detectors.triage.weighing import SetAside, Weighing
from schemas.alert import AlertOpened, AlertSetAside, AlertUpdated
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from schemas.ids import derive

SENTENCES = 6


def taker(case: Case, event: Envelope, window: timedelta) -> Alert | None:
    """The newest open alert of the finding's family whose last finding is near enough in event time; of what lasts any that tells of it."""
    if isinstance(event.data, DetectionRaised) and event.data.kind.startswith(LASTING):
        return _of_what_lasts(case, event.data.kind)
    return next((alert for alert in reversed(case.alerts.values()) if _takes(alert, event, window)), None)


def opened(event: Envelope, finding: DetectionRaised, weighing: Weighing) -> AlertOpened:
    """A new alert."""
    return AlertOpened(
        alert=_new_alert(event),
        kind=finding.kind,
        title=finding.title,
        explanation=finding.explanation,
        severity=finding.severity,
        risk=risk(finding.severity, 1, weighing.shift((finding.kind,))),
        detection=event.id,
        since=finding.since,
        evidence=finding.evidence,
        kinds=(finding.kind,),
        weighed=weighing.weighed,
        scope=finding.scope,
    )


def updated(alert: Alert, detection: str, finding: DetectionRaised, weighing: Weighing) -> AlertUpdated:
    """An alert with one more finding."""
    kinds = alert.kinds if finding.kind in alert.kinds else (*alert.kinds, finding.kind)
    if not finding.kind.startswith(LASTING):
        renames = headline_rank(finding.kind) < headline_rank(alert.kind)
        severity = max(alert.severity, finding.severity, key=SEVERITIES.index)
    else:
        # In an alert of its own the newest word counts; in another it is no further evidence.
        renames = family(alert.kinds[0]) == family(finding.kind)
        severity = finding.severity if renames else alert.severity
    shift = 0 if severity == "critical" else weighing.shift(kinds)
    return AlertUpdated(
        alert=alert.id,
        kind=finding.kind if renames else alert.kind,
        title=finding.title if renames else alert.title,
        explanation=_story(alert.explanation, finding.explanation),
        severity=severity,
        risk=risk(severity, _agreeing(kinds), shift),
        detection=detection,
        detections=alert.detections + 1,
        evidence=finding.evidence,
        kinds=kinds,
        weighed=weighing.weighed,
        scope=finding.scope if renames else alert.scope,
    )


def set_aside(
    case: Case, event: Envelope, finding: DetectionRaised, aside: SetAside, window: timedelta
) -> AlertSetAside:
    """A finding that opens nothing, counted into what was set aside of its kind and direction just before."""
    key = key_of(aside.weighed.kind, aside.weighed.direction)
    before = next(
        (
            alert
            for alert in reversed(case.alerts.values())
            if alert.status == "set_aside" and key in alert.signs and abs(event.time - alert.last) <= window
        ),
        None,
    )
    return AlertSetAside(
        alert=before.id if before else _new_alert(event),
        reason=aside.reason,
        kind=finding.kind,
        title=finding.title,
        explanation=_story(before.explanation, finding.explanation) if before else finding.explanation,
        severity=finding.severity,
        risk=risk("low", 1),
        detection=event.id,
        detections=before.detections + 1 if before else 1,
        since=finding.since,
        weighed=aside.weighed,
        exception=aside.exception,
        evidence=finding.evidence,
        kinds=(finding.kind,),
        scope=finding.scope,
    )


def _of_what_lasts(case: Case, kind: str) -> Alert | None:
    """The open alert that a finding of silence or of a clock belongs to."""
    still_open = [
        alert for alert in reversed(case.alerts.values()) if alert.status in ("open", "acknowledged")
    ]
    told = (alert for alert in still_open if any(family(one) == family(kind) for one in alert.kinds))
    explains = (alert for alert in still_open if kind == SILENT and family(alert.kinds[0]) == "compromise")
    return next(told, None) or next(explains, None)


def _agreeing(kinds: tuple[str, ...]) -> int:
    """How many kinds of finding agree; silence or a clock is one by itself and says nothing of others."""
    return max(sum(not kind.startswith(LASTING) for kind in kinds), 1)


def _takes(alert: Alert, event: Envelope, window: timedelta) -> bool:
    finding = event.data
    return (
        isinstance(finding, DetectionRaised)
        and alert.status in ("open", "acknowledged")
        and family(alert.kinds[0]) == family(finding.kind)
        and abs(event.time - alert.last) <= window
    )


def _new_alert(event: Envelope) -> str:
    return derive("alert", event.tenant, event.subject, event.id)


def _story(told: str, sentence: str) -> str:
    """One finding a line, in the order they came; of very many the first and the newest."""
    lines = [*told.split("\n"), sentence.replace("\n", " ")]
    return "\n".join(lines if len(lines) <= SENTENCES else [lines[0], *lines[1 - SENTENCES :]])
