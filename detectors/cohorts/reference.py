"""A cohort's directions found anew, and the model of longer ago that they are compared with."""

from __future__ import annotations

import math
from typing import Any

import numpy.typing as npt

from detectors.baseline.lanes import unmanaged
from detectors.cohorts import found as write
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Model, Work
from detectors.cohorts.parameters import REFRESH, Parameters
from detectors.cohorts.subspace import expected, refresh

US = 1_000_000
LEAST_REST = 1e-3


@unmanaged
def renew(
    fleet: Fleet,
    model: Model,
    work: Work,
    home: int,
    row: int,
    time_us: int,
    found: npt.NDArray[Any],
    number: int,
    p: Parameters,
) -> int:
    """Find the directions of a cohort anew and compare them with the reference, which is copied after long calm.

    Returns how many findings there are now; one where the model has left its reference.
    """
    cohort, groups = fleet.cohort_heads[home], work.deviations.shape[0]
    _find(model, work, home, cohort, groups, p)
    ratio = _ratio(fleet, model, work, home, cohort, groups)
    if ratio > p.divergence and cohort.diverged == 0 and cohort.active >= p.divergence_devices:
        write.write_divergence(found[number], ratio, p.divergence)
        write.place(found[number], r.DIVERGED, row, home, -1, time_us, cohort.active)
        found[number].since_us = cohort.referred_us
        cohort.diverged = 1
        cohort.stirred_us = time_us
        number += 1
    calm = time_us - max(cohort.stirred_us, cohort.referred_us) >= p.reference_s * US
    if calm and (ratio < p.agreement or cohort.diverged > 0):
        _refer(fleet, model, home, groups)
        cohort.reference_rest = max(cohort.rest, LEAST_REST)
        cohort.referred_us = time_us
        cohort.diverged = 0
    return number


@unmanaged
def _find(model: Model, work: Work, home: int, cohort: Any, groups: int, p: Parameters) -> None:
    size = groups * r.LANES
    start, at = home * size * groups, home * size
    cohort.rest = refresh(
        model.covariance, start, groups, model.basis, at, model.inverse, home, p.explained, work.scratch
    )
    cohort.due = cohort.learned + min(cohort.learned, REFRESH)
    cohort.moving = 0.0
    for metric in range(size):
        line = start + metric * groups + metric // r.LANES
        cohort.moving += 1.0 if model.covariance[line, metric % r.LANES] > 0.0 else 0.0


@unmanaged
def _ratio(fleet: Fleet, model: Model, work: Work, home: int, cohort: Any, groups: int) -> float:
    """How unusual the live model is by its reference; 0 where there is none."""
    if cohort.reference_rest <= 0.0:
        return 0.0
    size, lines = groups * r.LANES, home * (groups + 1) * r.COHORT_FIELDS
    for metric in range(size):
        group, lane = metric // r.LANES, metric % r.LANES
        was = model.reference_own[home * groups + group, lane]
        now = fleet.cohorts[lines + group * r.COHORT_FIELDS + r.OWN, lane]
        work.scratch[0, metric] = math.sqrt(now / was) if was > 0.0 else 1.0
    return expected(
        model.covariance,
        home * size * groups,
        groups,
        model.reference_basis,
        home * size,
        model.reference_inverse,
        home,
        cohort.reference_rest,
        work.scratch,
    )


@unmanaged
def _refer(fleet: Fleet, model: Model, home: int, groups: int) -> None:
    """Make the live model the reference."""
    lines, at = home * (groups + 1) * r.COHORT_FIELDS, home * groups * r.LANES
    for group in range(groups):
        for lane in range(r.LANES):
            own = fleet.cohorts[lines + group * r.COHORT_FIELDS + r.OWN, lane]
            model.reference_own[home * groups + group, lane] = own
    for lane in range(r.LANES):
        model.reference_inverse[home, lane] = model.inverse[home, lane]
        for metric in range(groups * r.LANES):
            model.reference_basis[at + metric, lane] = model.basis[at + metric, lane]
