"""One pass over a batch's rows: each report is judged beside its cohort, then learned; findings are written down.

What every report needs is inlined: a call that passes so many arrays costs as much as its work.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import Floats, inlined, unmanaged
from detectors.baseline.memory import prefetch
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Model, Reports, Work
from detectors.cohorts.chance import STREAMS, keep
from detectors.cohorts.circumstances import circumstances_of
from detectors.cohorts.outlier import outliers
from detectors.cohorts.parameters import DEFAULTS, EVERY, FIRST_REFRESH, PATTERN_REPORTS, Parameters
from detectors.cohorts.pattern import octaves, pattern, unusual
from detectors.cohorts.reference import renew
from detectors.cohorts.shift import shifts
from detectors.cohorts.subspace import learn

LANES, MEMBER_FIELDS, COHORT_FIELDS = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS
ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)
AHEAD = 4


@unmanaged
def observe(
    fleet: Fleet,
    model: Model,
    work: Work,
    reports: Reports,
    found: npt.NDArray[Any],
    scores: npt.NDArray[np.float32],
    p: Parameters = DEFAULTS,
) -> int:
    """Judge and learn rows in the order given; returns how many findings were written to `found`.

    `work.deviations` has a row for each group of metrics that has a model. `scores[row]` becomes (largest mean deviation in bounds, T2, Q).
    A row not newer than its device's newest tells nothing.
    """
    number = 0
    groups = work.deviations.shape[0]
    height, cohort_height = (groups + 1) * MEMBER_FIELDS, (groups + 1) * COHORT_FIELDS
    for step in range(reports.order.shape[0]):
        row = reports.order[step]
        _fetch(fleet, reports, step, height)
        slot, home, time_us = reports.slots[row], reports.homes[row], reports.times_us[row]
        head = fleet.member_heads[slot]
        if home < 0 or time_us <= head.last_us:
            continue
        cohort, base, lines, before = fleet.cohort_heads[home], slot * height, home * cohort_height, number
        now = circumstances_of(fleet, reports, row, head, cohort, base, groups, p)
        odd, far, number = outliers(fleet, work, reports, row, base, lines, now, found, number, p)
        scores[row, 0] = far
        t2, q = _together(fleet, model, work, row, home, lines, head, cohort, now.gap, scores)
        if head.summed >= PATTERN_REPORTS:
            number = pattern(fleet, work, row, time_us, base, lines, odd, now, found, number, p)
        if cohort.reports % EVERY == 0:
            share = np.float32(EVERY) * now.gap / now.active
            if not (odd or head.strange):
                keep(fleet, home * STREAMS, far)
                _learn(model, home, work.deviations, cohort, share, _faith(cohort, t2, q, far), p)
            number = shifts(fleet, work, row, home, time_us, share, found, number, p)
        if number > before:
            cohort.stirred_us = time_us
        if cohort.learned >= cohort.due:
            number = renew(fleet, model, work, home, row, time_us, found, number, p)
    return number


@inlined
def _together(
    fleet: Fleet,
    model: Model,
    work: Work,
    row: int,
    home: int,
    lines: int,
    head: Any,
    cohort: Any,
    gap: Any,
    scores: npt.NDArray[np.float32],
) -> tuple[float, float]:
    """T2 and Q (in mean variances) of a report, 0 until its cohort has directions; its device's last reports get them too."""
    scores[row, 1] = scores[row, 2] = ZERO
    if cohort.learned < FIRST_REFRESH:
        return 0.0, 0.0
    t2, q, rest = unusual(fleet, model, work, home, lines, cohort.rest)
    scores[row, 1], scores[row, 2] = t2, q
    head.covered += gap
    head.t2 += octaves(t2 + HALF)
    head.q += octaves(rest + HALF)
    head.summed += 1
    return t2, rest


@inlined
def _faith(cohort: Any, t2: float, q: float, far: Any) -> Any:
    """How much a report counts: beyond twice the usual deviation the less the odder it is, and less on the way to a bound."""
    if cohort.learned < FIRST_REFRESH:
        return 1.0
    faith = min(1.0, 2.0 * cohort.moving / max(t2 + q, 1.0))
    return faith * (faith * min(max(3.0 - 4.0 * far, 0.0), 1.0))


@inlined
def _fetch(fleet: Fleet, reports: Reports, step: int, height: int) -> None:
    """Ask for the device of a row to come."""
    if step + AHEAD < reports.order.shape[0]:
        ahead = reports.slots[reports.order[step + AHEAD]] * height
        for line in range(0, height, 2):
            prefetch(fleet.members, ahead + line)


@inlined
def _learn(
    model: Model, home: int, deviations: Floats, cohort: Any, share: Any, faith: Any, p: Parameters
) -> None:
    groups = deviations.shape[0]
    weight = max(share * np.float32(1 / p.covariance_tau_s), ONE / np.float32(cohort.learned + 1))
    limit, start = np.float32(p.learn_clip_z), home * groups * LANES * groups
    learn(model.covariance, start, deviations, limit, np.float32(faith * weight))
    cohort.learned += 1
