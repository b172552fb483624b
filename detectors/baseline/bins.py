"""Sizes of healthy days in bins of a quarter of an octave, as weights, and how rare a size is among them.

Older days weigh less (`day_weight` to the power of their age), so the rank of a new day among them is a conformal p-value for data that
drift: valid but for how far the weighted past differs from today (Barber, Candes, Ramdas and Tibshirani, "Conformal prediction beyond
exchangeability", Annals of Statistics 2023).
"""

from __future__ import annotations

import math
from typing import Any

from detectors.baseline.lanes import Floats, unmanaged

# The aspects of a day: the third largest deviation, how far above and below its range (in ranges), the largest noise,
# and how far its whole range was lifted or lowered.
JUMP, ABOVE, BELOW, ENERGY, LIFT, SINK = range(6)
ASPECTS = 6
BINS = 48
PER_OCTAVE = 4.0
# The lower edge of the first bin of each aspect.
SMALLEST = (1.0, 1 / 64, 1 / 64, 0.25, 1 / 64, 1 / 64)


@unmanaged
def bin_of(score: float, aspect: int) -> int:
    """The bin of a size."""
    if score <= SMALLEST[aspect]:
        return 0
    return min(int(PER_OCTAVE * math.log2(score / SMALLEST[aspect])), BINS - 1)


@unmanaged
def edge(number: int, aspect: int) -> Any:
    """The lower edge of a bin."""
    return SMALLEST[aspect] * 2.0 ** (number / PER_OCTAVE)


@unmanaged
def p_value(weights: Floats, aspect: int, score: float) -> Any:
    """How often a healthy day of a device of the cohort gets as far: the weighted share of days that did, today counted among them.

    Beyond nine tenths of the days the share follows their Pareto tail (Hill 1975), down to a tenth of what the number of days alone can
    show.
    """
    total = above = tail = excess = 0.0
    number = bin_of(score, aspect)
    for place in range(BINS):
        total += weights[place]
        above += weights[place] if place >= number else 0.0
    rank = (1.0 + above) / (1.0 + total)
    if rank > 0.1:
        return rank
    start = BINS
    while start > 1 and tail < max(0.1 * total, 2.0):
        start -= 1
        tail += weights[start]
    for place in range(start, BINS):
        excess += weights[place] * (place - start + 0.5)
    index = min(max(PER_OCTAVE * tail / (max(excess, 1e-6) * math.log(2.0)), 1.0), 8.0)
    extended = (1.0 + tail) / (1.0 + total) * (score / edge(start, aspect)) ** -index
    return max(min(rank, extended), 0.1 / (1.0 + total))
