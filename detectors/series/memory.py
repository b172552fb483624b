"""What the series detector keeps of one series, in bounded memory, and the numbers it works with."""

from __future__ import annotations

import math

import numpy as np

VERSION = 1  # any change of a score or of the state
ASPECTS = ("jump", "departure", "level", "shift", "roughness", "stuck", "rhythm", "context")
KEPT = 16
EVENT_ROWS = 2  # this many rows are one event
POWER = 2.5
CONTEXT_WEIGHT = 0.5
ALARM_NATS = 12.0  # a score of 0.5
REST_ROWS, REST_FACTOR = 100, 1.1
RAMP_ROWS = 20  # a feature's first values: learned, not judged
MEMORIES = (4.0, 16.0, 64.0, 256.0)
WINDOWS = (4, 12, 32, 96)
SHIFT_WINDOWS = (4, 12, 32)
RING = WINDOWS[-1] + 1
DAY_S, DAY_BINS, DAY_MEMORY = 86_400, 48, 40
WEEK_S, WEEK_BINS, WEEK_MEMORY = 604_800, 56, 60
SYMBOLS = 6
CONTEXTS = SYMBOLS**3
US = 1_000_000
HUGE = 1e30  # a value beyond is taken as this, so that sums stay finite, in 32 bits too
MOST_EXTENTS = 10.0  # what is learned of a value lies at most so many ranges outside the range so far

# Hill's estimate as if `PRIOR_VALUES` more values above the smallest kept one had had the index `PRIOR_INDEX`; never above `MAX_INDEX`.
PRIOR_VALUES, PRIOR_INDEX, MAX_INDEX = 4.0, 2.0, 8.0
# Features are kept as logarithms in 16 bits: 256 steps an octave (0.3%), octaves from 2**-128 on; 0 is nothing.
OCTAVE_STEPS, OCTAVES_BELOW_ONE, LARGEST = 256, 128, 1e300
STEP_NATS = math.log(2.0) / OCTAVE_STEPS

JUMP, DEPARTURE, LEVEL, SHIFT, ROUGHNESS, STUCK, RHYTHM, CONTEXT = 0, 2, 10, 18, 24, 28, 29, 33
FEATURES = 34

# Values are stored as differences to `origin`, the series' first value, so that 32 bits are enough where means are kept.
STATE = np.dtype(
    [
        ("count", np.int64),
        ("missing", np.int64),
        ("origin", np.float64),
        ("mean", np.float64),
        ("low", np.float64),
        ("high", np.float64),
        ("alarm", np.float64),
        ("memory", np.float64, (len(MEMORIES),)),
        ("ring", np.float64, (RING,)),
        ("day", np.float32, (DAY_BINS,)),
        ("day_spread", np.float32, (DAY_BINS,)),
        ("week", np.float32, (WEEK_BINS,)),
        ("last_row", np.int64, (FEATURES,)),
        ("rest", np.int32),
        ("same", np.int32),
        ("day_judged", np.int32),
        ("spread_judged", np.int32),
        ("kept", np.uint16, (FEATURES, KEPT)),
        ("held", np.uint8, (FEATURES,)),
        ("last_place", np.uint8, (FEATURES,)),
        ("contexts", np.uint8, (CONTEXTS,)),
        ("day_count", np.uint8, (DAY_BINS,)),
        ("week_count", np.uint8, (WEEK_BINS,)),
        ("symbols", np.uint8, (2,)),
    ]
)
