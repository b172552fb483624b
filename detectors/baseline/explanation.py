"""Why the baseline raised a finding, in numbers: the device's metrics in that report, its peers, and the nearest normal value.

A finding is explained from its batch and the state after it, so the log alone gives the same explanation again: a batch is one record.
What is expected of the device's other metrics is that of its newest report in the batch, mostly the finding's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors import explanation
from detectors.baseline.block import Block
from detectors.baseline.columns import Columns
from detectors.baseline.row import DRIFT, SPIKE
from detectors.baseline.standing import Standing, fresh_peers, standing
from schemas.detection import Cohort, Contribution, Nearest


@dataclass(frozen=True, slots=True)
class Report:
    """The report that completed a finding: its device's slot, when (microseconds since 1970), and its finite values by metric."""

    slot: int
    time_us: int
    values: dict[str, float]


def report_of(columns: Columns, metrics: list[str], row: int) -> Report:
    """One row of a batch; `metrics` are the names by the block's columns."""
    named = zip(columns.columns, columns.values[:, row], strict=True)
    values = {metrics[int(column)]: float(value) for column, value in named if math.isfinite(value)}
    return Report(int(columns.slots[row]), int(columns.times_us[row]), values)


@dataclass(frozen=True, slots=True)
class Why:
    """The parts of an explanation, as `DetectionRaised` has them."""

    contributions: tuple[Contribution, ...]
    cohort: Cohort
    nearest: Nearest | None


def why(block: Block, found: Any, metric: str, report: Report, cohort: tuple[str, str]) -> Why:
    """Explain what the kernel found on `metric`; `cohort` is the device's model and site."""
    column, (model, site) = block.metric_columns[metric], cohort
    peers = fresh_peers(block, report.slot, report.time_us)
    beside = standing(block, peers, column)
    counted, changed = block.peers(report.slot, column, report.time_us)
    around = explanation.cohort(
        counted,
        changed,
        model=model,
        site=site,
        metric=metric,
        actual=beside.actual[beside.known],
        expected=beside.expected[beside.known],
    )
    return Why(
        _contributions(block, found, metric, report), around, _nearest(block, found, metric, beside, peers)
    )


def _contributions(block: Block, found: Any, metric: str, report: Report) -> tuple[Contribution, ...]:
    own = explanation.contribution(
        metric,
        float(found["actual"]),
        float(found["level"]),
        float(found["deviation"]),
        score=float(found["z"]),
        p_value=float(found["p_value"]),
    )
    others = [other(block, report, name) for name in report.values if name != metric]
    return explanation.most_telling([own, *others], keep=metric)


def other(block: Block, report: Report, metric: str) -> Contribution | None:
    """A metric of the report as its own baseline knows it; None before it has one."""
    at = standing(block, np.array([report.slot]), block.metric_columns[metric])
    if not at.known[0]:
        return None
    return explanation.contribution(
        metric, report.values[metric], float(at.expected[0]), float(at.deviation[0])
    )


def _nearest(block: Block, found: Any, metric: str, beside: Standing, peers: Any) -> Nearest | None:
    """Of what is odd by its value only: that of a noisy or stuck metric is normal."""
    if found["kind"] not in (SPIKE, DRIFT):
        return None
    actual = float(found["actual"])
    calm = np.flatnonzero(beside.calm)
    apart = np.abs(beside.expected[calm] - actual)
    closest = calm[[int(np.argmin(apart))]] if len(calm) else calm
    names = [(_name(block, int(peers[place])), float(beside.expected[place])) for place in closest]
    return explanation.nearest(
        metric, actual, float(found["deviation"]), float(found["low"]), float(found["high"]), names
    )


def _name(block: Block, slot: int) -> str:
    """The device that has a slot."""
    one = block.names.names[slot]
    start = int(one["start"])
    return bytes(block.names.text[start : start + int(one["length"])]).decode()
