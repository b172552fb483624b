"""How one device's baselines lie in memory: one contiguous row of float32, eight metrics side by side in each field.

A row is (groups, FIELDS, LANES): metric column c is lane c % 8 of group c // 8. One field of eight metrics is one AVX register, so a report
is scored with the same instructions for all its metrics, and its row is a few neighbouring cache lines. Times are kept as ages in seconds
(how long ago at the device's newest report), which float32 holds exactly for the spans that matter. Unused lanes stay zero.
"""

from __future__ import annotations

LANES = 8
(
    COUNT,
    LEVEL,
    SPREAD,
    LOW,
    HIGH,
    Z,
    RISE,
    FALL,
    UNREST_AGE,
    ODD,
    ODD_AGE,
    ACTIVE,
    ACTIVE_AGE,
    CALM,
    LAST,
    SAME,
    SAME_AGE,
    LONGEST_AGE,
    ENERGY,
    BUSIEST,
    TAIL,
    EXCESS,
    MEAN,
    RESIDUAL,
    RHYTHM,
) = range(25)
WAVES = 6
FIELDS = RHYTHM + WAVES
NAMES = (
    "count", "level", "spread", "low", "high", "z", "rise", "fall", "unrest_age_s", "odd", "odd_age_s", "active", "active_age_s", "calm",
    "last", "same", "same_age_s", "longest_age_s", "energy", "busiest", "tail", "excess", "mean", "residual",
    "day_sin", "day_cos", "half_day_sin", "half_day_cos", "week_sin", "week_cos",
)  # fmt: skip
# What a lane's `active` says, and what a finding is.
NONE, SPIKE, DRIFT, NOISE, STUCK = range(5)
