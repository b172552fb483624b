"""Triage as a decider: findings, people's actions and decisions in, alert events out; the state is the fold of the alert events."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import msgspec

from detectors.feedback import exceptions, sharing
from detectors.feedback.bounds import PROTECTED, is_protected
from detectors.triage import cutting, merging
from detectors.triage.case import Alert, Case, Cases
from detectors.triage.fold import after
from detectors.triage.proposing import proposed
from detectors.triage.urgency import ENDINGS
from detectors.triage.weighing import SetAside, Weighing
from schemas.action import AlertAcknowledge, AlertJudge, ExceptionSettle, VerdictShare
from schemas.alert import AlertAcknowledged, AlertClosed, AlertEvent
from schemas.credential import CredentialDecided
from schemas.cut_off import CutOffNoted
from schemas.detection import DetectionRaised
from schemas.errors import Rejected
from schemas.event import Envelope, Event
from schemas.exception import ExceptionSettled
from schemas.ids import derive
from schemas.lesson import VerdictLearned

SOURCE = "vedette/triage"
WINDOW = timedelta(minutes=30)


class Triage:
    """Merges findings about one device, of one family and within `window` of event time, into one alert until a person closes it.

    What opens no alert by people's verdicts or exceptions (`detectors.feedback`) is set aside in an event of its own; while an alert is
    open that takes a finding, nothing is. `protected` kinds are never set aside; without `feedback` nothing is.

    A device's silences are one alert, however far apart: its newest finding names it and says how severe it is, so that one who is back
    is of low severity. A device that falls silent while an alert of compromise is open is part of that: it was cut off, or the attacker did
    it. One that falls silent when a decision cut it off is set aside, with or without `feedback`. What ends a silence nobody was told of
    has no consequence.

    Actions: an acknowledgement or verdict of an alert that is not this device's, or is closed already, is Rejected, and so is an answer to
    an exception that nobody proposed; a repeated acknowledgement has no consequence. All other inputs have none either.
    """

    def __init__(
        self, window: timedelta = WINDOW, protected: Collection[str] = PROTECTED, *, feedback: bool = True
    ) -> None:
        self._window = window
        self._protected = frozenset(protected)
        self._feedback = feedback

    def initial(self) -> Cases:
        """No alerts, no verdicts."""
        return Cases()

    def decide(self, state: Cases, event: Envelope) -> Envelope | None:
        """The alert event that follows from one finding or action."""
        case = state.devices.get(f"{event.tenant}/{event.subject}", Case())
        data = event.data
        if isinstance(data, DetectionRaised):
            return None if event.id in case.findings else self._take(state, case, event, data)
        if isinstance(data, CredentialDecided):
            return _noted(event, cutting.noted(case, event.id, data))
        return self._act(state, case, event, data)

    def evolve(self, state: Cases, output: Envelope) -> Cases:
        """The cases after one alert event; events about alerts forgotten long ago change nothing."""
        return after(state, output)

    def _take(self, state: Cases, case: Case, event: Envelope, finding: DetectionRaised) -> Envelope | None:
        weighing = Weighing(state, case, event, finding, self._protected, on=self._feedback)
        found = merging.taker(case, event, self._window)
        if found is None and finding.kind in ENDINGS:
            return None
        if found is not None:
            return _envelope(event, merging.updated(found, event.id, finding, weighing))
        aside = weighing.aside()
        if case.cut_off and weighing.weighed and cutting.explains(case, finding):
            finding = _explained(finding, cutting.sentence(case.cut_off))
            aside = SetAside("cut_off", weighing.weighed)
        if aside is None:
            return _envelope(event, merging.opened(event, finding, weighing))
        return _envelope(event, merging.set_aside(case, event, finding, aside, self._window))

    def _act(self, state: Cases, case: Case, event: Envelope, data: Event) -> Envelope | None:
        """What follows from what a person asked for."""
        if isinstance(data, AlertAcknowledge):
            return _acknowledge(_still_open(case, data.alert), event, data)
        if isinstance(data, AlertJudge):
            return self._judge(state, case, event, data)
        if isinstance(data, ExceptionSettle):
            return _settled(event, exceptions.settle(case.exceptions, data))
        if isinstance(data, VerdictShare):
            return self._learn(state, event, data)
        return None

    def _judge(self, state: Cases, case: Case, event: Envelope, action: AlertJudge) -> Envelope:
        """A verdict, with what it teaches: one on an alert with a protected finding is about that one and sets nothing aside."""
        alert, verdict = _unjudged(case, action.alert), action.verdict
        free = self._feedback and not is_protected(alert.severity, alert.kinds, self._protected)
        closed = AlertClosed(
            alert=alert.id,
            actor=action.actor,
            verdict=verdict,
            comment=action.comment,
            proposed=proposed(state, case, alert, event, verdict) if free else (),
            # A benign or unknown verdict says nothing of the detector.
            taught=bool(alert.signs)
            and (verdict == "true_positive" or (free and verdict == "false_positive")),
        )
        return _envelope(event, closed)

    def _learn(self, state: Cases, event: Envelope, told: VerdictShare) -> Envelope | None:
        """A verdict on an alert of another partition; it teaches here what it teaches there."""
        said = sharing.learned(state.cells, event.tenant, told, self._protected) if self._feedback else None
        if said is None:
            return None
        return _written(derive("verdict", event.tenant, event.subject, event.id), event, said)


def _unjudged(case: Case, alert: str) -> Alert:
    found = case.alerts.get(alert)
    if found is None:
        raise Rejected("unknown_alert", "alert", "is not an alert of this device")
    if found.status == "closed":
        raise Rejected("alert_closed", "alert", "is closed already; a verdict is final")
    return found


def _still_open(case: Case, alert: str) -> Alert:
    found = _unjudged(case, alert)
    if found.status == "set_aside":
        raise Rejected("alert_set_aside", "alert", "was set aside; give a verdict instead")
    return found


def _acknowledge(alert: Alert, event: Envelope, action: AlertAcknowledge) -> Envelope | None:
    if alert.status == "acknowledged":
        return None
    return _envelope(event, AlertAcknowledged(alert=alert.id, actor=action.actor))


def _explained(finding: DetectionRaised, why: str) -> DetectionRaised:
    return msgspec.structs.replace(finding, explanation=f"{finding.explanation} {why}")


def _noted(cause: Envelope, said: CutOffNoted | None) -> Envelope | None:
    return _written(derive("cut-off", cause.tenant, cause.subject, cause.id), cause, said) if said else None


def _settled(cause: Envelope, said: ExceptionSettled) -> Envelope:
    return _written(derive("exception-event", cause.tenant, said.exception, cause.id), cause, said)


def _envelope(cause: Envelope, data: AlertEvent) -> Envelope:
    return _written(derive("alert-event", cause.tenant, data.alert, cause.id), cause, data)


def _written(
    name: str, cause: Envelope, data: AlertEvent | ExceptionSettled | CutOffNoted | VerdictLearned
) -> Envelope:
    return Envelope(
        id=name,
        type=data.TYPE,
        source=SOURCE,
        subject=cause.subject,
        tenant=cause.tenant,
        time=cause.time,
        data=data,
    )
