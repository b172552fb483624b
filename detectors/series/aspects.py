"""What a value shows beside the values before it: where it departs, levels, shifts, roughness, equal values."""

from __future__ import annotations

from typing import Any

from detectors.compiling import compiled
from detectors.series.memory import (
    DEPARTURE,
    LEVEL,
    MEMORIES,
    RING,
    ROUGHNESS,
    SHIFT,
    SHIFT_WINDOWS,
    STUCK,
    WINDOWS,
)
from detectors.series.tail import judge, judge_both


@compiled
def look_back(state: Any, value: float, sums: Any, moves: Any) -> Any:
    """Sums of the newest values (this one is the first) and of their absolute steps; returns how many values are known."""
    known = min(state.count + 1, RING)
    place = state.count % RING
    total, path, last = value, 0.0, value
    sums[1] = total
    for back in range(1, known):
        place = place - 1 if place > 0 else RING - 1
        one = state.ring[place]
        path += abs(last - one)
        moves[back] = path
        total += one
        sums[back + 1] = total
        last = one
    return known


@compiled
def departure(state: Any, value: float) -> float:
    """Distance from four fading means: a value that leaves where the series has been lately."""
    most = 0.0
    for place in range(len(MEMORIES)):
        most = max(
            most, judge_both(state, DEPARTURE + 2 * place, state.count - 1, value - state.memory[place])
        )
    return most


@compiled
def level(state: Any, known: int, sums: Any) -> float:
    """Means of the last rows against the mean of all: a level the series hasn't had."""
    most = 0.0
    for place in range(len(WINDOWS)):
        rows = WINDOWS[place]
        if known > rows:
            change = sums[rows] / rows - state.mean
            most = max(most, judge_both(state, LEVEL + 2 * place, state.count - rows, change))
    return most


@compiled
def shift(state: Any, known: int, sums: Any) -> float:
    """Means of the last rows against the same number of rows before: a step."""
    most = 0.0
    for place in range(len(SHIFT_WINDOWS)):
        rows = SHIFT_WINDOWS[place]
        if known > 2 * rows:
            change = (2.0 * sums[rows] - sums[2 * rows]) / rows
            most = max(most, judge_both(state, SHIFT + 2 * place, state.count - 2 * rows, change))
    return most


@compiled
def roughness(state: Any, known: int, moves: Any) -> float:
    """The mean absolute step of the last rows: a variance that grew."""
    most = 0.0
    for place in range(len(WINDOWS)):
        rows = WINDOWS[place]
        if known > rows:
            most = max(most, judge(state, ROUGHNESS + place, state.count - rows, moves[rows] / rows))
    return most


@compiled
def stuck(state: Any, value: float, newest: float) -> float:
    """How long the very same value has come: a sensor that is stuck where it wasn't before."""
    state.same = min(state.same + 1, 2_000_000_000) if value == newest else 0
    return judge(state, STUCK, state.count - 1, float(state.same))
