"""The numbers of the baseline, in one place, each with its reason. A snapshot names the version it was made with,
and is always made with these very numbers; others (a what-if) are a `Parameters` that is passed in."""

from __future__ import annotations

from typing import NamedTuple

DETECTOR = "baseline"
VERSION = 2

# Reports of a metric before anything is said about it.
WARM_UP = 50
# The level follows slow change (a day's rhythm, weather) but not a minute of attack or of a dying sensor.
LEVEL_TAU_S = 600.0
# The spread is learned over hours: noise that grows for a minute must not become normal.
SPREAD_TAU_S = 21_600.0
# Learned errors are cut at this many deviations, so that one outlier moves a baseline only a little (winsorising; Huber 1964).
CLIP_Z = 3.0
# The deviation is never taken as smaller than this share of the level: a constant metric may move a little.
FLOOR_SHARE = 0.005
FLOOR = 1e-6

# Spike: so many reports in a row this far off the level and outside everything seen before, by a share of the range seen.
SPIKE_Z = 8.0
SPIKE_REPORTS = 3
RANGE_MARGIN = 0.25
# While a drift is known, only something far bigger is news about the same metric.
ESCALATE_Z = 40.0
HIGH_Z = 20.0

# Drift: two one-sided cumulative sums of the error in deviations, less an allowance, over a limit (CUSUM; Page 1954). The allowance
# covers a level that lags behind the daily rhythm; errors are cut so that a spike is confirmed as a spike first.
CUSUM_ALLOWANCE_Z = 2.0
CUSUM_LIMIT_Z = 15.0
CUSUM_CLIP_Z = 6.0
# After this long without a report the sums start anew.
GAP_S = 1800.0

# Before noise or a stuck sensor is told of: a metric must have shown first how it usually moves.
SETTLED_REPORTS = 200
# Noise: the mean squared error of about 32 reports, in variances, is over this and this many times the largest ever seen.
NOISE_RATIO = 4.0
NOISE_FACTOR = 2.0
# Stuck: so many equal values, for so long, and for this many times longer than ever, inside the range (a full battery is not stuck).
STUCK_REPORTS = 30
STUCK_S = 600.0
STUCK_FACTOR = 5.0

# Over: so many calm reports in a row; then the same finding may be raised again.
CALM_Z = 4.0
CALM_REPORTS = 10
# What has lasted this long is the new normal and is learned.
ADOPT_S = 3600.0

# Peers count when they reported this recently, and as changed when their last report was this far off.
PEER_FRESH_S = 600.0
PEER_CHANGED_Z = 4.0
PEERS_NEEDED = 3


class Parameters(NamedTuple):
    """The numbers of one baseline as a value, each the constant of its name unless said otherwise.

    A tuple, because compiled code takes it as it is. Whole numbers stay int and all others float: another type would compile anew.
    """

    warm_up: int = WARM_UP
    level_tau_s: float = LEVEL_TAU_S
    spread_tau_s: float = SPREAD_TAU_S
    clip_z: float = CLIP_Z
    floor_share: float = FLOOR_SHARE
    floor: float = FLOOR
    spike_z: float = SPIKE_Z
    spike_reports: int = SPIKE_REPORTS
    range_margin: float = RANGE_MARGIN
    escalate_z: float = ESCALATE_Z
    high_z: float = HIGH_Z
    cusum_allowance_z: float = CUSUM_ALLOWANCE_Z
    cusum_limit_z: float = CUSUM_LIMIT_Z
    cusum_clip_z: float = CUSUM_CLIP_Z
    gap_s: float = GAP_S
    settled_reports: int = SETTLED_REPORTS
    noise_ratio: float = NOISE_RATIO
    noise_factor: float = NOISE_FACTOR
    stuck_reports: int = STUCK_REPORTS
    stuck_s: float = STUCK_S
    stuck_factor: float = STUCK_FACTOR
    calm_z: float = CALM_Z
    calm_reports: int = CALM_REPORTS
    adopt_s: float = ADOPT_S
    peer_fresh_s: float = PEER_FRESH_S
    peer_changed_z: float = PEER_CHANGED_Z
    peers_needed: int = PEERS_NEEDED


DEFAULTS = Parameters()


def is_counter(metric: str) -> bool:
    """Whether a metric only ever counts up by convention (`boot_count`, `errors_total`, `uptime_s`), so a baseline of it means nothing."""
    return metric.endswith(("_count", "_total")) or ("uptime" in metric and metric.endswith("_s"))
