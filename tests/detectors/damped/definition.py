"""The damped statistics as they are defined: every event so far, weighted by its age, summed up anew for each event."""

from __future__ import annotations

import math

import numpy as np

from detectors.checks import Floats


def usable(values: Floats) -> Floats:
    """The values, NaN for those that are missing."""
    return np.where(np.abs(values) < 1e100, values, np.nan)


def ages(times_s: Floats) -> Floats:
    """How much older each event is than the last one, by a clock that never runs backwards."""
    clock = np.maximum.accumulate(times_s)
    return np.asarray(clock[-1] - clock, np.float64)


def mean(values: Floats, weights: Floats) -> float:
    """The weighted mean of what is there; NaN of nothing."""
    there = ~np.isnan(values)
    return float((weights[there] * values[there]).sum() / weights[there].sum()) if there.any() else math.nan


def deviation(values: Floats, weights: Floats) -> float:
    """The weighted standard deviation around the weighted mean."""
    there = ~np.isnan(values)
    if not there.any():
        return math.nan
    squares = weights[there] * (values[there] - mean(values, weights)) ** 2
    return math.sqrt(squares.sum() / weights[there].sum())


def residual(values: Floats, times_s: Floats, half_s: float, row: int, before: bool) -> float:
    """A value less its stream's mean then, without itself (`before`, 0 for the first) or with itself."""
    earlier = values[: row + (0 if before else 1)]
    if np.isnan(earlier).all():
        return 0.0
    return float(values[row] - mean(earlier, 2.0 ** (-ages(times_s[: len(earlier)]) / half_s)))


def product(one: Floats, other: Floats, times_s: Floats, half_s: float) -> tuple[float, float]:
    """The weight of pairs and the weighted sum of products of residuals, as the last event leaves them."""
    weights, pairs, total = 2.0 ** (-ages(times_s) / half_s), 0.0, 0.0
    for row in range(len(one)):
        has = [not np.isnan(side[row]) for side in (one, other)]
        if all(has):
            found = residual(one, times_s, half_s, row, True) * residual(other, times_s, half_s, row, False)
        elif any(has):
            mine, theirs = (one, other) if has[0] else (other, one)
            known = np.flatnonzero(~np.isnan(theirs[:row]))
            if not len(known):
                continue
            faded = 2.0 ** (-ages(times_s[: row + 1])[known[-1]] / half_s)
            last = faded * residual(theirs, times_s, half_s, int(known[-1]), False)
            found = residual(mine, times_s, half_s, row, False) * last
        else:
            continue
        pairs, total = pairs + weights[row], total + weights[row] * found
    return pairs, total


def statistics(one: Floats, other: Floats, times_s: Floats, half_s: float) -> Floats:
    """What is told behind the last of these events of one stream."""
    one, other = usable(one), usable(other)
    weights = 2.0 ** (-ages(times_s) / half_s)
    told = [weights.sum()]
    for side in (one, other):
        told += [mean(side, weights), deviation(side, weights)]
    pairs, total = product(one, other, times_s, half_s)
    if not pairs:
        return np.array([*told, *[math.nan] * 4])
    spread = told[2] * told[4]
    correlation = min(max(total / pairs / spread, -1.0), 1.0) if spread > 0.0 else 0.0
    magnitude, radius = math.hypot(told[1], told[3]), math.hypot(told[2] ** 2, told[4] ** 2)
    return np.array([*told, magnitude, radius, total / pairs, correlation])
