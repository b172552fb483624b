"""Features as numbers around 0 to 1: symmetric logarithms, less where the feature usually is, by how wide it usually is.

The range is the 5% and the 95% quantile of the first trusted events, and follows later ones by stochastic approximation (Robbins & Monro
1951), each event with the weight it is learned with: one event moves an end by at most a 500th of the range. So a far value cannot
squeeze all others together, as it does where the range is the smallest and the largest value so far (Kitsune). What is outside goes on
to `FAR` ranges, then is cut. In the net's own units the range is -1 to 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.autoencoders.memory import HIGH, LEAST, LOW
from detectors.autoencoders.network import means
from detectors.baseline.lanes import unmanaged
from detectors.compiling import compiled

EDGE, STEP = 0.05, 0.002
FAR = 5.0  # half ranges from the middle
MOST_VALUE = 1e100  # beyond, a value is missing
MOST_LOG = math.asinh(MOST_VALUE)


@unmanaged
def logarithm(value: float, origin: float) -> float:
    """A value's symmetric logarithm less the feature's origin; NaN for a missing one."""
    return math.asinh(value) - origin if abs(value) < MOST_VALUE else math.nan


@unmanaged
def place(ranges: Any, feature: int, value: float) -> float:
    """A value (as a logarithm) in the net's units."""
    low, high = ranges[LOW, feature], ranges[HIGH, feature]
    half = max(high - low, ranges[LEAST, feature]) / 2.0
    return float(min(max((value - (low + high) / 2.0) / half, -FAR), FAR))


@unmanaged
def value_at(ranges: Any, feature: int, placed: float, origin: float) -> float:
    """The value that is there in the net's units."""
    low, high = ranges[LOW, feature], ranges[HIGH, feature]
    half = max(high - low, ranges[LEAST, feature]) / 2.0
    return math.sinh(min(max((low + high) / 2.0 + placed * half + origin, -MOST_LOG), MOST_LOG))


@unmanaged
def put(values: Any, ranges: Any, cells: Any, places: Any, groups: int, rows: int, work: Any) -> int:
    """An event's values into the lanes of `work`; a missing one is at its mean. How many there are. `rows` is what a group takes."""
    found = 0
    for group in range(groups):
        row = means(group * rows, 1)
        for lane in range(places.shape[1]):
            feature = places[group, lane]
            work.x[group, lane], work.there[group, lane] = cells[row, lane], 0.0
            if feature >= 0 and not math.isnan(values[feature]):
                work.x[group, lane] = place(ranges, feature, values[feature])
                work.there[group, lane] = 1.0
                found += 1
    return found


@unmanaged
def stretch(ranges: Any, values: Any, weight: float) -> None:
    """Let the ends of the ranges follow an event."""
    for feature in range(len(values)):
        value = values[feature]
        if math.isnan(value):
            continue
        step = STEP * weight * max(ranges[HIGH, feature] - ranges[LOW, feature], ranges[LEAST, feature])
        ranges[LOW, feature] += step * (EDGE - (value < ranges[LOW, feature]))
        ranges[HIGH, feature] -= step * (EDGE - (value > ranges[HIGH, feature]))


@compiled
def fit(events: Any, ranges: Any) -> None:
    """The ranges of kept events; a feature that hardly moves gets a width for what it may reach."""
    for feature in range(events.shape[1]):
        values = events[:, feature]
        values = np.sort(values[~np.isnan(values)])
        ranges[:, feature] = 0.0
        ranges[LEAST, feature] = 1.0
        if len(values):
            low, high = values[len(values) // 20], values[(len(values) * 19) // 20]
            ranges[LOW, feature], ranges[HIGH, feature] = low, high
            ranges[LEAST, feature] = max((high - low) / 4.0, (values[-1] - values[0]) / 8.0, 1e-3)
