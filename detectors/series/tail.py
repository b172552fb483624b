"""How surprising a feature is: its rank among the largest the series ever had, and a Pareto tail above them."""

from __future__ import annotations

import math
from typing import Any

from detectors.compiling import compiled
from detectors.series.memory import (
    EVENT_ROWS,
    KEPT,
    LARGEST,
    MAX_INDEX,
    OCTAVE_STEPS,
    OCTAVES_BELOW_ONE,
    PRIOR_INDEX,
    PRIOR_VALUES,
    RAMP_ROWS,
    STEP_NATS,
)


@compiled
def magnitude(feature: float) -> int:
    """A feature on the logarithmic scale it is kept in."""
    if not feature > 0.0:
        return 0
    mantissa, octave = math.frexp(min(feature, LARGEST))
    steps = math.floor(math.log2(mantissa) * OCTAVE_STEPS) + (octave + OCTAVES_BELOW_ONE) * OCTAVE_STEPS
    return int(min(max(steps, 1), 65535))


@compiled
def tail_index(kept: Any, count: int) -> float:
    """Hill's estimate from the kept magnitudes that are something, shrunk to the prior."""
    while count > 1 and kept[count - 1] == 0:
        count -= 1
    total = 0.0
    for place in range(count - 1):
        total += kept[place] - kept[count - 1]
    return min((count - 1 + PRIOR_VALUES) / (total * STEP_NATS + PRIOR_VALUES / PRIOR_INDEX), MAX_INDEX)


@compiled
def nats(kept: Any, count: int, seen: int, size: int) -> float:
    """The surprise of a magnitude above the smallest kept one, `seen` values after the first."""
    if size > kept[0]:
        beyond = tail_index(kept, count) * (size - kept[0]) * STEP_NATS if kept[0] > 0 else 5.0
        return math.log(seen + 1.0) + beyond
    above = 0
    while above < count and kept[above] >= size:
        above += 1
    return math.log((seen + 1.0) / (above + 1.0))


@compiled
def keep(state: Any, feature: int, size: int) -> None:
    """Take a magnitude in among the kept ones, which are in falling order; the rows of one event count once, as its largest."""
    kept, held = state.kept[feature], state.held[feature]
    place = state.last_place[feature]
    if held > 0 and state.count - state.last_row[feature] < EVENT_ROWS:
        if size <= kept[place]:
            return
    elif held == KEPT and size <= kept[KEPT - 1]:
        return
    else:
        place = min(held, KEPT - 1)
        state.held[feature] = min(held + 1, KEPT)
        state.last_row[feature] = state.count
    while place > 0 and kept[place - 1] < size:
        kept[place] = kept[place - 1]
        place -= 1
    kept[place] = size
    state.last_place[feature] = place


@compiled
def judge(state: Any, feature: int, seen: int, value: float) -> float:
    """The surprise of one feature against the `seen` rows before it that had one, and learn it."""
    kept, held = state.kept[feature], state.held[feature]
    size = magnitude(value)
    surprise = 0.0
    if seen >= RAMP_ROWS and size > kept[held - 1]:
        surprise = nats(kept, held, seen, size)
    keep(state, feature, size)
    return surprise


@compiled
def judge_both(state: Any, feature: int, seen: int, change: float) -> float:
    """The surprise of a signed feature; up and down have their own history, in two neighbouring places."""
    rise = judge(state, feature, seen, max(change, 0.0))
    fall = judge(state, feature + 1, seen, max(-change, 0.0))
    return max(rise, fall)
