"""Why a cohort finding was raised, in numbers: its metrics, what the peers do, the nearest normal value."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors import explanation
from detectors.baseline.block import Block
from detectors.baseline.explanation import Report, other
from detectors.cohorts.row import OUTLIER, PATTERN, SHIFT
from detectors.cohorts.sentence import Group, high, low
from schemas.detection import Cohort, Contribution, Nearest

PLACES = ("first", "second", "third")


class Reasons(NamedTuple):
    """The parts of an explanation, as `DetectionRaised` has them."""

    contributions: tuple[Contribution, ...]
    cohort: Cohort
    nearest: Nearest | None


def reasons(block: Block, found: Any, names: list[str], group: Group, report: Report) -> Reasons:
    """Explain a finding; `names` are the metrics by column, `report` is the one that completed it.

    An outlier's expected range is its place beside its peers, a shift's the cohort's before. The metrics of a pattern are told as the
    device's own baselines know them (none alone is far off). What led a model astray has no metric of its own.
    """
    kind = int(found["kind"])
    metric = names[int(found["metric"])] if kind in (OUTLIER, SHIFT) else ""
    told: list[Contribution | None] = []
    if metric:
        told = [_own(found, metric)]
    elif kind == PATTERN:
        which = [names[int(found[place])] for place in PLACES if 0 <= found[place] < len(names)]
        told = [other(block, report, name) for name in which if name in report.values]
    return Reasons(explanation.most_telling(told), _peers(found, kind, group), _nearest(found, kind, metric))


def _own(found: Any, metric: str) -> Contribution | None:
    expected = float(found["centre"] + found["place"])
    return explanation.contribution(
        metric,
        float(found["actual"]),
        expected,
        float(found["own"]),
        score=float(found["z"]),
        p_value=float(found["p_value"]),
    )


def _peers(found: Any, kind: int, group: Group) -> Cohort:
    """How many others there are, and how many of them have left their place; of a cohort that moves, all."""
    others = max(round(float(found["peers"])) - 1, 0)
    outside = max(round(float(found["outside"])) - 1, 0) if kind == OUTLIER else 0
    changed = others if kind == SHIFT else min(outside, others)
    return explanation.cohort(others, changed, model=group.model, site=group.site)


def _nearest(found: Any, kind: int, metric: str) -> Nearest | None:
    if kind != OUTLIER:
        return None
    return explanation.nearest(metric, float(found["actual"]), float(found["own"]), low(found), high(found))
