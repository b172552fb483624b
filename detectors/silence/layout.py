"""The records of silence: what is kept of a device, a cohort, a place and of all together, and what a finding of the kernel is."""

from __future__ import annotations

import numpy as np

# Of a device's status: reports in its block, and how it stands: 0 for heard, silent (the bit of both), silent with its group, or known from
# the past only, so that nobody can say that it is late now (`kernel.is_caught_up`).
COUNT_BITS, STANDING, SILENT, GROUPED, HISTORY = 63, 192, 64, 192, 128
FEWEST_GAPS = 3  # fewer say nothing
FIRST_BLOCK, BLOCK = 8, 32  # reports behind the first gap learned, and behind each later one
# What a report ends, by the places of `finding.RETURNS`.
RETURNED, FILLED, RESTORED, REFILLED = 1, 2, 3, 4
CHUNK_BITS = 6
CHUNK = 1 << CHUNK_BITS
FAR_US = 1 << 62  # nobody of a chunk is waited for
# What is counted over all devices: rows that told nothing, devices silent, the time up to which silence was looked for, the earliest
# at which one more may be silent, the newest time by the clock, its largest usual step, and the end of its last jump.
LATE, SILENT_NOW, NOW, NEXT, CLOCK, STEP, FLOOR = range(7)
TOTALS = 7

HEAD = np.dtype(
    [
        ("last_us", np.int64),
        ("cohort", np.uint16),
        ("place", np.uint16),
        ("block", np.uint16),
        ("centre", np.uint16),
        ("spread", np.uint16),
        ("record", np.uint16),
        ("pause", np.uint8),  # the longest gap on the wall, in eighths of an octave above a second
        ("status", np.uint8),  # reports in the block (6 bits), how it stands
    ]
)
COHORT = np.dtype(
    [("blocks", np.int64), ("centre", np.float64), ("spread", np.float64), ("record", np.float64)]
)
PLACE = np.dtype(
    [
        ("is_out", np.bool_),
        ("since_us", np.int64),
        ("told_us", np.int64),
        ("closed_us", np.int64),
        ("members", np.int64),
        ("back", np.int64),
        ("filled", np.int64),
        ("lead", np.int64),  # the device that stands for an outage
    ]
)
FOUND = np.dtype(
    [
        ("kind", np.int64),
        ("slot", np.int64),
        ("place", np.int64),
        ("time_us", np.int64),
        ("since_us", np.int64),
        ("count", np.int64),
        ("of", np.int64),
    ]
)
