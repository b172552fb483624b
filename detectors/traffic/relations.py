"""How numbers go together: each one's distance from what the others say of it, and from the device's own latest level.

Values are squeezed (`symbols.squeeze`), less the level of the device's events of this kind, so devices and kinds may differ in level. The
covariance is one a cohort, damped; with its inverse P, what is left of column i when all others have explained it is (P x)_i / P_ii, with
variance 1 / P_ii (Lauritzen 1996), and x'Px is the squared Mahalanobis distance: Hotelling's T-squared. Linear relations only; at most
`MOST` columns, the first ones, because the cost is a square.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import managed, unmanaged
from detectors.elimination import eliminate
from detectors.traffic.calibration import SILENT

MOST = 32
LEVEL_SHARE, SCALE_SHARE, COVARIANCE_SHARE = 0.15, 0.005, 1.0 / 2000.0
ENOUGH = 64.0  # related events until relations are judged
SETTLED = 8  # events of a device until its numbers are compared
RIDGE = 1e-3
FLOOR = 1e-4  # of a column's width, squared
LEAST = 1e-6
JUMP_FLOOR = 0.005  # of a column's width: what a level has not settled to yet is no jump
STEADY, EASE = (
    4.0,
    2.0,
)  # usual distances from which on a level does not follow, and how gradually that sets in
NEAR, LEAST_NEAR = (
    2.5,
    0.1,
)  # usual distances from a device's level within which a rare number counts less, and what for at least


@unmanaged
def slot_of(word: Any, owners: Any, ages: Any, levels: Any, base: int) -> int:
    """The slot of a device's events of a kind; it takes the place of whoever had it before, and starts at the levels of slot `base`."""
    slot = int(word % np.uint64(len(owners)))
    if owners[slot] != word:
        owners[slot], ages[slot] = word, 0
        if base >= 0 and base != slot:
            for column in range(levels.shape[1]):
                levels[slot, column] = levels[base, column]
    return slot


@unmanaged
def compressed(square: float) -> float:
    """A square as nats of a heavy tail: far is odd, farther is not much odder."""
    return 4.0 * math.log(1.0 + square / 2.0)


@unmanaged
def centred(values: Any, mean: Any, x: Any) -> None:
    """The values less the device's means; a missing one is at its mean."""
    for column in range(len(x)):
        value = values[column]
        x[column] = 0.0 if math.isnan(value) else value - mean[column]


@unmanaged
def residuals(x: Any, precision: Any, spread: float, found: Any) -> float:
    """Compressed squares of the standard scores of what others don't explain; last, of all together: in units of `spread`, the mean square
    that is usual for this kind of events, because a cohort's relations hold for some kinds better. Returns the event's own mean square."""
    together = 0.0
    for column in range(len(x)):
        told = 0.0
        for other in range(len(x)):
            told += precision[column, other] * x[other]
        together += told * x[column]
        found[column] = compressed(told * told / precision[column, column] / spread)
    together = max(together, 0.0) / len(x)
    found[len(x)] = 2.0 * compressed(together / spread)
    return float(together)


@unmanaged
def jumps(values: Any, level: Any, scales: Any, widths: Any, found: Any) -> None:
    """Distances from the device's own latest level in units of the cohort's usual ones."""
    for column in range(len(found)):
        value = values[column]
        found[column] = (
            SILENT
            if math.isnan(value)
            else compressed(
                ((value - level[column]) / (scales[column] + JUMP_FLOOR * widths[column] + LEAST)) ** 2
            )
        )


@unmanaged
def nearness(values: Any, level: Any, scales: Any, found: Any) -> None:
    """What a rare number counts for: little where the device has just been close to it, for life drifts and attacks jump."""
    for column in range(len(found)):
        away = (values[column] - level[column]) / (NEAR * scales[column] + LEAST)
        found[column] = 1.0 if math.isnan(away) else min(max(away * away, LEAST_NEAR), 1.0)


@unmanaged
def follow(
    values: Any, age: int, settled: Any, level: Any, scales: Any, events: float, weight: float
) -> None:
    """Move a device's level, and the cohort's usual distances, towards an event: as much as it is trusted, or all the way where no number
    is far from the level, because life drifts and attacks jump. Where there is no level yet, it starts at the event."""
    fast = max(1.0 / (age + 1.0), LEVEL_SHARE)
    farthest = 0.0
    for column in range(len(level)):
        if not math.isnan(values[column]):
            farthest = max(farthest, abs(values[column] - level[column]) / (scales[column] + LEAST))
    pull = max(weight, min((STEADY - farthest) / EASE, 1.0))
    step = 1.0 if age == 0 and not settled else fast * pull
    for column in range(len(level)):
        value = values[column]
        if math.isnan(value):
            continue
        if settled:
            scales[column] += (
                max(SCALE_SHARE, 1.0 / (events + 1.0)) * pull * (abs(value - level[column]) - scales[column])
            )
        level[column] += np.float32(step * (value - level[column]))


@unmanaged
def relate(x: Any, covariance: Any, learned: float, weight: float) -> None:
    """Move the covariance towards an event."""
    share = weight * max(1.0 / (learned + 1.0), COVARIANCE_SHARE)
    for column in range(len(x)):
        for other in range(column + 1):
            covariance[column, other] += share * (x[column] * x[other] - covariance[column, other])


@managed
def invert(covariance: Any, learned: float, widths: Any, precision: Any) -> None:
    """The inverse of the covariance, drawn to its diagonal while little is learned (Gauss-Jordan; positive definite by the ridge)."""
    count = len(precision)
    ridge = RIDGE + count / (learned + count)
    work = np.zeros((count, count))
    for column in range(count):
        for other in range(count):
            lower, upper = max(column, other), min(column, other)
            work[column, other] = covariance[lower, upper] / (1.0 if column == other else 1.0 + ridge)
        work[column, column] += LEAST + FLOOR * widths[column] ** 2 + RIDGE * covariance[column, column]
    precision[:] = np.eye(count)
    eliminate(work, precision)
