"""Reports learned and the ticks between them looked at, as long as there is nothing to tell: most batches need no more than that."""

from __future__ import annotations

from typing import Any

from detectors.compiling import unmanaged
from detectors.silence.compiled import Ints
from detectors.silence.kernel import observe
from detectors.silence.layout import CLOCK, NOW
from detectors.silence.sweeping import sweep


@unmanaged
def follow(
    heads: Any,
    hours: Any,
    cohorts: Any,
    cohort_hours: Any,
    places: Any,
    soons: Ints,
    used: int,
    slots: Ints,
    times_us: Ints,
    received_us: Ints,
    row: int,
    tick_us: int,
    budget_octaves: float,
    least_us: int,
    found: Any,
    due: Ints,
    totals: Ints,
) -> tuple[int, int, int]:
    """Learn rows from `row` on, up to the first tick before which something was found or at which devices became silent.

    Returns the next row, how many findings are in `found`, and how many devices in `due` that became silent after those.
    """
    number = silent = 0
    while row < len(slots) and number == 0 and silent == 0:
        row, number = observe(
            *(heads, hours, cohorts, cohort_hours, places, soons, slots, times_us, received_us, row),
            *(tick_us, budget_octaves, least_us, found, totals),
        )
        if row < len(slots):
            totals[NOW] = totals[CLOCK] // tick_us * tick_us
            silent = sweep(
                *(heads, hours, cohort_hours, places, soons, used, budget_octaves, least_us, due, totals)
            )
    return row, number, silent
