"""The numbers of the cohort models, in one place, each with its reason; a snapshot is always made with these."""

from __future__ import annotations

from typing import NamedTuple

DETECTOR = "cohort"
VERSION = 6

# A report counts for the time since the one before, at most this long: who reports often does not count more, who slept does not either.
MOST_GAP_S = 1800.0
# The centre is where the devices are now: it follows a day's rhythm.
CENTRE_TAU_S = 1800.0
# How far apart devices are, and how far each is from its own place among them, is learned over days.
SPREAD_TAU_S = 2 * 86_400.0
# A device's place among its peers moves this slowly, so that whoever drifts away from it can be seen to.
PLACE_TAU_S = 20 * 86_400.0
# A new device is half judged by its own place, half by its cohort, after so many units of `UNIT_S`.
UNIT_S = 600.0
TRUSTED_UNITS = 36.0
# What is judged is the mean deviation of about so many reports or of this time, whichever is longer.
SMOOTH_REPORTS = 6.0
SMOOTH_TAU_S = 3600.0
# One report counts as at most this many deviations.
CLIP_Z = 6.0
LEARN_CLIP_Z = 2.0
# What is that far off says little about where the cohort and the device are.
PLACE_CLIP_Z = 5.0
# The deviation is never taken as smaller than this share of the centre.
FLOOR_SHARE = 0.005
FLOOR = 1e-6

# The bound: the mean of the devices' own largest deviations, and so many times their mean difference beyond it, and a margin.
BOUND_SPREADS = 4.0
BOUND_MARGIN_Z = 1.6
TOP_TAU_S = 86_400.0
TOP_DECAY_S = 60 * 86_400.0
# Outside for so many reports and so long, of a device with so many reports.
OUTSIDE_REPORTS = 3
OUTSIDE_S = 600.0
KNOWN_REPORTS = 50
# Somebody stands out of at least so many devices that have been watched for so long, and only while at most this share of them does.
PEERS_NEEDED = 5.0
SETTLED_S = 43_200.0
# Patterns need to have seen a week: its weekend is another pattern.
PATTERN_SETTLED_S = 8 * 86_400.0
# How far places move within days is not known so early: until then a device stands out only where at most `UNSEEN_P` of its tenant's
# devices (on the first day as much less as is missing of it) ever got `UNSEEN_SHARE` as far. Until then everybody is learned of.
UNSEEN_S = 4 * 86_400.0
UNSEEN_SHARE, UNSEEN_P = 0.7, 0.04
# Beyond all of at least so many devices it is as much rarer as it is further.
UNSEEN_PEERS = 5
CROWD_SHARE = 0.15
# The cohort as a whole has moved where its reports of the last minutes are this far off on average; then it is followed at once.
BIAS_TAU_S = 900.0
BIAS_Z = 1.5
# Nor does one stand out while more than `CROWD_SHARE` of the last minutes' reports, and one device's, are this share of the bound away or
# further: a third of a site that starts anew leaves the others behind.
NEAR_SHARE = 0.5
# Bounds come from what peers did. Until a cohort has lived so many device-days and days they are up to a third wider ...
KNOWN_DEVICE_DAYS = 240.0
KNOWN_DAYS = 8.0
WIDER = 0.35
# ... and wider for a device that has started lately (`uptime_s`): in its first days few of its peers have.
STARTED_S = 2 * 86_400.0
STARTED_WIDER = 0.4
# How far apart devices are is known worse than how far each moves: until a device's own place counts for so much, its bounds are wider by
# so many times what is missing.
NEW_TRUST, NEW_WIDER = 0.9, 1.3
# Over: so many reports well inside; what has lasted this long is the device's new place.
CALM_REPORTS = 10
CALM_SHARE = 0.7
ADOPT_S = 3 * 86_400.0

# A shift: the centre moved away from its own last hours by more than it ever did in a day, by this factor, margin and so many standard
# errors of the centre of as many devices, and a week is known.
SHIFT_TAU_S = 6 * 3600.0
SHIFT_FACTOR = 1.5
SHIFT_MARGIN_Z = 0.5
SHIFT_ERRORS = 2.0
# How far the centre of few devices moves is hardly known: a shift of so many needs one deviation more, of others the square of this share.
SHIFT_DEVICES = 3.0
SHIFT_SETTLED_S = 8 * 86_400.0
# A new firmware's cohort knows from the one before how far its devices move together; where they are is settled after so long.
SHIFT_FOUND_S = 86_400.0
DAY_S = 86_400

# The covariance is learned of every fourth report of a cohort, over days; its eigenvectors are found anew after so many of those.
EVERY = 4
COVARIANCE_TAU_S = 4 * 86_400.0
REFRESH = 512
FIRST_REFRESH = 64
# The pattern statistics are judged as the mean of so many reports of a device.
PATTERN_REPORTS = 4
# As many directions as explain this share of the variance, at most eight.
EXPLAINED = 0.9
# The reference is copied from the live model after this long without a finding of the cohort, and only while the two agree: the live one's
# expected statistics under the reference are less than `AGREEMENT` times what they were. It has left it at `DIVERGENCE` times.
REFERENCE_S = 7 * 86_400.0
AGREEMENT = 1.5
DIVERGENCE = 4.0
# A model of fewer devices has not left its reference, the few have.
DIVERGENCE_DEVICES = 10.0

MOST_COHORTS = 1024
MOST_GROUPS = 4


class Parameters(NamedTuple):
    """What compiled code takes as a value: each the constant of its name."""

    most_gap_s: float = MOST_GAP_S
    centre_tau_s: float = CENTRE_TAU_S
    spread_tau_s: float = SPREAD_TAU_S
    place_tau_s: float = PLACE_TAU_S
    unit_s: float = UNIT_S
    trusted_units: float = TRUSTED_UNITS
    smooth_reports: float = SMOOTH_REPORTS
    smooth_tau_s: float = SMOOTH_TAU_S
    clip_z: float = CLIP_Z
    learn_clip_z: float = LEARN_CLIP_Z
    place_clip_z: float = PLACE_CLIP_Z
    floor_share: float = FLOOR_SHARE
    floor: float = FLOOR
    bound_spreads: float = BOUND_SPREADS
    bound_margin_z: float = BOUND_MARGIN_Z
    top_tau_s: float = TOP_TAU_S
    top_decay_s: float = TOP_DECAY_S
    outside_reports: int = OUTSIDE_REPORTS
    outside_s: float = OUTSIDE_S
    known_reports: int = KNOWN_REPORTS
    peers_needed: float = PEERS_NEEDED
    settled_s: float = SETTLED_S
    pattern_settled_s: float = PATTERN_SETTLED_S
    crowd_share: float = CROWD_SHARE
    unseen_s: float = UNSEEN_S
    unseen_share: float = UNSEEN_SHARE
    unseen_p: float = UNSEEN_P
    unseen_peers: int = UNSEEN_PEERS
    bias_tau_s: float = BIAS_TAU_S
    bias_z: float = BIAS_Z
    near_share: float = NEAR_SHARE
    known_device_days: float = KNOWN_DEVICE_DAYS
    wider: float = WIDER
    known_days: float = KNOWN_DAYS
    started_s: float = STARTED_S
    started_wider: float = STARTED_WIDER
    new_trust: float = NEW_TRUST
    new_wider: float = NEW_WIDER
    calm_reports: int = CALM_REPORTS
    calm_share: float = CALM_SHARE
    adopt_s: float = ADOPT_S
    shift_tau_s: float = SHIFT_TAU_S
    shift_factor: float = SHIFT_FACTOR
    shift_margin_z: float = SHIFT_MARGIN_Z
    shift_errors: float = SHIFT_ERRORS
    shift_devices: float = SHIFT_DEVICES
    shift_settled_s: float = SHIFT_SETTLED_S
    shift_found_s: float = SHIFT_FOUND_S
    covariance_tau_s: float = COVARIANCE_TAU_S
    explained: float = EXPLAINED
    reference_s: float = REFERENCE_S
    agreement: float = AGREEMENT
    divergence: float = DIVERGENCE
    divergence_devices: float = DIVERGENCE_DEVICES


DEFAULTS = Parameters()
