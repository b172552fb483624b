"""Triage as a decider: findings and people's actions in, alert events out; the state is the fold of the alert events."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from detectors.feedback import exceptions
from detectors.feedback.bounds import PROTECTED, is_protected
from detectors.triage import merging
from detectors.triage.case import Alert, Case, Cases
from detectors.triage.fold import after
from detectors.triage.urgency import ENDINGS
from detectors.triage.weighing import Weighing
from schemas.action import AlertAcknowledge, AlertJudge, ExceptionSettle
from schemas.alert import AlertAcknowledged, AlertClosed, AlertEvent
from schemas.detection import DetectionRaised
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.exception import ExceptionProposal, ExceptionSettled
from schemas.ids import derive

SOURCE = "vedette/triage"
WINDOW = timedelta(minutes=30)


class Triage:
    """Merges findings about one device, of one family and within `window` of event time, into one alert until a person closes it.

    What opens no alert by people's verdicts or exceptions (`detectors.feedback`) is set aside in an event of its own; while an alert is
    open that takes a finding, nothing is. `protected` kinds are never set aside; without `feedback` nothing is.

    A device's silences are one alert, however far apart: its newest finding names it and says how severe it is, so that one who is back
    is of low severity. A device that falls silent while an alert of compromise is open is part of that: it was cut off, or the attacker did
    it. What ends a silence nobody was told of has no consequence.

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
        if isinstance(data, AlertAcknowledge):
            return _acknowledge(_still_open(case, data.alert), event, data)
        if isinstance(data, AlertJudge):
            return self._judge(case, _unjudged(case, data.alert), event, data)
        if isinstance(data, ExceptionSettle):
            return _settled(event, exceptions.settle(case.exceptions, data))
        return None

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
        if aside is None:
            return _envelope(event, merging.opened(event, finding, weighing))
        return _envelope(event, merging.set_aside(case, event, finding, aside, self._window))

    def _judge(self, case: Case, alert: Alert, event: Envelope, action: AlertJudge) -> Envelope:
        """A verdict, with what it teaches: one on an alert with a protected finding is about that one and sets nothing aside."""
        free = self._feedback and not is_protected(alert.severity, alert.kinds, self._protected)
        verdict = action.verdict
        closed = AlertClosed(
            alert=alert.id,
            actor=action.actor,
            verdict=verdict,
            comment=action.comment,
            proposed=_proposed(case, alert, event) if free and verdict == "benign_positive" else (),
            # A benign or unknown verdict says nothing of the detector.
            taught=bool(alert.signs)
            and (verdict == "true_positive" or (free and verdict == "false_positive")),
        )
        return _envelope(event, closed)


def _proposed(case: Case, alert: Alert, event: Envelope) -> tuple[ExceptionProposal, ...]:
    return tuple(
        exceptions.propose(
            derive("exception", event.tenant, event.subject, key, event.id),
            key,
            sign,
            case.exceptions,
            alert.id,
            alert.last,
        )
        for key, sign in alert.signs.items()
    )


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


def _settled(cause: Envelope, said: ExceptionSettled) -> Envelope:
    return _written(derive("exception-event", cause.tenant, said.exception, cause.id), cause, said)


def _envelope(cause: Envelope, data: AlertEvent) -> Envelope:
    return _written(derive("alert-event", cause.tenant, data.alert, cause.id), cause, data)


def _written(name: str, cause: Envelope, data: AlertEvent | ExceptionSettled) -> Envelope:
    return Envelope(
        id=name,
        type=data.TYPE,
        source=SOURCE,
        subject=cause.subject,
        tenant=cause.tenant,
        time=cause.time,
        data=data,
    )
