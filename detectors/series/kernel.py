"""The compiled heart of the series detector: how surprising each value is in eight aspects, then learned, in bounded memory.

An *aspect* (a jump, a level, the rhythm of the day, ...) has a few *features*: magnitudes that are 0 when nothing happens. Each feature is
compared with the largest `KEPT` ones the series ever had, so an alarm means "novel against all history so far":

* between the kept ones its rank counts as in a conformal p-value (Vovk, Gammerman & Shafer 2005): (rank + 1) / (n + 1). Neighbouring
  rows are one event and count once, as in the statistics of extremes (declustering, Coles 2001, 5.3.2), so it is no exact p-value;
* above the largest a Pareto tail goes on from there, with Hill's estimate of its index (Hill 1975), shrunk to a heavy tail.

A surprise is -ln p (nats). An aspect's surprise is its features' largest, the whole is the `POWER`-norm over the aspects. Scaling or
shifting a series changes nothing but rounding: every feature is a difference and every comparison a ratio.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.compiling import compiled
from detectors.series.aspects import departure, level, look_back, roughness, shift, stuck
from detectors.series.context import context
from detectors.series.memory import (
    ALARM_NATS,
    ASPECTS,
    CONTEXT_WEIGHT,
    HUGE,
    JUMP,
    MEMORIES,
    POWER,
    REST_FACTOR,
    REST_ROWS,
    RING,
    US,
)
from detectors.series.rhythm import rhythm, tamed
from detectors.series.tail import judge_both


@compiled
def learn(state: Any, value: float) -> None:
    """Take a value into the range, the means and the ring."""
    state.low = min(state.low, value)
    state.high = max(state.high, value)
    state.ring[state.count % RING] = value
    state.count += 1
    state.mean += (value - state.mean) / state.count
    for place in range(len(MEMORIES)):
        share = max(1.0 / state.count, 1.0 / MEMORIES[place])
        state.memory[place] += (value - state.memory[place]) * share


@compiled
def measure(state: Any, time_s: int, value: float, aspects: Any, sums: Any, moves: Any) -> None:
    """The surprise of a value in each aspect."""
    aspects[:] = 0.0
    if state.count > 0:
        newest = state.ring[(state.count - 1) % RING]
        known = look_back(state, value, sums, moves)
        aspects[0] = judge_both(state, JUMP, state.count - 1, value - newest)
        aspects[1] = departure(state, value)
        aspects[2] = level(state, known, sums)
        aspects[3] = shift(state, known, sums)
        aspects[4] = roughness(state, known, moves)
        aspects[5] = stuck(state, value, newest)
    aspects[6] = rhythm(state, value, time_s)
    aspects[7] = CONTEXT_WEIGHT * context(state, value)


@compiled
def rested(state: Any, surprise: float) -> float:
    """Zero while a finding of the last rows says the same; only what is clearly more novel counts again."""
    state.rest += state.rest < REST_ROWS
    if state.rest < REST_ROWS and surprise <= REST_FACTOR * state.alarm:
        return 0.0
    if surprise > 0.0:
        state.alarm = surprise
        state.rest = 0
    return surprise


@compiled
def step(state: Any, time_s: int, raw: float, aspects: Any, sums: Any, moves: Any) -> float:
    """One value: its surprise in nats after suppression. What is not a finite number is counted and teaches nothing."""
    if not math.isfinite(raw):
        state.missing += 1
        aspects[:] = 0.0
        return 0.0
    clipped = min(max(raw, -HUGE), HUGE)
    if state.count == 0:
        state.origin = clipped
        state.rest = REST_ROWS
    value = clipped - state.origin
    measure(state, time_s, value, aspects, sums, moves)
    learn(state, tamed(state, value))
    total = 0.0
    for surprise in aspects:
        total += surprise**POWER
    return rested(state, total ** (1.0 / POWER))


@compiled
def observe(
    states: npt.NDArray[Any],
    series: npt.NDArray[np.int64],
    times_us: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    aspects: npt.NDArray[np.int8],
) -> None:
    """Score rows in the order given and learn each at once; fills `scores` and the leading aspect (-1 where the score is 0)."""
    surprises, sums, moves = np.zeros(len(ASPECTS)), np.zeros(RING + 1), np.zeros(RING + 1)
    for row in range(len(values)):
        state = states[series[row]]
        total = step(state, times_us[row] // US, values[row], surprises, sums, moves)
        scores[row] = total / (total + ALARM_NATS)
        aspects[row] = np.argmax(surprises) if total > 0.0 else -1
