"""What a report teaches: the longest gap of each block of reports, its centre, spread and a record that fades, for a device and its cohort.

The spread is the mean absolute deviation, about the scale of a Gumbel distribution of logarithms, so the index of a Pareto tail of gaps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.silence.code import OCTAVE, SECOND, code_of, pause_of
from detectors.silence.compiled import inlined
from detectors.silence.layout import BLOCK, COUNT_BITS, FIRST_BLOCK
from detectors.silence.week import HOUR_US, SLOW, USUAL, elapsed_us, live_through

PRIOR_SPREAD = 64  # a quarter of an octave
COHORT_BLOCKS = 8


@unmanaged
def close_block(heads: Any, cohorts: Any, slot: int) -> None:
    """Learn the longest gap of a block that is complete."""
    head = heads[slot]
    count, longest = head.status & COUNT_BITS, np.float64(head.block)
    number = count // FIRST_BLOCK if count <= BLOCK else 16
    if number == 1:
        head.centre, head.spread, head.record = head.block, PRIOR_SPREAD, head.block
    else:
        centre, spread = np.float64(head.centre), np.float64(head.spread)
        head.spread = np.uint16(round(spread + (abs(longest - centre) - spread) / number))
        head.centre = np.uint16(round(centre + (longest - centre) / number))
        record = np.int64(head.record)
        head.record = max(np.int64(head.block), record - (record - np.int64(head.block)) // 512)
    head.block = 0
    if head.cohort > 0:
        learn_cohort(cohorts, head.cohort, longest)


@unmanaged
def learn_cohort(cohorts: Any, place: int, longest: float) -> None:
    """Learn a member's longest gap of a block into what its cohort gives to new devices."""
    cohort = cohorts[place]
    cohort.blocks = min(cohort.blocks + 1, 256)
    if cohort.blocks == 1:
        cohort.centre, cohort.spread, cohort.record = longest, PRIOR_SPREAD, longest
        return
    cohort.spread += (abs(longest - cohort.centre) - cohort.spread) / cohort.blocks
    cohort.centre += (longest - cohort.centre) / cohort.blocks
    cohort.record = max(longest, cohort.record - (cohort.record - longest) / 512)


@unmanaged
def start(heads: Any, hours: Any, cohorts: Any, cohort_hours: Any, slot: int, time_us: int) -> None:
    """A device's first report: it starts from what its cohort learned."""
    head = heads[slot]
    head.last_us = time_us
    cohort = cohorts[head.cohort]
    if head.cohort > 0 and cohort.blocks >= COHORT_BLOCKS:
        head.centre, head.record = np.uint16(round(cohort.centre)), np.uint16(round(cohort.record))
        head.spread = np.uint16(round(cohort.spread))
        head.status = FIRST_BLOCK
        head.pause = pause_of(np.int64(head.record))
    live_through(heads, hours, cohort_hours, slot, time_us, time_us)


@unmanaged
def live_on(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    slot: int,
    time_us: int,
    wall: int,
) -> Any:
    """A gap (on the wall, a code) ends in another hour than it began: learn the hours between; the code of what counts of it."""
    head, code = heads[slot], np.int64(wall)
    known_rate = head.status & COUNT_BITS >= FIRST_BLOCK
    # A pause without a whole hour in it is a pause like any, not a sleep.
    is_long = time_us // HOUR_US - head.last_us // HOUR_US > 1 and wall > head.centre + USUAL
    if known_rate and is_long and head.centre < SLOW:
        code = code_of(elapsed_us(heads, hours, cohort_hours, slot, head.last_us, time_us))
    live_through(heads, hours, cohort_hours, slot, head.last_us, time_us)
    return code


@inlined
def note(head: Any, code: int, wall: int, limit: int, time_us: int) -> Any:
    """Take a gap into the block that is being filled; how many reports are in it then.

    One that was told counts as no longer than the threshold `limit` (a code; 0 where it was not told).
    """
    told = limit if limit > 0 else code
    paused = max(limit, SECOND + head.pause * 32 + OCTAVE // 2) if limit > 0 else wall
    counted, waited = min(code, told), min(wall, paused)
    head.last_us = time_us
    if counted > head.block:
        head.block = counted
        head.pause = max(np.int64(head.pause), pause_of(waited))
    elif waited > SECOND + head.pause * 32:
        head.pause = pause_of(waited)
    count = (head.status & COUNT_BITS) + 1
    if count < 2 * BLOCK:
        head.status = (head.status & ~COUNT_BITS) | count
    return count


@inlined
def is_whole(count: Any) -> Any:
    """Whether a block of so many reports is complete."""
    return count == 2 * BLOCK or (count <= BLOCK and count % FIRST_BLOCK == 0)


@unmanaged
def close(heads: Any, cohorts: Any, slot: int, count: int) -> None:
    """Learn a block that is complete."""
    close_block(heads, cohorts, slot)
    if count == 2 * BLOCK:
        heads[slot].status = (heads[slot].status & ~COUNT_BITS) | BLOCK
