"""The fold of alert events: each device's case, and what verdicts taught about each kind of finding."""

from __future__ import annotations

from datetime import datetime

import msgspec

from detectors.feedback import sharing
from detectors.feedback.bar import Cell, Judged
from detectors.feedback.sign import joined, key_of
from detectors.triage import cutting
from detectors.triage.case import Alert, Case, Cases
from detectors.triage.weighing import cell_key
from schemas.alert import AlertClosed, AlertEvent, AlertOpened, AlertSetAside, AlertUpdated
from schemas.cut_off import CutOffNoted
from schemas.event import Envelope
from schemas.exception import ExceptionSettled
from schemas.lesson import VerdictLearned

Finding = AlertOpened | AlertUpdated | AlertSetAside


def after(state: Cases, output: Envelope) -> Cases:
    """The cases after one alert event, the state reused; the same event again changes nothing."""
    key, data = f"{output.tenant}/{output.subject}", output.data
    if isinstance(data, VerdictLearned):
        sharing.learn(state.cells, output.tenant, data)
        return state
    case = state.devices.get(key, Case())
    if isinstance(data, CutOffNoted):
        case = msgspec.structs.replace(case, cut_off=cutting.after(case, output, data))
    elif isinstance(data, ExceptionSettled):
        case = msgspec.structs.replace(case, exceptions=case.exceptions.with_settled(data))
    elif isinstance(data, AlertClosed):
        _learn(state, output, case.alerts.get(data.alert), data)
        case = _closed(case, data)
    elif isinstance(data, Finding):
        if data.detection in case.findings:
            return state
        _weigh(state, output.tenant, data)
        case = _taken(case, data, output.time)
    elif isinstance(data, AlertEvent) and data.alert in case.alerts:
        alert = case.alerts[data.alert]
        case = case.with_alert(msgspec.structs.replace(alert, status="acknowledged"))
    state.devices[key] = case
    return state


def _learn(state: Cases, output: Envelope, alert: Alert | None, closed: AlertClosed) -> None:
    """Keep a verdict that teaches with each kind of finding the alert had."""
    if alert is None or alert.status == "closed" or not closed.taught:
        return
    true = closed.verdict == "true_positive"
    for key, sign in alert.signs.items():
        judged = Judged(device=output.subject, time=alert.last, true=true, strength=sign.weakest)
        name = f"{output.tenant}/{key}"
        cell = state.cells.get(name, Cell(weakest=sign.weakest))
        state.cells[name] = cell.with_verdict(alert.id, judged)


def _weigh(state: Cases, tenant: str, finding: Finding) -> None:
    if finding.weighed is not None:
        name = cell_key(tenant, finding.weighed)
        if name in state.cells:
            state.cells[name] = state.cells[name].with_finding(finding.weighed.strength)


def _closed(case: Case, closed: AlertClosed) -> Case:
    if closed.alert not in case.alerts:
        return case
    alert = msgspec.structs.replace(case.alerts[closed.alert], status="closed")
    return msgspec.structs.replace(
        case.with_alert(alert),
        exceptions=case.exceptions.with_proposals(closed.proposed) if closed.proposed else case.exceptions,
        quiet={key: count for key, count in case.quiet.items() if key not in alert.signs},
    )


def _taken(case: Case, data: Finding, time: datetime) -> Case:
    alert = case.alerts.get(data.alert)
    if alert is None and isinstance(data, AlertUpdated):
        return case
    changed = _changed(alert, data, time)
    taken = case.with_alert(changed).with_finding(data.detection)
    if data.weighed is None:
        return taken
    key = key_of(data.weighed.kind, data.weighed.direction)
    return msgspec.structs.replace(taken, quiet=_quiet(case.quiet, key, data))


def _changed(alert: Alert | None, data: Finding, time: datetime) -> Alert:
    signs = dict(alert.signs) if alert else {}
    if data.weighed is not None:
        key = key_of(data.weighed.kind, data.weighed.direction)
        signs[key] = joined(signs.get(key), data.weighed)
    return Alert(
        id=data.alert,
        status="set_aside" if isinstance(data, AlertSetAside) else alert.status if alert else "open",
        kinds=data.kinds or (alert.kinds if alert else (data.kind,)),
        kind=data.kind,
        title=data.title,
        explanation=data.explanation,
        severity=data.severity,
        detections=1 if isinstance(data, AlertOpened) else data.detections,
        last=max(alert.last, time) if alert else time,
        signs=signs,
        scope=data.scope,
    )


def _quiet(quiet: dict[str, int], key: str, data: Finding) -> dict[str, int]:
    if isinstance(data, AlertSetAside):
        new = data.reason == "below_bar" and data.detections == 1
        return {**quiet, key: quiet.get(key, 0) + 1} if new else quiet
    return {name: count for name, count in quiet.items() if name != key}
