"""Who is due: the devices silent by now, and of a place those not heard that should have been.

Devices lie in chunks of `CHUNK` slots; `soons` is for each the earliest time at which one of them may be silent, never later than the
truth, so a sweep visits only the chunks that are due.
"""

from __future__ import annotations

from typing import Any

from detectors.compiling import unmanaged
from detectors.silence.code import code_of, us_of
from detectors.silence.compiled import Ints, inlined
from detectors.silence.layout import (
    CHUNK,
    CHUNK_BITS,
    COUNT_BITS,
    FAR_US,
    FEWEST_GAPS,
    FIRST_BLOCK,
    FLOOR,
    GROUPED,
    NEXT,
    NOW,
    SILENT_NOW,
    STANDING,
)
from detectors.silence.limit import threshold, wait_us
from detectors.silence.week import elapsed_us


@inlined
def silent_from(head: Any, place: Any, floor_us: int) -> Any:
    """The time from which a device's silence counts: its last report, or what gave it time anew."""
    return max(head.last_us, floor_us, place.closed_us if head.last_us <= place.told_us else 0)


@inlined
def sweep_chunk(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    places: Any,
    slots: Any,
    budget_octaves: float,
    least_us: int,
    due: Ints,
    number: int,
    totals: Ints,
) -> Any:
    """Append the devices of a chunk that became silent to the `number` in `due`; how many those are then, and when the next may be."""
    now_us, soon_us = totals[NOW], FAR_US
    for slot in slots:
        head = heads[slot]
        place = places[head.place]
        if head.status & STANDING == GROUPED and not place.is_out:
            head.status = head.status & COUNT_BITS
            totals[SILENT_NOW] -= 1
        if head.status & STANDING or head.status & COUNT_BITS < FEWEST_GAPS:
            continue
        start_us = silent_from(head, place, totals[FLOOR])
        limit = threshold(head, budget_octaves)
        wait = start_us + max(us_of(limit), least_us) - now_us + 1
        # Most were heard just now: the call alone would cost more than to see that.
        if wait <= 0 or head.status & COUNT_BITS < FIRST_BLOCK:
            wait = wait_us(heads, hours, cohort_hours, slot, start_us, now_us, limit, least_us)
        if wait > 0:
            soon_us = min(soon_us, now_us + wait)
        else:
            due[number] = slot
            number += 1
    return number, soon_us


@unmanaged
def sweep(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    places: Any,
    soons: Ints,
    used: int,
    budget_octaves: float,
    least_us: int,
    due: Ints,
    totals: Ints,
) -> int:
    """Find the devices that became silent by `NOW`; their slots go to `due`, and how many they are comes back."""
    number, next_us = 0, FAR_US
    for chunk in range((used + CHUNK - 1) >> CHUNK_BITS):
        if soons[chunk] <= totals[NOW]:
            slots = range(chunk * CHUNK, min((chunk + 1) * CHUNK, used))
            number, soons[chunk] = sweep_chunk(
                heads, hours, cohort_hours, places, slots, budget_octaves, least_us, due, number, totals
            )
        next_us = min(next_us, soons[chunk])
    totals[NEXT] = next_us
    return number


@unmanaged
def muster(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    members: Ints,
    now_us: int,
    floor_us: int,
    horizon_us: int,
    overdue: Ints,
) -> tuple[int, int]:
    """Of a place's members that would have been heard within `horizon_us` if they were well: those not heard, and how many they all are.

    Who sleeps now, was told before, is not yet known or is of the past says nothing either way. Not heard: for longer than its record.
    """
    number = total = 0
    horizon = code_of(horizon_us)
    for slot in members:
        head = heads[slot]
        if head.status & STANDING or head.status & COUNT_BITS < FIRST_BLOCK:
            continue
        longest = max(head.record, head.block)
        if longest > horizon:
            continue
        last_us = max(head.last_us, floor_us)
        if code_of(now_us - last_us) <= longest:
            total += 1
        elif code_of(elapsed_us(heads, hours, cohort_hours, slot, last_us, now_us)) > longest:
            overdue[number] = slot
            number += 1
            total += 1
    return number, total


@unmanaged
def tell(heads: Any, slots: Ints, flags: int) -> None:
    """Mark devices as told."""
    for slot in slots:
        heads[slot].status |= flags


@unmanaged
def gap(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    places: Any,
    slot: int,
    now_us: int,
    floor_us: int,
    budget_octaves: float,
    least_us: int,
) -> tuple[int, int, int]:
    """Since when a device's silence counts, how much of it does, and how much health explains."""
    head = heads[slot]
    start_us = silent_from(head, places[head.place], floor_us)
    counted_us = elapsed_us(heads, hours, cohort_hours, slot, start_us, now_us)
    return start_us, counted_us, max(us_of(threshold(head, budget_octaves)), least_us)
