"""The last rows of each channel, and what was noted of them while the machine was learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled
from detectors.plant.memory import AFTER, BEFORE, BLOCK, DRIFT, DRIFT_POWER, HUGE, RAW, RING, STILL, WINDOW


@compiled
def put(state: Any, values: Any, channels: int) -> None:
    """Take a row into the ring, as differences to each channel's first value."""
    place = state.rows % RING
    for channel in range(channels):
        value = values[channel]
        if not abs(value) < HUGE:
            state.missing += 1
            state.ring[place, channel] = np.nan
            continue
        if state.started[channel] == 0:
            state.started[channel], state.origin[channel] = 1, value
        state.ring[place, channel] = value - state.origin[channel]


@compiled
def mean(state: Any, channel: int, start: int, rows: int) -> float:
    """The mean of `rows` rows that end `start` rows ago; NaN where fewer than half of them are there."""
    total, found = 0.0, 0
    for back in range(start, start + rows):
        value = state.ring[(state.rows - back) % RING, channel]
        if not math.isnan(value):
            total += value
            found += 1
    return total / found if 2 * found >= rows else np.nan


@compiled
def spread(state: Any, channel: int, middle: float) -> float:
    """The logarithm of the last rows' variance around their mean, with a floor far below what is usual for the channel."""
    total, found = 0.0, 0
    for back in range(WINDOW):
        value = state.ring[(state.rows - back) % RING, channel]
        if not math.isnan(value):
            total += (value - middle) ** 2
            found += 1
    return math.log(total / max(found, 1) + still(state, channel) ** 2 + 1e-2 * variance(state, RAW, channel))


@compiled
def still(state: Any, channel: int) -> float:
    """The smallest difference that counts as one."""
    return float(STILL * abs(state.origin[channel] + state.means[RAW, channel]) + 1e-12)


@compiled
def variance(state: Any, statistic: int, channel: int) -> float:
    """A learned statistic's variance."""
    return float(state.squares[statistic, channel] / max(state.counts[statistic, channel], 1.0))


@compiled
def note(state: Any, statistic: int, channel: int, value: float) -> None:
    """Learn one value of a statistic (Welford 1962)."""
    if math.isnan(value):
        return
    state.counts[statistic, channel] += 1.0
    before = value - state.means[statistic, channel]
    state.means[statistic, channel] += before / state.counts[statistic, channel]
    state.squares[statistic, channel] += before * (value - state.means[statistic, channel])


@compiled
def jump(state: Any, channel: int) -> float:
    """How far the newest rows' mean is from that of the rows before them."""
    return mean(state, channel, 0, AFTER) - mean(state, channel, AFTER, BEFORE)


@compiled
def drift(blocked: float, independent: float) -> float:
    """By how much deviations are discounted: block means of a channel that drifts vary more than those of independent rows."""
    return float(max(1.0, blocked / (independent / BLOCK) / DRIFT) ** DRIFT_POWER)
