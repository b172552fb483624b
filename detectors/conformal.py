"""P-values for scores of any scale that stay honest while the scores' distribution drifts.

Weighted conformal p-values (Barber, Candes, Ramdas & Tibshirani 2023, "Conformal prediction beyond exchangeability", Ann. Statist. 51): the
share of earlier scores at least as large as this one, where a score weighs less the older it is. With exchangeable scores P(p <= a) <= a;
under drift it exceeds a by at most the weighted distance between then and now. On top, each level is steered by how often it was
really undercut (adaptive conformal inference; Gibbs & Candes 2021), so that in the long run it is, whatever the drift.

Scores are kept as weights in bins, eight an octave, from 2**-10 to 2**22: a score counts all of its own bin as at least as large, so
rounding only makes p-values larger. Not valid against somebody who chooses scores knowing the state; and no p-value is below one in
the effective number of scores kept (`MEMORY`), so very small levels can't be reached early.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import unmanaged

Weights = npt.NDArray[np.float64]
BINS = 256
# A float32's bits less this are eighths of an octave above 2**-10.
SHIFT, ORIGIN = 20, (127 - 10) << 3
# An older score weighs less by this share for each one after it: about as many count.
MEMORY = 20_000.0
GROWTH = 1.0 / (1.0 - 1.0 / MEMORY)
LARGEST = 1e12
# Beside the bins: all weights together, the weight of the next score, and how many scores there were.
TOTAL, NEXT, COUNT = BINS, BINS + 1, BINS + 2
WIDTH = BINS + 3
# The levels that are steered, and how fast: each time a level is undercut it goes down by this share of itself.
LEVELS = np.array([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
GAIN = 0.05


def scores(streams: int) -> Weights:
    """Room for the scores of so many streams, none seen yet."""
    return np.zeros((streams, WIDTH))


def levels(streams: int) -> Weights:
    """The levels of so many streams, as they are before anything is known."""
    return np.tile(LEVELS, (streams, 1))


@unmanaged
def bin_of(score: float) -> Any:
    """The bin of a score; negative ones and NaN are in the lowest."""
    if not score > 0.0:
        return 0
    bits = np.float32(min(score, 1e30)).view(np.int32)
    place: Any = (bits >> SHIFT) - ORIGIN
    return min(max(place, 0), BINS - 1)


@unmanaged
def p_value(kept: Weights, score: float) -> float:
    """The share of weight at or above a score, itself included; 1 before anything is known. `kept` is one stream of `scores`."""
    if kept[COUNT] == 0.0:
        return 1.0
    # Four sums at once: in one, each addition waits for the one before.
    first, second, third, fourth = kept[NEXT], 0.0, 0.0, 0.0
    start = bin_of(score)
    while start % 4:
        first += kept[start]
        start += 1
    for place in range(start, BINS, 4):
        first += kept[place]
        second += kept[place + 1]
        third += kept[place + 2]
        fourth += kept[place + 3]
    return float(min((first + second + third + fourth) / (kept[TOTAL] + kept[NEXT]), 1.0))


@unmanaged
def add(kept: Weights, score: float) -> None:
    """Learn a score; all earlier ones weigh less from now on."""
    if kept[COUNT] == 0.0:
        kept[NEXT] = 1.0
    kept[bin_of(score)] += kept[NEXT]
    kept[TOTAL] += kept[NEXT]
    kept[COUNT] += 1.0
    kept[NEXT] *= GROWTH
    if kept[NEXT] > LARGEST:
        for place in range(NEXT + 1):
            kept[place] /= LARGEST


@unmanaged
def adapt(at: Weights, p: float) -> None:
    """Steer a stream's levels by a p-value that came true. `at` is one stream of `levels`; a level may go below 0: never undercut."""
    for place in range(LEVELS.shape[0]):
        missed = 1.0 if p <= at[place] else 0.0
        at[place] += GAIN * LEVELS[place] * (LEVELS[place] - missed)


@unmanaged
def calibrated(at: Weights, p: float) -> float:
    """The p-value that undercuts a level as often as it says: the smallest steered level that `p` undercuts, and in between in proportion.

    Never smaller than `p` times the correction of the smallest level, never above 1.
    """
    low, target = 0.0, 0.0
    for place in range(LEVELS.shape[0]):
        high = max(at[place], low)
        if p <= high and high > 0.0:
            share = (p - low) / (high - low) if high > low else 1.0
            return float(min(max(target + share * (LEVELS[place] - target), 1e-12), 1.0))
        low, target = high, LEVELS[place]
    return float(min(target + (p - low) / max(1.0 - low, 1e-12) * (1.0 - target), 1.0))
