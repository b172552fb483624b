"""The compiled heart of silence: reports in, in the order of the log, and what each ends or teaches.

Of each block of reports the longest gap is learned (`learning`), from these comes the gap that a healthy device exceeds less often than the
false-alarm budget allows (`limit`), in the hours that count for it (`week`) and by the clock of reports that came promptly (`clock`).
"""

from __future__ import annotations

from typing import Any

from detectors.baseline.memory import prefetch_item
from detectors.compiling import unmanaged
from detectors.silence.clock import advance, clock_of, is_due
from detectors.silence.code import code_of, us_of
from detectors.silence.compiled import Ints, inlined
from detectors.silence.layout import (
    CHUNK_BITS,
    COUNT_BITS,
    FEWEST_GAPS,
    GROUPED,
    HISTORY,
    LATE,
    NEXT,
    NOW,
    SILENT,
    STANDING,
)
from detectors.silence.learning import close, is_whole, live_on, note, start
from detectors.silence.limit import threshold
from detectors.silence.returning import hear_again
from detectors.silence.week import HOUR_US

AHEAD = 12  # rows whose devices are on their way from memory


@unmanaged
def observe(
    heads: Any,
    hours: Any,
    cohorts: Any,
    cohort_hours: Any,
    places: Any,
    soons: Ints,
    slots: Ints,
    times_us: Ints,
    received_us: Ints,
    row: int,
    tick_us: int,
    budget_octaves: float,
    least_us: int,
    found: Any,
    totals: Ints,
) -> tuple[int, int]:
    """Learn rows from `row` on, up to the first that passes a tick at which a device may be due; which that is, and how many findings."""
    number = 0
    while row < len(slots):
        prefetch_item(heads, slots[min(row + AHEAD, len(slots) - 1)])
        slot, time_us = slots[row], times_us[row]
        clock_us = clock_of(time_us, received_us[row])
        advance(totals, clock_us)
        if clock_us >= totals[NEXT] and is_due(totals, clock_us, tick_us):
            break
        row += 1
        last_us, status = heads[slot].last_us, heads[slot].status
        if time_us <= last_us or time_us <= 0:
            totals[LATE] += 1
            continue
        totals[NOW] = max(totals[NOW], clock_us)
        if last_us == 0:
            is_news = _begin(heads, hours, cohorts, cohort_hours, slot, time_us, clock_us)
        else:
            limit = 0
            if status & SILENT:
                limit = threshold(heads[slot], budget_octaves)
                number += hear_again(
                    *(heads, hours, cohort_hours, places, soons, totals, slot, time_us, limit),
                    *(least_us, found[number]),
                )
            count = _learn(heads, hours, cohorts, cohort_hours, slot, last_us, time_us, limit)
            is_news = _has_news(heads[slot], status, count, clock_us, totals[NOW], budget_octaves, least_us)
        if is_news:
            _expect(heads[slot], soons, totals, slot, time_us, status, budget_octaves, least_us)
    return row, number


@inlined
def is_caught_up(head: Any, clock_us: int, now_us: int, budget_octaves: float, least_us: int) -> Any:
    """Whether a device whose past is being told is heard now: promptly (`clock_us`), or not longer ago than it may be quiet.

    Before that its newest report is old because it was told late, and says nothing about whether the next one should be here.
    """
    return clock_us > 0 or 0 < now_us <= head.last_us + max(us_of(threshold(head, budget_octaves)), least_us)


@inlined
def _begin(
    heads: Any, hours: Any, cohorts: Any, cohort_hours: Any, slot: int, time_us: int, clock_us: int
) -> Any:
    """A device's first report; whether it is expected again from now on, for it may be its past that is told."""
    start(heads, hours, cohorts, cohort_hours, slot, time_us)
    if clock_us == 0:
        heads[slot].status |= HISTORY
    return clock_us != 0


@inlined
def _has_news(
    head: Any, status: int, count: int, clock_us: int, now_us: int, budget_octaves: float, least_us: int
) -> Any:
    """Whether a device of that `status` may be due earlier than was known: it has caught up, a new threshold, or is back."""
    if status & STANDING != HISTORY:
        return is_whole(count) or count == FEWEST_GAPS or status & SILENT != 0
    caught_up = is_caught_up(head, clock_us, now_us, budget_octaves, least_us)
    if caught_up:
        head.status &= COUNT_BITS
    return caught_up


@inlined
def _expect(
    head: Any,
    soons: Ints,
    totals: Ints,
    slot: int,
    time_us: int,
    status: int,
    budget_octaves: float,
    least_us: int,
) -> None:
    """Note when a device may be silent at the earliest, at once where its group had been (`status`): this may be the group's last."""
    soon_us = time_us + max(us_of(threshold(head, budget_octaves)), least_us)
    soons[slot >> CHUNK_BITS] = min(soons[slot >> CHUNK_BITS], soon_us)
    totals[NEXT] = min(totals[NEXT], 0 if status & STANDING == GROUPED else soon_us)


@inlined
def _learn(
    heads: Any,
    hours: Any,
    cohorts: Any,
    cohort_hours: Any,
    slot: int,
    last_us: int,
    time_us: int,
    limit: int,
) -> Any:
    """Learn the gap before a report, which was told beyond `limit` (a code; 0 where it was not); how many reports its block has then."""
    code = wall = code_of(time_us - last_us)
    if time_us // HOUR_US != last_us // HOUR_US:
        code = live_on(heads, hours, cohort_hours, slot, time_us, wall)
    count = note(heads[slot], code, wall, limit, time_us)
    if is_whole(count):
        close(heads, cohorts, slot, count)
    return count
