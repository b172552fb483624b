"""The first rows: what each view does while the machine is learned, and the units that come of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled
from detectors.plant.memory import (
    AFTER,
    BEFORE,
    BLOCK,
    BLOCKED,
    FEWEST,
    JUMPED,
    RAW,
    RING,
    ROLLED,
    SPREAD,
    WINDOW,
)
from detectors.plant.relations import relate
from detectors.plant.window import drift, jump, mean, note, spread, still, variance


@compiled
def learn(state: Any, channels: int) -> None:
    """Learn what the row just put makes of every statistic, as far as there are rows enough for it."""
    offsets = np.full((3, channels), np.nan)
    for channel in range(channels):
        value = state.ring[state.rows % RING, channel]
        offsets[RAW, channel] = value - state.means[RAW, channel]
        note(state, RAW, channel, value)
        if state.rows >= WINDOW:
            level = mean(state, channel, 0, WINDOW)
            note(state, SPREAD, channel, spread(state, channel, level))
            offsets[ROLLED, channel] = level - state.means[ROLLED, channel]
            note(state, ROLLED, channel, level)
        if state.rows >= BLOCK:
            block = mean(state, channel, 0, BLOCK)
            offsets[BLOCKED, channel] = block - state.means[BLOCKED, channel]
            note(state, BLOCKED, channel, block)
        if state.rows >= RING:
            note(state, JUMPED, channel, jump(state, channel))
    for statistic in (RAW, ROLLED, BLOCKED):
        learn_together(state, statistic, offsets[statistic], channels)


@compiled
def learn_together(state: Any, statistic: int, offsets: Any, channels: int) -> None:
    """Learn how channels vary together (Welford 1962), from differences to the means before this row."""
    for one in range(channels):
        if math.isnan(offsets[one]):
            continue
        seen = state.counts[statistic, one]
        for other in range(channels):
            if not math.isnan(offsets[other]):
                product = offsets[one] * offsets[other] * (seen - 1.0) / seen
                state.products[statistic, one, other] += product


@compiled
def settle(state: Any, channels: int) -> None:
    """Make the frozen reference of what was learned."""
    for channel in range(channels):
        independent = max(variance(state, RAW, channel), still(state, channel) ** 2)
        rolled = max(variance(state, ROLLED, channel), independent / WINDOW)
        state.scale[channel] = math.sqrt(rolled) * drift(variance(state, BLOCKED, channel), independent)
        noise = max(variance(state, SPREAD, channel), 2.0 / WINDOW)
        moved = variance(state, RAW, channel) > still(state, channel) ** 2
        state.noise_scale[channel] = math.sqrt(noise) if moved else np.inf
        jumped = max(variance(state, JUMPED, channel), independent * (1.0 / AFTER + 1.0 / BEFORE))
        state.change_scale[channel] = math.sqrt(jumped)
        if state.counts[ROLLED, channel] < FEWEST:
            state.scale[channel] = state.noise_scale[channel] = state.change_scale[channel] = np.inf
    relate(state, channels)
