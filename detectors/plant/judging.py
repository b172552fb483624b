"""The views of the last rows in their units: which one speaks, of which channel, what it expected, and whether it has just changed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled
from detectors.plant.memory import (
    CHANGE_LIMIT,
    CHANGE_REST_ROWS,
    CORRELATION,
    LEVEL,
    LIMITS,
    MOST,
    NOISE,
    OFF,
    PEAK_MEMORY,
    RAW,
    REST,
    SPREAD,
    VIEWS,
    WINDOW,
)
from detectors.plant.window import jump, mean, spread


@compiled
def judge(state: Any, view: int, size: float) -> float:
    """How many times the alarm's limit a view is at; more than 1 is an alarm."""
    size = min(size, MOST)
    state.peaks[view] = max(state.peaks[view] * PEAK_MEMORY, size)
    limit = max(REST * state.peaks[view], LIMITS[view] * OFF if state.alarms[view] == 1 else LIMITS[view])
    state.alarms[view] = 1 if size > limit else 0
    return float(size / limit)


@compiled
def look(state: Any, channels: int, evidence: Any) -> tuple[float, int, int]:
    """By how many times its limit the strongest view of the newest row speaks, the view, and its channel; fills its evidence."""
    offsets, sizes = np.zeros(channels), np.zeros(len(VIEWS))
    speakers = np.full(len(VIEWS), -1)
    for channel in range(channels):
        middle = mean(state, channel, 0, WINDOW)
        if math.isnan(middle):
            continue
        offsets[channel] = middle - state.means[RAW, channel]
        hear(sizes, speakers, LEVEL, channel, offsets[channel] / state.scale[channel])
        noise = spread(state, channel, middle) - state.means[SPREAD, channel]
        hear(sizes, speakers, NOISE, channel, noise / state.noise_scale[channel])
    for channel in range(channels):
        left = 0.0
        for other in range(channels):
            left += state.residual[channel, other] * offsets[other]
        hear(sizes, speakers, CORRELATION, channel, left / state.residual_scale[channel])
    best, strongest = 0.0, -1
    for view in range(len(VIEWS)):
        size = judge(state, view, sizes[view])
        if size > best:
            best, strongest = size, view
    if strongest >= 0:
        explain(state, strongest, speakers[strongest], evidence)
    return best, strongest, speakers[strongest] if strongest >= 0 else -1


@compiled
def hear(sizes: Any, speakers: Any, view: int, channel: int, size: float) -> None:
    """Keep a channel's deviation if it is the largest of its view."""
    if abs(size) > sizes[view]:
        sizes[view], speakers[view] = abs(size), channel


@compiled
def explain(state: Any, view: int, channel: int, evidence: Any) -> None:
    """What the channel's level (or spread) is, what it was while learning, and the range that makes no alarm."""
    if channel < 0:
        return
    middle = mean(state, channel, 0, WINDOW)
    if view == NOISE:
        usual, margin = state.means[SPREAD, channel] / 2, LIMITS[NOISE] * state.noise_scale[channel] / 2
        evidence[0] = math.exp(spread(state, channel, middle) / 2)
        evidence[1], evidence[2], evidence[3] = (
            math.exp(usual),
            math.exp(usual - margin),
            math.exp(min(usual + margin, 700.0)),
        )
        return
    usual, margin = (
        state.origin[channel] + state.means[RAW, channel],
        LIMITS[LEVEL] * state.scale[channel],
    )
    evidence[0], evidence[1] = state.origin[channel] + middle, usual
    evidence[2], evidence[3] = usual - margin, usual + margin


@compiled
def changed(state: Any, channels: int) -> bool:
    """Whether a change point is announced at the newest row: one, then none for a while."""
    state.change_rest = max(state.change_rest - 1, 0)
    worst = 0.0
    for channel in range(channels):
        size = abs(jump(state, channel)) / state.change_scale[channel]
        if not math.isnan(size):
            worst = max(worst, size)
    if worst <= CHANGE_LIMIT or state.change_rest > 0:
        return False
    state.change_rest = CHANGE_REST_ROWS
    return True
