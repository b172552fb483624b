"""The end of a device's day: its cohort learns what the day reached, and the range of the past days takes it in."""

from __future__ import annotations

import math
from typing import Any

from detectors.baseline import bins, cohort
from detectors.baseline import row as r
from detectors.baseline.cohort import Cohorts
from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.parameters import Parameters

LANES, NONE, ACTIVE, COUNT, LEVEL, SPREAD = r.LANES, r.NONE, r.ACTIVE, r.COUNT, r.LEVEL, r.SPREAD
LOW, HIGH, TODAY_LOW, TODAY_HIGH, DAYS = r.LOW, r.HIGH, r.TODAY_LOW, r.TODAY_HIGH, r.DAYS
SMOOTH, JUMP, JUMPY, BUSIEST = r.SMOOTH, r.JUMP, r.JUMPY, r.BUSIEST
JUMPS, ABOVE, BELOW, ENERGIES, LIFT, SINK = (
    bins.JUMP,
    bins.ABOVE,
    bins.BELOW,
    bins.ENERGY,
    bins.LIFT,
    bins.SINK,
)
LEAST_RANGE = 6.0
# A day that is lifted as a whole needn't reach beyond the highest day there was.
TOP_SLACK = 0.0
MOST_DAYS = 10_000.0
# The first days are only learning what the cohort does together.
SETTLING_DAYS = 3
JUMP_FORGET = 0.98


@unmanaged
def end_day(
    cells: Floats,
    base: int,
    cohorts: Cohorts,
    place: int,
    parent: int,
    day: int,
    is_whole: bool,
    p: Parameters,
) -> None:
    """Close the day of one group of metrics; a metric with a finding that lasts teaches nothing. `place` 0: no cohort."""
    for lane in range(LANES):
        if cells[base + COUNT, lane] < p.warm_up:
            continue
        if cells[base + ACTIVE, lane] == NONE:
            if place > 0:
                _teach(cells, base, lane, cohorts, place, parent, day, is_whole, p)
            _widen(cells, base, lane, p)
        cells[base + DAYS, lane] = min(cells[base + DAYS, lane] + 1, MOST_DAYS)
        cells[base + JUMP, lane] = 0
        cells[base + TODAY_LOW, lane] = cells[base + TODAY_HIGH, lane] = cells[base + SMOOTH, lane]


@unmanaged
def span_of(cells: Floats, base: int, lane: int, p: Parameters) -> Any:
    """The range of the past days, at least some deviations of the reports."""
    level = cells[base + LEVEL, lane]
    sd = max(math.sqrt(cells[base + SPREAD, lane]), p.floor_share * abs(level), p.floor)
    return max(cells[base + HIGH, lane] - cells[base + LOW, lane], LEAST_RANGE * sd)


@unmanaged
def shift_of(cells: Floats, base: int, lane: int, p: Parameters) -> tuple[float, float]:
    """How far today's whole range lies above and below that of the past days, in such ranges: both its ends must."""
    span = span_of(cells, base, lane, p)
    bottom = (cells[base + TODAY_LOW, lane] - cells[base + LOW, lane]) / span
    top = (cells[base + TODAY_HIGH, lane] - cells[base + HIGH, lane]) / span
    return min(bottom, top + TOP_SLACK), min(-top, TOP_SLACK - bottom)


@unmanaged
def is_shifted(
    cells: Floats, base: int, lane: int, cohorts: Cohorts, place: int, p: Parameters
) -> tuple[int, float]:
    """The aspect in which a day was another day (LIFT, SINK; 0 for none) and by how much."""
    settled = cells[base + DAYS, lane] >= p.range_days and cells[base + ACTIVE, lane] == NONE
    if not settled or cells[base + COUNT, lane] < p.warm_up:
        return 0, 0.0
    lift, sink = shift_of(cells, base, lane, p)
    aspect, size = (LIFT, lift) if lift > sink else (SINK, sink)
    known = cohorts.limits[place * bins.ASPECTS + aspect, lane]
    most = p.shift_factor * known if known > 0 else p.drift_share
    return (aspect, size) if size > most else (0, 0.0)


@unmanaged
def take_over(cells: Floats, base: int, lane: int) -> None:
    """From now on the day's range is usual too; what was before it may come back."""
    cells[base + LOW, lane] = min(cells[base + LOW, lane], cells[base + TODAY_LOW, lane])
    cells[base + HIGH, lane] = max(cells[base + HIGH, lane], cells[base + TODAY_HIGH, lane])


@unmanaged
def _teach(
    cells: Floats,
    base: int,
    lane: int,
    cohorts: Cohorts,
    place: int,
    parent: int,
    day: int,
    is_whole: bool,
    p: Parameters,
) -> None:
    cohort.learn(cohorts, place, parent, lane, JUMPS, cells[base + JUMP, lane], day, p)
    cohort.learn(cohorts, place, parent, lane, ENERGIES, cells[base + BUSIEST, lane], day, p)
    if cells[base + DAYS, lane] >= p.range_days - 1:
        span = span_of(cells, base, lane, p)
        above = (cells[base + TODAY_HIGH, lane] - cells[base + HIGH, lane]) / span
        below = (cells[base + LOW, lane] - cells[base + TODAY_LOW, lane]) / span
        cohort.learn(cohorts, place, parent, lane, ABOVE, above, day, p)
        cohort.learn(cohorts, place, parent, lane, BELOW, below, day, p)
        if is_whole:
            lift, sink = shift_of(cells, base, lane, p)
            cohort.learn(cohorts, place, parent, lane, LIFT, lift, day, p)
            cohort.learn(cohorts, place, parent, lane, SINK, sink, day, p)


@unmanaged
def _widen(cells: Floats, base: int, lane: int, p: Parameters) -> None:
    """The range goes out to the day's extremes, at once while it is young, and comes in slowly."""
    days = cells[base + DAYS, lane]
    low, high = cells[base + LOW, lane], cells[base + HIGH, lane]
    today_low, today_high = cells[base + TODAY_LOW, lane], cells[base + TODAY_HIGH, lane]
    out = 1.0 if days < p.range_days else p.range_widen
    if days < SETTLING_DAYS:
        low, high = today_low, today_high
    cells[base + HIGH, lane] = high + (out if today_high > high else p.range_forget) * (today_high - high)
    cells[base + LOW, lane] = low + (out if today_low < low else p.range_forget) * (today_low - low)
    cells[base + JUMPY, lane] = max(cells[base + JUMP, lane], JUMP_FORGET * cells[base + JUMPY, lane])


@unmanaged
def expect_anew(cells: Floats, base: int, p: Parameters) -> None:
    """After new firmware the range is young again: it takes in what comes for two days."""
    for lane in range(LANES):
        cells[base + DAYS, lane] = min(cells[base + DAYS, lane], p.range_days - 2)
