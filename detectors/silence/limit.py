"""How long a device may be quiet: from the longest gaps of its blocks of reports the gap that health exceeds less often than allowed.

It is `record * (1 / (n p)) ** spread` (Weissman 1978), never less than three times the centre. Jitter, lost reports, bursts and random
reporting differ in their spread only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.silence.code import OCTAVE, SECOND, us_of
from detectors.silence.layout import BLOCK, COUNT_BITS, FIRST_BLOCK
from detectors.silence.week import SLOW, UNKNOWN_US, WORKDAY_US, elapsed_us, workdays_us

LEAST_SPREAD = 13  # a twentieth of an octave
THREE_TIMES, EIGHT_TIMES = 406, 3 * OCTAVE
MOST_ABOVE = 4 * OCTAVE  # no threshold is more than sixteen times the record
NATURAL = 0.6931471805599453
LEARNED_OCTAVES = 10.0  # the reports behind a record, as a power of two


@unmanaged
def threshold(head: Any, budget_octaves: float) -> Any:
    """The gap (a code) beyond which a device is silent; `budget_octaves` is log2 of seconds of a day per false alarm allowed in it."""
    count, longest = head.status & COUNT_BITS, max(head.record, head.block)
    if count < FIRST_BLOCK:
        return longest + EIGHT_TIMES
    learned = LEARNED_OCTAVES if count >= BLOCK else 3.0
    octaves = max(budget_octaves - (head.centre - SECOND) / OCTAVE - learned, 0.0)
    above = min(max(head.spread, LEAST_SPREAD) * octaves * NATURAL, float(MOST_ABOVE))
    return max(np.int64(longest + above), head.centre + THREE_TIMES)


@unmanaged
def wait_us(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    slot: int,
    start_us: int,
    stop_us: int,
    limit: int,
    least_us: int,
) -> Any:
    """0 where a device not heard between two moments is silent by the later one; else for how long it is certainly not."""
    gap_us = stop_us - start_us
    limit_us = max(us_of(limit), least_us)
    young = heads[slot].status & COUNT_BITS < FIRST_BLOCK
    own_us = limit_us
    if heads[slot].centre < SLOW and not young:
        own_us = us_of(SECOND + heads[slot].pause * 32 + OCTAVE // 2)
    anyhow_us = max(own_us, UNKNOWN_US) - gap_us
    anyhow_us = min(anyhow_us, max(own_us, WORKDAY_US) - workdays_us(start_us, stop_us))
    if anyhow_us < 0:
        return 0
    if young:
        return anyhow_us + 1
    if gap_us <= limit_us:
        return limit_us - gap_us + 1
    counted_us = elapsed_us(heads, hours, cohort_hours, slot, start_us, stop_us)
    if counted_us > limit_us:
        return 0
    return min(limit_us - counted_us, anyhow_us) + 1
