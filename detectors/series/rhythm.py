"""The rhythm of day and week: what is usual at this time, learned from values tamed to near the range so far."""

from __future__ import annotations

from typing import Any

from detectors.compiling import compiled
from detectors.series.memory import (
    DAY_BINS,
    DAY_MEMORY,
    DAY_S,
    MOST_EXTENTS,
    RAMP_ROWS,
    RHYTHM,
    WEEK_BINS,
    WEEK_MEMORY,
    WEEK_S,
)
from detectors.series.tail import judge_both


@compiled
def tamed(state: Any, value: float) -> Any:
    """What is learned of a value: a wild one is cut some ranges outside the range so far, lest it drown what comes after."""
    extent = state.high - state.low
    if state.count < RAMP_ROWS or extent == 0.0:
        return value
    return min(max(value, state.low - MOST_EXTENTS * extent), state.high + MOST_EXTENTS * extent)


@compiled
def rhythm(state: Any, value: float, time_s: int) -> float:
    """Distance from what is usual at this half hour of the day, corrected by the weekday, plain and in usual deviations; then learn it."""
    day, week = time_s % DAY_S * DAY_BINS // DAY_S, time_s % WEEK_S * WEEK_BINS // WEEK_S
    error = value - state.day[day]
    rest = error - state.week[week]
    surprise = 0.0
    if state.day_count[day] >= 1:
        surprise = judge_both(state, RHYTHM, state.day_judged, rest)
        state.day_judged += state.day_judged < 2_000_000_000
    if state.day_count[day] >= 2 and state.day_spread[day] > 0.0:
        ratio = error / state.day_spread[day]
        surprise = max(surprise, judge_both(state, RHYTHM + 2, state.spread_judged, ratio))
        state.spread_judged += state.spread_judged < 2_000_000_000
    learn_rhythm(state, day, week, tamed(state, value) - state.day[day])
    return surprise


@compiled
def learn_rhythm(state: Any, day: int, week: int, error: float) -> None:
    """Take a value's distance into the day's half hour and, once that is known, the rest into the week's three hours."""
    known = state.day_count[day]
    state.day_count[day] = min(known + 1, DAY_MEMORY)
    state.day[day] += error / state.day_count[day]
    state.day_spread[day] += (abs(error) - state.day_spread[day]) / state.day_count[day]
    if known > 0:
        state.week_count[week] = min(state.week_count[week] + 1, WEEK_MEMORY)
        state.week[week] += (error - state.week[week]) / state.week_count[week]
