"""Where a device's numbers are, by the kind of event: judged by the distance to that level and by how distances go together.

A device's events of a kind start at the level of the whole cohort's events of that kind. How well relations hold differs by kind, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic import relations as r
from detectors.traffic.calibration import SILENT
from detectors.traffic.memory import JUMPED, RELATED
from detectors.traffic.relations import centred, follow, invert, jumps, relate, residuals

PRECISE_EVERY = 128  # related events until the inverse is made anew
COHORT_SLOWNESS = 3.0  # of a whole cohort's levels
SPREAD_POWER = 0.6  # of a kind's usual mean square: in full, what drifts would be taken for loose
SPREAD_SHARE, MOST_SPREAD = (
    0.01,
    9.0,
)  # how fast a kind's usual mean square moves, and the most an event moves it towards
LEAST_RELATED = 0.1  # trust at which an event counts for relations


@unmanaged
def numbers_said(memory: Any, values: Any, slot: int, base: int, known: Any, x: Any, found: Any) -> float:
    """What relations and own levels say of an event's numbers; nothing of a device that is not settled. Returns the mean square of what
    does not go together, -1 where nobody can say."""
    related, columns = len(x), len(values)
    found[:] = SILENT
    if not known or memory.scalars[JUMPED] < r.SETTLED:
        return -1.0
    square = -1.0
    centred(values, memory.levels[slot], x)
    if related > 0 and memory.scalars[RELATED] >= r.ENOUGH:
        square = residuals(x, memory.precision, memory.spreads[base] ** SPREAD_POWER, found[: related + 1])
    first = related + 1 if related > 0 else 0
    jumps(values, memory.levels[slot], memory.scales, memory.widths, found[first : first + columns])
    return square


@unmanaged
def settle(values: Any, ages: Any, slot: int, levels: Any, weight: float) -> None:
    """Move a kind's own levels towards an event of any device; the first they are taken from."""
    share = max(1.0 / (ages[slot] + 1.0), r.LEVEL_SHARE / COHORT_SLOWNESS) * weight if ages[slot] else 1.0
    for column in range(len(values)):
        if not math.isnan(values[column]):
            levels[slot, column] += np.float32(share * (values[column] - levels[slot, column]))
    ages[slot] += weight > LEAST_RELATED


@unmanaged
def numbers_learned(
    memory: Any, values: Any, slot: int, base: int, settled: Any, x: Any, square: float, weight: float
) -> None:
    """Move levels, means and relations towards an event; `square` is what `numbers_said` returned."""
    scalars = memory.scalars
    follow(
        values,
        memory.ages[slot],
        settled,
        memory.levels[slot],
        memory.scales,
        scalars[JUMPED],
        weight,
    )
    scalars[JUMPED] += settled
    memory.ages[slot] += weight > LEAST_RELATED
    if memory.ages[base] == 0:
        memory.spreads[base] = 1.0
    if settled and len(x) > 0 and weight > LEAST_RELATED:
        if square >= 0.0:
            memory.spreads[base] += SPREAD_SHARE * weight * (min(square, MOST_SPREAD) - memory.spreads[base])
        relate(x, memory.covariance, scalars[RELATED], weight)
        scalars[RELATED] += 1.0
        count = int(scalars[RELATED])
        if count % PRECISE_EVERY == 0 or count == r.ENOUGH:
            invert(memory.covariance, scalars[RELATED], memory.widths, memory.precision)
