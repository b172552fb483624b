"""Two courses of events compared: alerts, what happened to credentials, and gates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from detectors.revocation.policy import STRENGTH
from detectors.triage.decider import WINDOW
from detectors.triage.urgency import family
from schemas.alert import AlertOpened, AlertUpdated, Verdict
from schemas.credential import CredentialDecided
from schemas.event import Envelope, rfc3339
from schemas.rollout import GateJudged
from schemas.what_if import (
    AlertDifference,
    AlertSide,
    DecisionSide,
    DeviceDifference,
    GateDifference,
    GateSide,
    Score,
)
from streams.what_if.stages import Key

FALSE = ("false_positive", "benign_positive")
Decisions = dict[tuple[str, str], DecisionSide]


@dataclass(slots=True)
class Alert:
    """One alert of a course: how it stands at the end, and the event time of its newest finding."""

    side: AlertSide
    last: datetime
    findings: set[str] = field(default_factory=set)

    def is_like(self, other: Alert) -> bool:
        """Whether it is the same thing by another id: it shares a finding, or is of one family on one device at about the same time."""
        if self.findings & other.findings:
            return True
        mine, others = self.side, other.side
        return (
            (mine.tenant, mine.device, family(mine.kind))
            == (others.tenant, others.device, family(others.kind))
            and mine.raised - other.last <= WINDOW
            and others.raised - self.last <= WINDOW
        )


def alerts_of(events: Iterable[Envelope]) -> dict[str, Alert]:
    """The alerts that were raised in a course, by id."""
    found: dict[str, Alert] = {}
    for event in events:
        data = event.data
        if not isinstance(data, AlertOpened | AlertUpdated):
            continue
        known = found.get(data.alert)
        if known is None and not isinstance(data, AlertOpened):
            continue  # raised before the stretch
        side = AlertSide(
            alert=data.alert,
            tenant=event.tenant,
            device=event.subject,
            kind=data.kind,
            title=data.title,
            severity=data.severity,
            explanation=data.explanation,
            raised=known.side.raised if known else event.time,
        )
        findings = (known.findings if known else set()) | {data.detection}
        found[data.alert] = Alert(side, max(known.last, event.time) if known else event.time, findings)
    return found


def compare_alerts(
    was: Mapping[str, Alert], would_be: Mapping[str, Alert], verdicts: Mapping[str, Verdict]
) -> list[AlertDifference]:
    """Gained, lost and changed alerts, in the order in which they were raised."""
    pairs = _pairs(was, would_be)
    found = [
        AlertDifference(change="changed", was=was[a].side, would_be=would_be[b].side, verdict=verdicts.get(a))
        for a, b in pairs.items()
        if _says(was[a]) != _says(would_be[b])
    ]
    for name, lost in was.items():
        if name not in pairs:
            verdict = verdicts.get(name)
            score = _score(verdict, gained=False)
            found.append(AlertDifference(change="lost", was=lost.side, verdict=verdict, score=score))
    for name, gained in would_be.items():
        if name not in pairs.values():
            verdict = next(
                (verdicts[a] for a, one in was.items() if a in verdicts and one.is_like(gained)), None
            )
            score = _score(verdict, gained=True)
            found.append(AlertDifference(change="gained", would_be=gained.side, verdict=verdict, score=score))
    return sorted(found, key=_raised)


def decisions_of(events: Iterable[Envelope]) -> Decisions:
    """What was decided about each device's credential: the strongest in force; a proposal only where nothing was decided."""
    found: Decisions = {}
    for event in events:
        data = event.data
        if not isinstance(data, CredentialDecided) or data.action == "reinstate" or data.state == "rejected":
            continue
        side = DecisionSide(
            action=data.action, state=data.state, time=event.time, reason=data.reason, actor=data.actor
        )
        key = (event.tenant, event.subject)
        if key not in found or _weight(side) > _weight(found[key]):
            found[key] = side
    return found


def compare_devices(was: Decisions, would_be: Decisions) -> list[DeviceDifference]:
    """Devices whose credential would have fared otherwise: another action, another state, or at another time."""
    return [
        DeviceDifference(tenant=key[0], device=key[1], was=was.get(key), would_be=would_be.get(key))
        for key in sorted({*was, *would_be})
        if _fared(was.get(key)) != _fared(would_be.get(key))
    ]


def compare_gates(
    was: Mapping[Key, GateJudged | None], would_be: Mapping[Key, GateJudged | None]
) -> list[GateDifference]:
    """Stages whose gate would have said otherwise, or the same at another time."""
    found = []
    for key, before in was.items():
        after = would_be.get(key)
        if _judged(before) == _judged(after):
            continue
        earlier = before is not None and after is not None and before.outcome == after.outcome
        found.append(
            GateDifference(
                tenant=key[0],
                rollout=key[1],
                stage=key[2],
                was=_gate_side(before),
                would_be=_gate_side(after),
                earlier_s=(before.newest - after.newest).total_seconds()
                if before and after and earlier
                else None,
            )
        )
    return found


def _pairs(was: Mapping[str, Alert], would_be: Mapping[str, Alert]) -> dict[str, str]:
    """Which alert of the one side is which of the other: the same id, else the first that is like it and not taken."""
    pairs = {name: name for name in was if name in would_be}
    free = {name: alert for name, alert in would_be.items() if name not in was}
    for name, alert in was.items():
        if name not in pairs:
            like = next((other for other, one in free.items() if alert.is_like(one)), None)
            if like is not None:
                pairs[name] = like
                del free[like]
    return pairs


def _says(alert: Alert) -> tuple[str, str, datetime]:
    return alert.side.kind, alert.side.severity, alert.side.raised


def _score(verdict: Verdict | None, *, gained: bool) -> Score:
    if verdict == "true_positive":
        return "better" if gained else "worse"
    if verdict in FALSE:
        return "worse" if gained else "better"
    return "unknown"


def _raised(difference: AlertDifference) -> tuple[str, str]:
    side = difference.was or difference.would_be
    return (rfc3339(side.raised), side.alert) if side else ("", "")


def _weight(side: DecisionSide) -> tuple[bool, int]:
    return side.state == "decided", STRENGTH[side.action]  # type: ignore[index]


def _fared(side: DecisionSide | None) -> tuple[str, str, datetime] | None:
    return (side.action, side.state, side.time) if side else None


def _judged(verdict: GateJudged | None) -> tuple[str, datetime | None] | None:
    """Only the moment of a decisive verdict matters; another one is repeated all the time."""
    if verdict is None:
        return None
    return verdict.outcome, verdict.newest if verdict.outcome in ("PROMOTE", "ROLLBACK") else None


def _gate_side(verdict: GateJudged | None) -> GateSide | None:
    if verdict is None:
        return None
    return GateSide(outcome=verdict.outcome, time=verdict.newest, explanation=verdict.explanation)
