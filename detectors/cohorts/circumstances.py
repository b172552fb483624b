"""What a report counts for in its cohort: who else is there, how long everybody is known, and how much time it stands for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import inlined, unmanaged
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Reports
from detectors.cohorts.parameters import FIRST_REFRESH, Parameters

US, DAY_S = 1e6, 86_400.0
LANES, MEMBER_FIELDS, COHORT_FIELDS = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS
OUTSIDE = r.OUTSIDE
LEFT = (r.SMOOTH, r.RUN, r.RUN_AGE, r.ACTIVE_AGE, r.CALM)
ZERO, ONE = np.float32(0), np.float32(1)


class Circumstances(NamedTuple):
    """What a report counts for: the seconds since the one before, the devices of its cohort, 1 where it may be judged, 1 where the cohort
    is known, 1 where who comes joins devices that are known, 1 where only too much is odd, and by what the bound is wider.
    """

    gap: np.float32
    active: np.float32
    ripe: np.float32
    settled: np.float32
    joins: np.float32
    one_sided: np.float32
    wide: np.float32


@inlined
def circumstances_of(
    fleet: Fleet, reports: Reports, row: int, head: Any, cohort: Any, base: int, groups: int, p: Parameters
) -> Circumstances:
    """Of a report that is newer than its device's newest; counts it, and a device that comes from another cohort leaves that.

    `head` is of the device, whose rows begin at `base`, `cohort` the head of the report's.
    """
    home, time_us = reports.homes[row], reports.times_us[row]
    most_gap = np.float32(p.most_gap_s)
    gap = min(np.float32((time_us - head.last_us) * (1 / US)), most_gap) if head.last_us > 0 else ZERO
    if head.reports > 0 and head.cohort != home:
        _leave(fleet, base, head.cohort * (groups + 1) * COHORT_FIELDS, head, groups)
    head.cohort, head.last_us = home, time_us
    head.reports += 1
    _count(cohort, time_us, gap, p)
    wide = _wide(cohort, reports.uptimes_s[row], p)
    return Circumstances(
        gap,
        np.float32(max(cohort.active, 1.0)),
        _ripe(head, cohort, time_us, p),
        ONE if time_us - cohort.first_us >= p.unseen_s * US else ZERO,
        # Where they are is known to a new firmware's cohort from the one before.
        ONE if wide <= ONE or time_us - cohort.followed_us >= p.unseen_s * US else ZERO,
        ZERO,
        wide,
    )


@unmanaged
def _leave(fleet: Fleet, base: int, lines: int, head: Any, groups: int) -> None:
    """Take a device out of its cohort; it keeps its place beside its peers, and what it was found with is over."""
    for group in range(groups + 1):
        member, at = base + group * MEMBER_FIELDS, lines + group * COHORT_FIELDS
        for lane in range(LANES):
            if fleet.members[member + r.RUN, lane] > ZERO:
                fleet.cohorts[at + OUTSIDE, lane] -= ONE
            for field in LEFT:
                fleet.members[member + field, lane] = ZERO
    head.reports = head.summed = head.strange = 0
    head.t2 = head.q = head.covered = ZERO


@inlined
def _count(cohort: Any, time_us: int, gap: Any, p: Parameters) -> None:
    """Count a report; `active` is the device time covered in the last while, over that while, `lived` all of it."""
    if cohort.first_us == 0:
        cohort.first_us = cohort.last_us = cohort.stirred_us = cohort.referred_us = time_us
        cohort.due = FIRST_REFRESH
        if cohort.followed_us == 0:
            cohort.followed_us = time_us
    passed = max(time_us - cohort.last_us, 0) * (1 / US)
    fading = 1.0 / p.centre_tau_s
    cohort.last_us = max(time_us, cohort.last_us)
    cohort.active = cohort.active * max(1.0 - passed * fading, 0.0) + gap * fading
    cohort.lived += gap
    cohort.reports += 1


@inlined
def _ripe(head: Any, cohort: Any, time_us: int, p: Parameters) -> Any:
    """1 where a device may stand out: of enough others, watched long enough, known itself."""
    enough = (
        cohort.active >= p.peers_needed
        and time_us - cohort.first_us >= p.settled_s * US
        and head.reports >= p.known_reports
    )
    return ONE if enough else ZERO


@inlined
def _wide(cohort: Any, uptime_s: Any, p: Parameters) -> Any:
    """By what bounds are wider while a cohort has not lived enough, more so for a device that has started lately."""
    needed = max(p.known_device_days, p.known_days * cohort.active) * DAY_S
    if cohort.lived >= needed:
        return ONE
    wider = p.wider + (p.started_wider if uptime_s < p.started_s else 0.0)
    return np.float32(1.0 + wider * (1.0 - cohort.lived / needed))
