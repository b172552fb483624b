"""A cohort's principal components: kept by an incremental covariance of deviations, whose eigenvectors are found anew now and then.

T2 (Hotelling 1931) is how far a report lies along the directions in which deviations usually go together, Q (Jackson & Mudholkar 1979) how
much of it no such direction explains. A report with missing metrics is projected as far as it was observed (least squares with the
directions' own variances as prior, as in probabilistic PCA; Tipping & Bishop 1999). river has no such model; tests compare with numpy.
Directions are the lanes of a register: row m of the basis is metric m's part in each of at most eight.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.folding import lane_of, total_of
from detectors.baseline.lanes import MOST, Floats, inlined, unmanaged
from detectors.baseline.vector import filled, larger, load, magnitude, select, smaller, store

f32 = np.float32
LANES = 8
ZERO = f32(0)
# A direction with a smaller variance than this (in squared deviations) is none.
LEAST = 1e-4
SWEEPS = 30
Wide = npt.NDArray[np.float64]


@inlined
def statistics(
    basis: Floats,
    start: int,
    inverse: Floats,
    home: int,
    deviations: Floats,
    missing: Any,
    rest: float,
    scratch: Wide,
) -> tuple[float, float]:
    """T2 and Q of a report: `deviations` in lanes (NaN: missing), the basis from row `start` on, row `home` of `inverse` one over each
    direction's variance (0: no direction), `missing` whether a metric is missing that moves in this cohort, `rest` its mean variance
    outside of the directions."""
    if missing:
        return _partial(basis, start, inverse, home, deviations, rest, scratch)
    # Two sums at once: in one, each addition waits for the one before.
    along, other, squares = filled(ZERO), filled(ZERO), filled(ZERO)
    for group in range(deviations.shape[0]):
        lanes, line = load(deviations, group), start + group * LANES
        there = magnitude(lanes) <= MOST
        squares = squares + select(there, lanes * lanes, ZERO)
        lanes = select(there, lanes, ZERO)
        for lane in range(0, LANES, 2):
            along = along + lane_of(lanes, lane) * load(basis, line + lane)
            other = other + lane_of(lanes, lane + 1) * load(basis, line + lane + 1)
    along = along + other
    q = total_of(squares - along * along)
    return total_of(along * along * load(inverse, home)), max(q, ZERO)


@unmanaged
def _partial(  # noqa: PLR0912 - Cholesky's method in place, its loops say what it does
    basis: Floats, start: int, inverse: Floats, home: int, deviations: Floats, rest: float, normal: Wide
) -> tuple[float, float]:
    """`statistics` of what was observed: the directions' most likely lengths given that, by Cholesky's method; `normal` is overwritten."""
    size = deviations.shape[0] * LANES
    for one in range(LANES + 1):
        for other in range(LANES):
            normal[one, other] = 0.0
    for one in range(LANES):
        for metric in range(size):
            z = deviations[metric // LANES, metric % LANES]
            if not np.isnan(z):
                normal[LANES, one] += basis[start + metric, one] * z
                for other in range(one + 1):
                    normal[one, other] += basis[start + metric, one] * basis[start + metric, other]
        normal[one, one] += max(rest, 1e-3) * inverse[home, one] if inverse[home, one] > 0.0 else 1.0
    for one in range(LANES):
        for other in range(one + 1):
            part = normal[one, other]
            for before in range(other):
                part -= normal[one, before] * normal[other, before]
            normal[one, other] = np.sqrt(max(part, 1e-9)) if one == other else part / normal[other, other]
    for one in range(LANES):
        for before in range(one):
            normal[LANES, one] -= normal[one, before] * normal[LANES, before]
        normal[LANES, one] /= normal[one, one]
    for one in range(LANES - 1, -1, -1):
        for after in range(one + 1, LANES):
            normal[LANES, one] -= normal[after, one] * normal[LANES, after]
        normal[LANES, one] /= normal[one, one]
    t2, q = 0.0, 0.0
    for one in range(LANES):
        t2 += normal[LANES, one] * normal[LANES, one] * inverse[home, one]
    for metric in range(size):
        if not np.isnan(deviations[metric // LANES, metric % LANES]):
            left = np.float64(deviations[metric // LANES, metric % LANES])
            for one in range(LANES):
                left -= basis[start + metric, one] * normal[LANES, one]
            q += left * left
    return t2, q


@inlined
def learn(covariance: Floats, start: int, deviations: Floats, limit: Any, weight: Any) -> None:
    """Move a cohort's covariance (rows from `start` on) towards a report's products, where both metrics are present.

    A deviation counts as at most `limit` (winsorised; Huber 1964), so that one report moves it only a little.
    """
    groups = deviations.shape[0]
    for metric in range(groups * LANES):
        z = deviations[metric // LANES, metric % LANES]
        if np.isnan(z):
            continue
        z = min(max(z, -limit), limit) * weight
        for group in range(groups):
            line = start + metric * groups + group
            others, old = load(deviations, group), load(covariance, line)
            cut = smaller(larger(others, ZERO - limit), limit)
            store(covariance, line, select(magnitude(others) <= MOST, old + (z * cut - weight * old), old))


@unmanaged
def refresh(
    covariance: Floats,
    start: int,
    groups: int,
    basis: Floats,
    at: int,
    inverse: Floats,
    home: int,
    explained: float,
    scratch: Wide,
) -> float:
    """Find the directions of a covariance; returns the mean variance outside of them.

    The fewest that explain this share, at most eight and not all; a metric that never moved is in none. `scratch` is overwritten.
    """
    size = groups * LANES
    for one in range(size):
        for other in range(size):
            scratch[one, other] = covariance[start + one * groups + other // LANES, other % LANES]
    diagonalise(scratch, size)
    total, moving = 0.0, 0
    for place in range(size):
        total += max(scratch[place, place], 0.0)
        moving += scratch[place, place] > LEAST
    reached, number = 0.0, 0
    for lane in range(LANES):
        place = 0
        for other in range(size):
            if scratch[other, other] > scratch[place, place]:
                place = other
        variance = scratch[place, place]
        taken = variance > LEAST and reached < explained * total and lane < max(moving - 1, 1)
        inverse[home, lane] = 1.0 / variance if taken else 0.0
        for metric in range(size):
            basis[at + metric, lane] = scratch[size + metric, place] if taken else 0.0
        if taken:
            reached += variance
            number += 1
        scratch[place, place] = -1.0
    return max(total - reached, 0.0) / max(moving - number, 1)


@unmanaged
def diagonalise(scratch: Wide, size: int) -> None:
    """Jacobi's method (1846) on the symmetric matrix in the first `size` rows: its eigenvalues become the diagonal, the columns of the next
    `size` rows its eigenvectors. The same operations in the same order everywhere, which a linear algebra library does not promise."""
    for one in range(size):
        for other in range(size):
            scratch[size + one, other] = 1.0 if one == other else 0.0
    for _ in range(SWEEPS):
        off, whole = 0.0, 0.0
        for one in range(size):
            whole += scratch[one, one] * scratch[one, one]
            for other in range(one):
                off += scratch[one, other] * scratch[one, other]
        if off <= 1e-18 * whole:
            break
        for one in range(size - 1):
            for other in range(one + 1, size):
                if scratch[one, other] != 0.0:
                    _rotate(scratch, size, one, other)


@unmanaged
def _rotate(scratch: Wide, size: int, one: int, other: int) -> None:
    theta = (scratch[other, other] - scratch[one, one]) / (2.0 * scratch[one, other])
    tangent = (1.0 if theta >= 0.0 else -1.0) / (abs(theta) + math.sqrt(theta * theta + 1.0))
    cosine = 1.0 / math.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    for place in range(2 * size):
        left, right = scratch[place, one], scratch[place, other]
        scratch[place, one] = cosine * left - sine * right
        scratch[place, other] = sine * left + cosine * right
    for place in range(size):
        left, right = scratch[one, place], scratch[other, place]
        scratch[one, place] = cosine * left - sine * right
        scratch[other, place] = sine * left + cosine * right


@unmanaged
def expected(
    covariance: Floats,
    start: int,
    groups: int,
    basis: Floats,
    at: int,
    inverse: Floats,
    home: int,
    rest: float,
    scales: Wide,
) -> float:
    """By what the expected T2 and Q of reports with this covariance exceed those of the model's own, the larger of the two.

    `scales[0]` is by what each metric's deviations grew since the model was made.
    """
    size = groups * LANES
    t2, directions, trace, inside, moving = 0.0, 0, 0.0, 0.0, 0
    for metric in range(size):
        own = covariance[start + metric * groups + metric // LANES, metric % LANES] * scales[0, metric] ** 2
        trace += own
        moving += own > LEAST
    for lane in range(LANES):
        if inverse[home, lane] <= 0.0:
            continue
        variance = 0.0
        for one in range(size):
            for other in range(size):
                entry = covariance[start + one * groups + other // LANES, other % LANES]
                part = basis[at + one, lane] * scales[0, one] * basis[at + other, lane] * scales[0, other]
                variance += part * entry
        t2 += variance * inverse[home, lane]
        inside += variance
        directions += 1
    outside = max(trace - inside, 0.0) / max(moving - directions, 1)
    return max(t2 / max(directions, 1), outside / max(rest, 1e-3))
