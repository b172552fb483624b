"""Why a flow finding was raised, in numbers: those of the oddest flow and what is usual, its words likewise, the tenant's other devices."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from detectors import explanation
from detectors.flows.columns import NUMBERS, WORDS, Flow
from detectors.flows.crowd import Crowd
from detectors.flows.sentence import common_text, mentioned
from detectors.flows.usual import Usual
from schemas.detection import Cohort, Contribution, Expectation


class Reasons(NamedTuple):
    """The parts of an explanation, as `DetectionRaised` has them; `numbers` are those of its one metric, none where it has none."""

    contributions: tuple[Contribution, ...]
    expectations: tuple[Expectation, ...]
    cohort: Cohort
    numbers: dict[str, Any]


def reasons(device: str, flow: Flow, view: str, usual: Usual, crowd: Crowd) -> Reasons:
    """Explain a finding by its oddest flow; the peers are the tenant's other devices with flows lately."""
    about = mentioned(view)
    metric = about[0] if about and about[0] in NUMBERS else ""
    told = [_contribution(column, flow, usual) for column in NUMBERS]
    words = [column for column in about if column in WORDS and flow.word(column)]
    suspects = sum(name != device for name in crowd.suspects)
    return Reasons(
        explanation.most_telling(told, keep=metric),
        tuple(_expectation(column, flow, usual) for column in words),
        explanation.cohort(max(crowd.devices - 1, suspects), suspects),
        next((_numbers(one) for one in told if one is not None and one.metric == metric), {}),
    )


def _contribution(column: str, flow: Flow, usual: Usual) -> Contribution | None:
    """A number and its extent among usual flows; how far it is off is told in logarithms, for sizes differ by factors."""
    actual, extent = flow.number(column), usual.extent(column)
    if actual is None or extent is None:
        return None
    return Contribution(
        metric=column,
        actual=actual,
        expected=extent.middle,
        low=extent.low,
        high=extent.high,
        score=(math.asinh(actual) - math.asinh(extent.middle)) / extent.spread,
    )


def _expectation(column: str, flow: Flow, usual: Usual) -> Expectation:
    return Expectation(
        what=f"{column} of the oddest flow",
        seen=flow.word(column),
        expected=common_text(column, usual) or "nothing known",
    )


def _numbers(one: Contribution) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("metric", "actual", "expected", "low", "high")}
