"""The compiled heart of the damped statistics: one pass that ages a stream, takes a pair of values in, and tells what it knows.

Damped incremental statistics (Mirsky, Doitshman, Elovici & Shabtai 2018, "Kitsune", section on AfterImage): an observation weighs
2^(-age / half-life). Kept as weight, mean and squared deviations instead of the paper's sums of values and squares, which is the same by
algebra and does not lose its digits where the mean is far larger than the deviation (West 1979). Where both values of a pair come
together the covariance is exact; where one comes alone its residual is multiplied with the last, faded one of the other: the paper's
approximation. Everything is in this one file because numba's cache does not notice a change in another one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.baseline.lanes import unmanaged

VERSION = 1  # any change of a statistic or of the state
WAYS = 8  # places a line
HUGE = 1e100  # a value beyond is missing, so that squares stay finite
US = 1e6
FORGOTTEN = 1e-30  # a weight below, after a hundred half-lives, is none

# What is kept of a stream for each half-life.
EVENTS = 0
SIDES = (1, 5)  # where the fields of the one and of the other value begin
SIDE, WEIGHT, MEAN, DEVIATION, LAST = 4, 0, 1, 2, 3  # one side's, and how many they are
PAIRS, PRODUCT = 9, 10
FIELDS = 11
# What is told of it.
STATISTICS = (
    "weight",
    "mean",
    "std",
    "other_mean",
    "other_std",
    "magnitude",
    "radius",
    "covariance",
    "correlation",
)
TOLD = len(STATISTICS)
SEEN, EVICTED, MISSING = 0, 1, 2
COUNTERS = 3


@unmanaged
def place_of(owners: Any, turns: Any, counters: Any, key: Any) -> tuple[int, bool]:
    """The stream's place, and whether it is new there: the least recently seen stream of a full line gives way and is counted."""
    line = int(key % np.uint64(len(owners) // WAYS)) * WAYS
    oldest = line
    for place in range(line, line + WAYS):
        if owners[place] == key:
            turns[place] = counters[SEEN]
            return place, False
        if turns[place] < turns[oldest]:
            oldest = place
    if owners[oldest] != 0:
        counters[EVICTED] += 1
    owners[oldest], turns[oldest] = key, counters[SEEN]
    return oldest, True


@unmanaged
def fade(cell: Any, factor: float) -> None:
    """Age everything that is a weight or a weighted sum; means stay until they are forgotten."""
    cell[EVENTS] *= factor
    cell[PAIRS] *= factor
    cell[PRODUCT] *= factor
    if cell[PAIRS] < FORGOTTEN:
        cell[PAIRS] = cell[PRODUCT] = 0.0
    for side in SIDES:
        cell[side + WEIGHT] *= factor
        cell[side + DEVIATION] *= factor
        cell[side + LAST] *= factor
        if cell[side + WEIGHT] < FORGOTTEN:
            cell[side : side + SIDE] = 0.0


@unmanaged
def take(cell: Any, side: int, value: float) -> tuple[float, float]:
    """Learn a value of one side; its distance from the mean before and after."""
    before = value - cell[side + MEAN]
    if cell[side + WEIGHT] == 0.0:
        before = 0.0
        cell[side + MEAN] = value
    cell[side + WEIGHT] += 1.0
    cell[side + MEAN] += before / cell[side + WEIGHT]
    after = value - cell[side + MEAN]
    cell[side + DEVIATION] += before * after
    cell[side + LAST] = after
    return before, after


@unmanaged
def insert(cell: Any, one: float, other: float) -> None:
    """Learn an event's values; one that is missing (NaN, infinite, absurd) teaches nothing of its side."""
    cell[EVENTS] += 1.0
    has_one, has_other = abs(one) < HUGE, abs(other) < HUGE
    last_one, last_other = cell[SIDES[0] + LAST], cell[SIDES[1] + LAST]
    before, after, after_other = 0.0, 0.0, 0.0
    if has_one:
        before, after = take(cell, SIDES[0], one)
    if has_other:
        _, after_other = take(cell, SIDES[1], other)
    if has_one and has_other:
        cell[PRODUCT] += before * after_other
    elif has_one and cell[SIDES[1] + WEIGHT] > 0.0:
        cell[PRODUCT] += after * last_other
    elif has_other and cell[SIDES[0] + WEIGHT] > 0.0:
        cell[PRODUCT] += after_other * last_one
    if (has_one and cell[SIDES[1] + WEIGHT] > 0.0) or (has_other and cell[SIDES[0] + WEIGHT] > 0.0):
        cell[PAIRS] += 1.0


@unmanaged
def tell(cell: Any, told: Any) -> None:
    """The statistics of `STATISTICS`; those of values that never came are NaN."""
    told[:] = np.nan
    told[0] = cell[EVENTS]
    for place in range(2):
        side = SIDES[place]
        if cell[side + WEIGHT] > 0.0:
            told[1 + 2 * place] = cell[side + MEAN]
            told[2 + 2 * place] = math.sqrt(max(cell[side + DEVIATION] / cell[side + WEIGHT], 0.0))
    if cell[PAIRS] > 0.0:
        told[5] = math.hypot(told[1], told[3])
        told[6] = math.hypot(told[2] ** 2, told[4] ** 2)
        told[7] = cell[PRODUCT] / cell[PAIRS]
        spread = told[2] * told[4]
        told[8] = min(max(told[7] / spread, -1.0), 1.0) if spread > 0.0 else 0.0


@unmanaged
def observe(
    owners: Any,
    turns: Any,
    times: Any,
    cells: Any,
    counters: Any,
    half_lives_s: Any,
    keys: Any,
    times_us: Any,
    ones: Any,
    others: Any,
    told: Any,
) -> None:
    """Take events in, one after the other; `told` has a row an event, the half-lives' statistics side by side, NaN where the key is 0."""
    for row in range(len(keys)):
        key = keys[row]
        if key == 0:
            counters[MISSING] += 1
            told[row] = np.nan
            continue
        counters[SEEN] += 1
        place, new = place_of(owners, turns, counters, key)
        if new:
            cells[place] = 0.0
            times[place] = times_us[row]
        # In floats: the difference of two hostile times may not fit into 64 bits.
        passed = max(float(times_us[row]) - float(times[place]), 0.0) / US
        times[place] = max(times[place], times_us[row])
        for pace in range(len(half_lives_s)):
            cell = cells[place, pace]
            fade(cell, 2.0 ** (-passed / half_lives_s[pace]))
            insert(cell, ones[row], others[row])
            tell(cell, told[row, pace * TOLD : (pace + 1) * TOLD])
