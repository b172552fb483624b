"""A flow finding as the event that says it."""

from __future__ import annotations

from detectors.baseline.sentence import moment
from detectors.flows.columns import Flow
from detectors.flows.episode import Episode
from detectors.flows.parameters import DETECTOR, FLOOD, KNOWN_RISK, VERSION
from detectors.flows.place import Place
from detectors.flows.reasons import reasons
from detectors.flows.sentence import describe
from detectors.flows.usual import Usual
from schemas.detection import DetectionRaised, Severity
from schemas.event import Envelope
from schemas.ids import derive

SOURCE = "vedette/detection/flow"


def raised(tenant: str, at: Place, episode: Episode, usual: Usual, others: tuple[int, int]) -> Envelope:
    """The detection of an episode so far; its id depends on the device and the flow that completed it, its time is that flow's.

    `score` is how odd the oddest flow is, 1 where flows begin to be. `others` as in `reasons`.
    """
    oddest = episode.oddest[0]
    flow = Flow(oddest.numbers, oddest.words)
    lasted_s = max(at.time_us - episode.since_us, 0) / 1e6
    told = describe(at.device, (episode.odd, episode.flows), lasted_s, (flow, oddest.view), usual)
    why = reasons(at.device, flow, oddest.view, usual, others)
    return Envelope(
        id=derive("detection", tenant, at.device, told.kind, at.event),
        type=DetectionRaised.TYPE,
        source=SOURCE,
        subject=at.device,
        tenant=tenant,
        time=at.time,
        data=DetectionRaised(
            detector=DETECTOR,
            version=VERSION,
            kind=told.kind,
            severity=_severity(episode),
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
        ),
        cause=at.origin,
    )


def _severity(episode: Episode) -> Severity:
    """A flood, and what attacks are known for, before anything else."""
    known = any(one.risk >= KNOWN_RISK for one in episode.oddest)
    return "high" if known or episode.odd >= FLOOD else "medium"
