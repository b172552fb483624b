"""A flow finding as the event that says it."""

from __future__ import annotations

from detectors.baseline.sentence import moment
from detectors.flows.episode import Episode
from detectors.flows.parameters import DETECTOR, FLOOD, KNOWN_RISK, VERSION
from detectors.flows.place import Place, completed
from detectors.flows.reasons import reasons
from detectors.flows.sentence import Oddest, Told, describe, describe_shared
from detectors.flows.tenant import Due
from detectors.flows.usual import Usual
from schemas.detection import DetectionRaised, Severity
from schemas.event import Envelope


def raised(tenant: str, at: Place, due: Due, usual: Usual) -> Envelope:
    """The detection of an episode so far; its id depends on the device and the flow that completed it, its time is that flow's.

    `score` is how odd the oddest flow is, 1 where flows begin to be.
    """
    episode, oddest = due.episode, due.episode.oddest[0]
    told = _told(at, due, usual)
    why = reasons(at.device, oddest.flow, oddest.view, usual, due.crowd)
    data = DetectionRaised(
        detector=DETECTOR,
        version=VERSION,
        kind=told.kind,
        severity="medium" if due.crowd.is_one else _severity(episode),
        title=told.title,
        explanation=told.explanation,
        since=moment(episode.since_us),
        evidence=tuple(sorted((one.evidence for one in episode.oddest), key=lambda e: (e.time, e.event))),
        score=oddest.size,
        p_value=oddest.p_value,
        contributions=why.contributions,
        expectations=why.expectations,
        cohort=why.cohort,
        **why.numbers,
    )
    return completed(tenant, at, data, told.kind)


def _told(at: Place, due: Due, usual: Usual) -> Told:
    one = due.episode.oddest[0]
    oddest = Oddest(one.flow, one.view, one.risk)
    if due.crowd.is_one:
        return describe_shared(at.device, due.crowd, oddest, usual)
    counts = (due.episode.odd, due.episode.flows)
    lasted_s = max(at.time_us - due.episode.since_us, 0) / 1e6
    return describe(at.device, counts, lasted_s, oddest, usual)


def _severity(episode: Episode) -> Severity:
    """A flood, and what attacks are known for, before anything else."""
    known = any(one.risk >= KNOWN_RISK for one in episode.oddest)
    return "high" if known or episode.odd >= FLOOD else "medium"
