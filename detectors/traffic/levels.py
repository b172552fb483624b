"""Where a device's numbers are, by the kind of event: judged by the distance to that level and by how distances go together.

A device's events of a kind start at the level of the whole cohort's events of that kind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled
from detectors.traffic import relations as r
from detectors.traffic.calibration import SILENT
from detectors.traffic.memory import JUMPED, RELATED
from detectors.traffic.relations import centred, follow, invert, jumps, relate, residuals

PRECISE_EVERY = 128  # related events until the inverse is made anew
COHORT_SLOWNESS = 3.0  # of a whole cohort's levels
LEAST_RELATED = 0.1  # trust at which an event counts for relations


@compiled
def numbers_said(memory: Any, values: Any, slot: int, known: Any, x: Any, found: Any) -> None:
    """What relations and own levels say of an event's numbers; nothing of a device that is not settled."""
    related, columns = len(x), len(values)
    found[:] = SILENT
    if not known or memory.scalars[JUMPED] < r.SETTLED:
        return
    centred(values, memory.levels[slot], x)
    if related > 0:
        if memory.scalars[RELATED] >= r.ENOUGH:
            residuals(x, memory.precision, found[: related + 1])
        jumps(values, memory.levels[slot], memory.scales, found[related + 1 : related + 1 + columns])
    else:
        jumps(values, memory.levels[slot], memory.scales, found[:columns])


@compiled
def settle(values: Any, ages: Any, slot: int, levels: Any, weight: float) -> None:
    """Move a kind's own levels towards an event of any device."""
    share = max(1.0 / (ages[slot] + 1.0), r.LEVEL_SHARE / COHORT_SLOWNESS) * weight
    for column in range(len(values)):
        if not math.isnan(values[column]):
            levels[slot, column] += np.float32(share * (values[column] - levels[slot, column]))
    ages[slot] += weight > LEAST_RELATED


@compiled
def numbers_learned(memory: Any, values: Any, slot: int, settled: Any, x: Any, weight: float) -> None:
    """Move levels, means and relations towards an event."""
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
    if settled and len(x) > 0 and weight > LEAST_RELATED:
        relate(x, memory.covariance, scalars[RELATED], weight)
        scalars[RELATED] += 1.0
        count = int(scalars[RELATED])
        if count % PRECISE_EVERY == 0 or count == r.ENOUGH:
            invert(memory.covariance, scalars[RELATED], memory.widths, memory.precision)
