"""How one device's baselines lie in memory: one contiguous row of float32, eight metrics side by side in each field.

A row is (groups, FIELDS, LANES): metric column c is lane c % 8 of group c // 8. One field of eight metrics is one AVX register, so a report
is scored with the same instructions for all its metrics, and its row is a few neighbouring cache lines. Times are kept as ages in seconds
(how long ago at the device's newest report), which float32 holds exactly for the spans that matter. Unused lanes stay zero.
"""

from __future__ import annotations

LANES = 8
(
    # Reports learned; the level just now and the variance about it; how far off the last report was.
    COUNT,
    LEVEL,
    SPREAD,
    Z,
    # The two largest deviations of late, fading; the largest third one of today and of the past days.
    FAR,
    SECOND,
    JUMP,
    JUMPY,
    # The range of the past days, slowly forgotten, and of today; how many days were seen.
    LOW,
    HIGH,
    TODAY_LOW,
    TODAY_HIGH,
    DAYS,
    # The last two values, and for how long the last one was repeated and the longest time so far.
    LAST,
    BEFORE,
    SAME_AGE,
    LONGEST_AGE,
    # The mean squared error of late and the largest ever.
    ENERGY,
    BUSIEST,
    # The finding that lasts, since when it was odd, and how many reports were calm again.
    ACTIVE,
    AGE,
    CALM,
    # What the last reports come to without what the cohort does together; the device's share in that and what it comes to.
    SMOOTH,
    SHARE,
    TIDE,
    # What the time of day explains.
    MEAN,
    RESIDUAL,
    RHYTHM,
) = range(28)
WAVES = 2
FIELDS = RHYTHM + WAVES
NAMES = (
    "count", "level", "spread", "z", "far", "second", "jump", "jumpy", "low", "high", "today_low", "today_high", "days",
    "last", "before", "same_age_s", "longest_age_s", "energy", "busiest", "active", "age_s", "calm", "smooth", "share", "tide",
    "mean", "residual", "day_sin", "day_cos",
)  # fmt: skip
# What a lane's `active` says, and what a finding is.
NONE, SPIKE, DRIFT, NOISE, STUCK = range(5)
# A step's word that is no finding: a metric has left the past days' range by half of what would be one.
NEAR = 5
# A finding on the device, not on a metric: it starts again and again.
RESTARTS = 6
