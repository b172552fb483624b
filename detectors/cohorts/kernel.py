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
from detectors.cohorts.circumstances import Circumstances, circumstances_of
from detectors.cohorts.outlier import most, outliers
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
        odd, number = outliers(fleet, work, reports, row, base, lines, now, found, number, p)
        scores[row, 0] = most(work.lanes)
        faith, number = _together(
            fleet, model, work, reports, row, head, cohort, base, lines, odd, now, found, number, scores, p
        )
        if cohort.reports % EVERY == 0:
            share = np.float32(EVERY) * now.gap / now.active
            if not (odd or head.strange):
                keep(fleet, home * STREAMS, scores[row, 0])
                _learn(model, home, work.deviations, cohort, share, faith, p)
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
    reports: Reports,
    row: int,
    head: Any,
    cohort: Any,
    base: int,
    lines: int,
    odd: Any,
    now: Circumstances,
    found: npt.NDArray[Any],
    number: int,
    scores: npt.NDArray[np.float32],
    p: Parameters,
) -> tuple[float, int]:
    """How a report's metrics go together, once a cohort knows: what it is to be learned with, and how many findings there are now."""
    home, largest = reports.homes[row], scores[row, 0]
    faith = 1.0
    scores[row, 1] = scores[row, 2] = ZERO
    if cohort.learned >= FIRST_REFRESH:
        t2, q, rest = unusual(fleet, model, work, home, lines, cohort.rest)
        scores[row, 1], scores[row, 2] = t2, q
        # Beyond twice the usual deviation a report is learned the less the odder it is.
        faith = min(1.0, 2.0 * cohort.moving / max(t2 + rest, 1.0))
        faith *= faith * min(max(3.0 - 4.0 * largest, 0.0), 1.0)
        head.covered += now.gap
        head.t2 += octaves(t2 + HALF)
        head.q += octaves(rest + HALF)
        head.summed += 1
        if head.summed >= PATTERN_REPORTS:
            time_us = reports.times_us[row]
            number = pattern(fleet, work, row, time_us, base, lines, odd, now, found, number, p)
    return faith, number


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
