"""Numbers as symbols that can be counted: symmetric logarithms, cut into bins as wide as the reference's own spread tells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled, unmanaged

RESOLUTIONS = (8.0, 2.0)  # bins between the 5% and the 95% quantile
FAR_NATS, MOST_FAR = 3.0, 18.0  # for each range outside a number's range, and at most
STEP, EDGE = 0.02, 0.01
NAMES = 0.95
LINEAR = 4.0  # times the least a number is at most, where it is taken as it is
MISSING = np.uint64(1)


@unmanaged
def symbol(value: float, low: float, width: float) -> Any:
    """The bin of a squeezed number; one of its own for a missing one."""
    if math.isnan(value):
        return MISSING
    return np.uint64(int(min(max(math.floor((value - low) / width + 0.5), -1000.0), 1000.0)) + 2000)


@unmanaged
def cut(
    values: Any, words: Any, lows: Any, widths: Any, ranges: Any, fine: Any, coarse: Any, far: Any
) -> None:
    """An event's symbols a column, numbers first, finely and coarsely cut; how far numbers are outside their range (nats)."""
    count = len(values)
    for column in range(count):
        value, low, width = values[column], lows[column], widths[column]
        fine[column] = symbol(value, low, width / RESOLUTIONS[0])
        coarse[column] = symbol(value, low, width / RESOLUTIONS[1])
        beyond = max(ranges[0, column] - value, value - ranges[1, column], 0.0) / width
        far[column] = 0.0 if math.isnan(value) else min(FAR_NATS * beyond, MOST_FAR)
    for place in range(len(words)):
        fine[count + place] = coarse[count + place] = words[place]


@compiled
def squeeze(kept: Any, count: int, middles: Any, cores: Any) -> None:
    """Choose how each number is squeezed from the first events, and squeeze those anew: symmetric logarithms around 0, or, for one that
    is never near 0, around its median with a linear middle, for relations of such numbers are linear."""
    for column in range(len(middles)):
        values = kept[:count, column]
        known = np.sort(np.sinh(values[~np.isnan(values)]))
        if len(known) > count // 2 and (known[0] > 0.0 or known[-1] < 0.0):
            nearest, farthest = min(abs(known[0]), abs(known[-1])), max(abs(known[0]), abs(known[-1]))
            if farthest < LINEAR * nearest:
                middles[column] = known[len(known) // 2]
                cores[column] = LINEAR * abs(middles[column])
                for row in range(count):
                    kept[row, column] = math.asinh((math.sinh(values[row]) - middles[column]) / cores[column])


@compiled
def fit(kept: Any, count: int, lows: Any, widths: Any) -> None:
    """The numeric columns' ranges from kept events: 5% to 95% of the squeezed values, widened where there is none."""
    for column in range(len(lows)):
        values = kept[:count, column]
        values = np.sort(values[~np.isnan(values)])
        if len(values) == 0:
            lows[column], widths[column] = 0.0, 1.0
            continue
        low, high = values[len(values) // 20], values[(len(values) * 19) // 20]
        span = values[-1] - values[0]
        lows[column], widths[column] = low, max(high - low, span / 8, 1e-3 * (1.0 + abs(low)))


@unmanaged
def stretch(values: Any, widths: Any, ranges: Any, weight: float) -> None:
    """Let the ends of what is usual, the 1% and the 99% quantile, follow an event (stochastic approximation, Robbins & Monro 1951)."""
    for column in range(len(values)):
        if not math.isnan(values[column]):
            step = STEP * weight * widths[column]
            ranges[0, column] += step * (EDGE - (values[column] < ranges[0, column]))
            ranges[1, column] -= step * (EDGE - (values[column] > ranges[1, column]))


@compiled
def sort_kinds(kept_words: Any, count: int, numbers: int, kinds: Any, names: Any) -> None:
    """Which text columns tell the kind of an event, having few values, and which only name it, having ever new ones: those say nothing."""
    for place in range(kept_words.shape[1]):
        distinct = len(np.unique(kept_words[:count, place]))
        kinds[numbers + place] = distinct <= max(count // 4, 2)
        names[numbers + place] = distinct > NAMES * count
