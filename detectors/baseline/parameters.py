"""The numbers of the baseline, in one place, each with its reason. A snapshot names the version it was made with,
and is always made with these very numbers; others (a what-if) are a `Parameters` that is passed in."""

from __future__ import annotations

from typing import NamedTuple

DETECTOR = "baseline"
VERSION = 6

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

# Spike: the third largest deviation of late is over this, and over what the device itself and its cohort's devices have reached in
# health by this factor. A deviation fades by this much a report, so three within about five reports count.
SPIKE_Z = 8.0
# Where the cohort's days are known, this is enough.
SPIKE_KNOWN_Z = 4.0
SPIKE_FACTOR = 2.0
# 3, or 2 for the second largest.
SPIKE_REPORTS = 3
SPIKE_FADE = 0.8
HIGH_Z = 20.0
# Who has seen no whole day, or one, needs so many times as much unless the cohort knows better. A metric that stands still between
# steps needs more for a week, most on its first day, whatever its peers did: its deviation is the least there is, so a step is as large as
# one likes, and theirs are others.
YOUNG_FACTOR = 2.0
FLAT_YOUNG_FACTOR = 5.0
FLAT_FACTOR = 3.0

# Drift: three reports in a row outside of the past days' range by this share of it, and by this factor further than the cohort's devices
# went out in health.
DRIFT_SHARE = 1.5
# Where the cohort's days are known, this share is enough.
DRIFT_KNOWN_SHARE = 0.5
DRIFT_FACTOR = 2.0
# In its first week, from the third day on, only what is this many ranges outside is a drift: a weekend must have been seen first.
DRIFT_YOUNG_SHARE = 5.0
# A day that lies as a whole above or below the past days' range by this share of it, and by this factor more than the cohort's days, is a
# drift too; not for so long after new firmware.
SHIFT_KNOWN_SHARE = 0.3
SHIFT_FACTOR = 2.0
SHIFT_UPGRADE_S = 864_000.0
# A range takes in a new extreme at once in its first days and after that by this share of it a day, so that who moves it slowly is seen;
# what isn't reached any more is forgotten by this share a day.
RANGE_DAYS = 7
RANGE_WIDEN = 0.05
RANGE_FORGET = 0.005
# So many peers that left their range as well lately (at least, and as a share of them): the cohort moves, no device does.
MOVED_PEERS = 6.0
MOVED_SHARE = 0.05
MOVED_TAU_S = 43_200.0

# After this long without a report (or so many usual gaps) the level starts anew.
GAP_S = 3000.0
GAP_FACTOR = 5.0
# So many reports at least the level is found anew after a gap or a start, and so long after a start.
ANEW_REPORTS = 3
ANEW_S = 2400.0
# So long after a start what is new is expected and taken into the range; after new firmware so long.
RESTART_S = 10_800.0
UPGRADE_S = 86_400.0
# Starts within about an hour that are a finding.
RESTARTS = 4.0

# Before noise or a stuck sensor is told of: a metric must have shown first how it usually moves.
SETTLED_REPORTS = 200
STUCK_SETTLED_REPORTS = 100
# Noise: the mean squared error of about 32 reports, in variances, is over this and this many times the largest ever seen.
NOISE_RATIO = 4.0
NOISE_FACTOR = 2.5
# Stuck: so many equal values, for so long, and for this many times longer than ever, inside the range (a full battery is not stuck).
STUCK_REPORTS = 30
STUCK_S = 600.0
STUCK_FACTOR = 5.0

# Over: so many calm reports in a row; then the same finding may be raised again.
CALM_Z = 4.0
CALM_REPORTS = 10
# What has lasted this long is the new normal and is learned; for a drift.
ADOPT_S = 3600.0
DRIFT_ADOPT_S = 86_400.0

# What a cohort of so many devices does together (weather, the working week) is taken off, followed about as fast as this.
COMMON_MEMBERS = 8
COMMON_TAU_S = 1800.0

# The cohort's healthy days: what a day weighs less than the day after it, how many must be known to say something, and to say it without
# the tenant's other cohorts, and the rank that sets the margin.
DAY_WEIGHT = 0.95
COHORT_DAYS = 30.0
COHORT_FULL_DAYS = 200.0
COHORT_RANK = 3.0
# Of fewer days than this the largest says less of what health reaches (see `margin`).
COHORT_MANY_DAYS = 200.0
# Until so many days have been lived margins are wider.
KNOWN_DAYS = 8.0

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
    spike_known_z: float = SPIKE_KNOWN_Z
    spike_factor: float = SPIKE_FACTOR
    spike_reports: int = SPIKE_REPORTS
    spike_fade: float = SPIKE_FADE
    high_z: float = HIGH_Z
    young_factor: float = YOUNG_FACTOR
    flat_young_factor: float = FLAT_YOUNG_FACTOR
    flat_factor: float = FLAT_FACTOR
    drift_share: float = DRIFT_SHARE
    drift_known_share: float = DRIFT_KNOWN_SHARE
    drift_factor: float = DRIFT_FACTOR
    drift_young_share: float = DRIFT_YOUNG_SHARE
    shift_known_share: float = SHIFT_KNOWN_SHARE
    shift_factor: float = SHIFT_FACTOR
    shift_upgrade_s: float = SHIFT_UPGRADE_S
    range_days: int = RANGE_DAYS
    range_widen: float = RANGE_WIDEN
    range_forget: float = RANGE_FORGET
    moved_peers: float = MOVED_PEERS
    moved_share: float = MOVED_SHARE
    moved_tau_s: float = MOVED_TAU_S
    gap_s: float = GAP_S
    gap_factor: float = GAP_FACTOR
    anew_reports: int = ANEW_REPORTS
    anew_s: float = ANEW_S
    restart_s: float = RESTART_S
    upgrade_s: float = UPGRADE_S
    restarts: float = RESTARTS
    settled_reports: int = SETTLED_REPORTS
    stuck_settled_reports: int = STUCK_SETTLED_REPORTS
    noise_ratio: float = NOISE_RATIO
    noise_factor: float = NOISE_FACTOR
    stuck_reports: int = STUCK_REPORTS
    stuck_s: float = STUCK_S
    stuck_factor: float = STUCK_FACTOR
    calm_z: float = CALM_Z
    calm_reports: int = CALM_REPORTS
    adopt_s: float = ADOPT_S
    drift_adopt_s: float = DRIFT_ADOPT_S
    common_members: int = COMMON_MEMBERS
    common_tau_s: float = COMMON_TAU_S
    day_weight: float = DAY_WEIGHT
    cohort_days: float = COHORT_DAYS
    cohort_full_days: float = COHORT_FULL_DAYS
    cohort_rank: float = COHORT_RANK
    cohort_many_days: float = COHORT_MANY_DAYS
    known_days: float = KNOWN_DAYS
    peer_fresh_s: float = PEER_FRESH_S
    peer_changed_z: float = PEER_CHANGED_Z
    peers_needed: int = PEERS_NEEDED


DEFAULTS = Parameters()


def is_counter(metric: str) -> bool:
    """Whether a metric only ever counts up by convention (`boot_count`, `errors_total`, `uptime_s`), so a baseline of it means nothing."""
    return metric.endswith(("_count", "_total")) or ("uptime" in metric and metric.endswith("_s"))
