"""What the plant detector keeps of one machine, and the numbers it works with."""

from __future__ import annotations

import numpy as np

VERSION = 1  # any change of a score or of the state
TRAIN_ROWS = 400
MOST_CHANNELS = 24
WINDOW, BLOCK = 25, 30
AFTER, BEFORE = 15, 60
RING = AFTER + BEFORE
LIMITS = (5.0, 10.0, 8.0)  # of level, noise, correlation
OFF, REST, PEAK_MEMORY = 0.6, 0.3, 0.9995
DRIFT, DRIFT_POWER = 3.0, 1.5
RIDGE = 0.1
CHANGE_LIMIT, CHANGE_REST_ROWS = 5.0, 30
FEWEST = 60  # windows that a channel must have shown while learning; with fewer it is never judged
STILL = 1e-3  # a channel's smallest spread, as a share of its mean: less is a still sensor's last digit
HUGE = 1e100  # a value beyond is missing, so that squares stay finite
MOST = 1e12  # more deviations than that are no more telling

VIEWS = ("level", "noise", "correlation")
LEVEL, NOISE, CORRELATION = 0, 1, 2
RAW, ROLLED, BLOCKED, JUMPED, SPREAD = 0, 1, 2, 3, 4
STATISTICS = 5

STATE = np.dtype(
    [
        ("rows", np.int64),
        ("missing", np.int64),
        ("change_rest", np.int64),
        ("origin", np.float64, (MOST_CHANNELS,)),
        ("started", np.int8, (MOST_CHANNELS,)),
        ("ring", np.float64, (RING, MOST_CHANNELS)),
        ("counts", np.float64, (STATISTICS, MOST_CHANNELS)),
        ("means", np.float64, (STATISTICS, MOST_CHANNELS)),
        ("squares", np.float64, (STATISTICS, MOST_CHANNELS)),
        ("products", np.float64, (3, MOST_CHANNELS, MOST_CHANNELS)),
        ("residual", np.float64, (MOST_CHANNELS, MOST_CHANNELS)),
        ("residual_scale", np.float64, (MOST_CHANNELS,)),
        ("scale", np.float64, (MOST_CHANNELS,)),
        ("noise_scale", np.float64, (MOST_CHANNELS,)),
        ("change_scale", np.float64, (MOST_CHANNELS,)),
        ("peaks", np.float64, (len(VIEWS),)),
        ("alarms", np.int8, (len(VIEWS),)),
    ]
)
