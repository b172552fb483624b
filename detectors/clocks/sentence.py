"""What is said of a clock, in words and in numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors import explanation
from detectors.clocks.kernel import AHEAD, RIGHT
from detectors.clocks.parameters import METRIC, Parameters
from detectors.silence.finding import span
from schemas.detection import Cohort, Contribution, Severity


class Told(NamedTuple):
    """The words of a finding."""

    kind: str
    severity: Severity
    title: str
    explanation: str


def describe(found: Any, device: str, site: str, lasted_s: float) -> Told:
    """A finding for a person; `lasted_s` is how long it has lasted by the edge's clock."""
    if found["kind"] == RIGHT:
        words = f"{device}'s clock is right again, after {span(lasted_s)}"
        return Told("clock.right", "low", words, f"{words}: its reports come as soon as they are made.")
    off = span(abs(int(found["lag_us"])) / 1e6)
    reports = f"its last {int(found['hits']):,} reports, over {span(lasted_s)},"
    if found["kind"] == AHEAD:
        title = f"{device}'s clock is {off} ahead"
        how = f"{reports} are dated {off} after they came"
        effect = "The edge refuses what is dated still further ahead, and the device then looks silent."
        return Told("clock.ahead", "low", title, f"{title}: {how}; {_mates(found, site)}. {effect}")
    title = f"{device}'s clock is {off} behind"
    how = f"{reports} are dated {off} before they came, though they come one by one and not as a backlog"
    effect = "What it reports is dated too early, and its own past does not judge it until its clock has caught up."
    return Told("clock.behind", "medium", title, f"{title}: {how}; {_mates(found, site)}. {effect}")


def _mates(found: Any, site: str) -> str:
    mates, odd = int(found["mates"]), int(found["odd"])
    if not mates:
        return "no other device is known at its site"
    return f"{odd or 'none':{',' if odd else ''}} of {mates:,} other devices at site {site} came late or dated ahead too"


def contribution(found: Any, p: Parameters) -> Contribution | None:
    """The offset as a metric; its range is what is taken for prompt, its deviation what lags may differ by."""
    offset_s = -int(found["lag_us"]) / 1e6
    made = explanation.contribution(METRIC, offset_s, 0.0, p.tolerance_s)
    return made and Contribution(
        metric=METRIC, actual=offset_s, expected=0.0, low=-p.behind_s, high=p.ahead_s, score=made.score
    )


def peers(found: Any, site: str) -> Cohort:
    """The other devices of the site, whatever their model, and how many of them are not prompt either."""
    return explanation.cohort(int(found["mates"]), int(found["odd"]), site=site)
