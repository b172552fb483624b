"""How far is too far: what a cohort's healthy days reached, which a finding must exceed by its kind's factor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.baseline.bins import ABOVE, BELOW, BINS, ENERGY, JUMP, edge
from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.parameters import Parameters


@unmanaged
def least_of(aspect: int, p: Parameters) -> Any:
    """The smallest size that sets a margin."""
    if aspect == JUMP:
        return p.spike_known_z / p.spike_factor
    if aspect in (ABOVE, BELOW):
        return p.drift_known_share / p.drift_factor
    if aspect == ENERGY:
        return p.noise_ratio / p.noise_factor
    return p.shift_known_share / p.shift_factor


@unmanaged
def reached(weights: Floats, aspect: int, p: Parameters) -> Any:
    """The size that days of weight `cohort_rank` reach."""
    above = np.float32(0)
    for number in range(BINS - 1, 0, -1):
        above += weights[number]
        if above >= p.cohort_rank:
            return edge(number + 1, aspect)
    return edge(1, aspect)


@unmanaged
def limit_of(weights: Floats, aspect: int, general: float, lived: int, p: Parameters) -> Any:
    """The size that sets the margin; where few days are known, at least the `general` one (0: not known either).

    Devices' days of one date are much alike (weather, weekday), so many of them are still one day: until `lived` makes a week the margin is
    wider, as the largest of n days with a Pareto tail of index 2 grows with the root of n. Noise is a mean of squares, whose largest grows
    with the root of that only. While a cohort has few device-days, that of jumps, which are rare and large (a battery is charged now and
    then), is wider by the fourth root of what they lack, where that is more; that of the range in that week only, beside it. Where the
    `general` one stands for it, it is the wider of both.
    """
    total: Any = np.float32(0)
    for number in range(BINS):
        total += weights[number]
    few = max(p.cohort_many_days / max(total, p.cohort_days), 1.0) ** 0.25
    young = math.sqrt(max(p.known_days / (lived + 1.0), 1.0))
    if total < p.cohort_days:
        return general * max(few / young, 1.0)
    size = max(reached(weights, aspect, p), least_of(aspect, p))
    if aspect == JUMP:
        size *= max(few, young)
    elif aspect == ENERGY:
        size *= math.sqrt(young)
    else:
        size *= few * young if aspect in (ABOVE, BELOW) and lived < p.known_days else young
    return size if total >= p.cohort_full_days else max(size, general)
