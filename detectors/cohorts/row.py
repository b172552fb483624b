"""How a device's and a cohort's numbers lie in memory: fields of eight float32, one metric a lane, as in `detectors.baseline.row`.

A device has `MEMBER_FIELDS` rows a group of eight metrics, a cohort `COHORT_FIELDS`; behind the metrics' groups each has one more,
whose first two lanes are the pattern statistics T2 and Q, judged as if they were metrics.
"""

from __future__ import annotations

import numpy as np

LANES = 8
# A device among its peers: time seen (in units), its place beside the centre, its mean deviation now, the largest it ever was above and
# below, reports outside in a row and since when, since when that is known, calm reports.
UNITS, PLACE, SMOOTH, TOP, BOTTOM, RUN, RUN_AGE, ACTIVE_AGE, CALM = range(9)
MEMBER_FIELDS = 9
# A cohort: where its devices are now, variances of devices about it and of each about its own place, mean and mean difference of the
# devices' largest deviations, reports, how many devices are outside, the centre over the last hours, its largest moves up and down of days
# past and of today, since when a shift is known, the mean deviation of the
# last minutes' reports, and the share of them that are near the bound or beyond.
(
    CENTRE, APART, OWN, TOP_MEAN, TOP_SPREAD, BOTTOM_MEAN, BOTTOM_SPREAD, COUNT, OUTSIDE, SLOW,
    ROSE, ROSE_TODAY, FELL, FELL_TODAY, SHIFT_AGE, BIAS, NEAR,
) = range(17)  # fmt: skip
COHORT_FIELDS = 17
T2, Q = 0, 1
NONE, OUTLIER, PATTERN, SHIFT, DIVERGED = range(5)

# Beside a device's row: its newest report, its cohort, its reports in it; the pattern statistics of its last reports (in octaves, summed
# over so many that cover so many seconds) and whether they are outside.
MEMBER = np.dtype(
    [
        ("last_us", np.int64),
        ("cohort", np.int32),
        ("reports", np.int32),
        ("t2", np.float32),
        ("q", np.float32),
        ("covered", np.float32),
        ("summed", np.int16),
        ("strange", np.int16),
    ]
)
# Beside a cohort's: first and newest report, since when its moves are known (a new firmware's from the one before), last finding, the day
# of its moves, how many devices report (by the time they cover), device time lived, reports, learned covariances and when the eigenvectors
# are due, metrics that move, mean variance outside of the directions, of the reference the same and since when, whether a divergence is
# known, and a number of its tenant.
COHORT = np.dtype(
    [
        ("first_us", np.int64),
        ("last_us", np.int64),
        ("followed_us", np.int64),
        ("stirred_us", np.int64),
        ("day", np.int64),
        ("active", np.float64),
        ("lived", np.float64),
        ("reports", np.int64),
        ("learned", np.int64),
        ("due", np.int64),
        ("moving", np.float64),
        ("rest", np.float64),
        ("reference_rest", np.float64),
        ("referred_us", np.int64),
        ("diverged", np.int64),
        ("tenant", np.int64),
    ]
)
# A finding as it was at that moment: in the metric's unit but `z` and `bound` (deviations).
FOUND = np.dtype(
    [
        ("row", np.int64),
        ("kind", np.int64),
        ("metric", np.int64),
        ("cohort", np.int64),
        ("since_us", np.int64),
        ("actual", np.float64),
        ("centre", np.float64),
        ("apart", np.float64),
        ("place", np.float64),
        ("own", np.float64),
        ("z", np.float64),
        ("bound", np.float64),
        ("p_value", np.float64),
        ("peers", np.float64),
        ("outside", np.float64),
        ("first", np.int64),
        ("second", np.int64),
        ("third", np.int64),
    ]
)
