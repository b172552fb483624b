"""A changed habit as the event that says it: which port, which aspect, what it is now, what it was all week."""

from __future__ import annotations

import math
from typing import Any

from detectors import explanation
from detectors.baseline.sentence import moment, number, span
from detectors.flows.columns import Flow
from detectors.flows.crowd import Crowd
from detectors.flows.habit import ASPECTS, LATELY_S, Extent
from detectors.flows.habits import Changed
from detectors.flows.parameters import CHANGED, DETECTOR, VERSION
from detectors.flows.place import Place, completed
from detectors.flows.sentence import summary
from schemas.detection import Contribution, DetectionRaised, Evidence
from schemas.event import Envelope

# An aspect in words, and its unit.
WORDS = {
    "flows_per_h": ("network flows an hour", ""),
    "bytes_sent": ("sent a flow", " bytes"),
    "bytes_sent_spread": ("scatter of the bytes sent a flow", " times"),
    "bytes_received": ("received a flow", " bytes"),
    "bytes_received_spread": ("scatter of the bytes received a flow", " times"),
}


def changed(tenant: str, at: Place, flow: Flow, change: Changed, crowd: Crowd) -> Envelope:
    """The detection; its id depends on the device, the channel and the flow that completed it, its time is that flow's.

    `score` is 1 where habits begin to be odd. The peers are the tenant's other devices with flows lately.
    """
    told = _contributions(change)
    suspects = sum(name != at.device for name in crowd.suspects)
    main = told[0] if told else None
    metric = main.metric if main else "together"
    data = DetectionRaised(
        detector=DETECTOR,
        version=VERSION,
        kind=f"{CHANGED}.{metric}",
        severity="medium",
        title=f"{at.device} uses {change.channel} in another way than usual",
        explanation=_explained(at, change, told),
        since=moment(change.since_us),
        evidence=(Evidence(event=at.event, origin=at.origin, time=at.time, summary=summary(flow)),),
        score=change.size,
        p_value=change.p_value,
        contributions=told,
        cohort=explanation.cohort(max(crowd.devices - 1, suspects), suspects),
        **(_numbers(main) if main else {}),
    )
    return completed(tenant, at, data, CHANGED, change.channel)


def _contributions(change: Changed) -> tuple[Contribution, ...]:
    """The aspects in their units, those that are farthest off first; nothing of missing ones."""
    return explanation.most_telling(
        Contribution(metric=aspect, score=score, **extent._asdict())
        for aspect, score, extent in zip(ASPECTS, change.scores, change.extents, strict=True)
        if all(map(math.isfinite, (score, *extent)))
    )


def _explained(at: Place, change: Changed, told: tuple[Contribution, ...]) -> str:
    """What is odd, and that nobody else did the same."""
    said = "; ".join(
        _said(one.metric, dict(zip(ASPECTS, change.extents, strict=True))[one.metric]) for one in told[:2]
    )
    return (
        f"For {span((at.time_us - change.since_us) / 1e6)} what {at.device} does on {change.channel} has not been what it did all week, nor"
        f" what its fleet does now: {said or 'its aspects do not go together'}. Each is of the last {span(LATELY_S)} or so."
    )


def _said(metric: str, extent: Extent) -> str:
    name, unit = WORDS[metric]
    return (
        f"{number(extent.actual)}{unit} {name}, usually {number(extent.expected)}{unit}"
        f" ({number(extent.low)} to {number(extent.high)})"
    )


def _numbers(one: Contribution) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("metric", "actual", "expected", "low", "high")}
