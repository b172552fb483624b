"""How the centres of a whole cohort move, and the findings of those that moved further than they ever do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import inlined, unmanaged
from detectors.cohorts import found as write
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Work
from detectors.cohorts.centre import watch
from detectors.cohorts.parameters import Parameters

US, DAY_US = 1e6, 86_400_000_000
LANES, COHORT_FIELDS = r.LANES, r.COHORT_FIELDS
ZERO, ONE = np.float32(0), np.float32(1)


@inlined
def shifts(
    fleet: Fleet,
    work: Work,
    row: int,
    home: int,
    time_us: int,
    share: Any,
    found: npt.NDArray[Any],
    number: int,
    p: Parameters,
) -> int:
    """Learn how a cohort's centres move; how many findings there are now."""
    groups, cohort = work.deviations.shape[0], fleet.cohort_heads[home]
    settled = ONE if time_us - cohort.first_us >= p.shift_found_s * US else ZERO
    known = time_us - cohort.followed_us >= p.shift_settled_s * US
    ripe = settled if known and cohort.active >= p.peers_needed else ZERO
    day = cohort.last_us // DAY_US
    ended = ONE if day != cohort.day else ZERO
    active = max(cohort.active, 1.0)
    few = (p.shift_devices / active) ** 2
    margin = np.float32(p.shift_margin_z + p.shift_errors / math.sqrt(active) + few)
    cohort.day = day
    for group in range(groups):
        at = (home * (groups + 1) + group) * COHORT_FIELDS
        if watch(fleet.cohorts, at, work.lanes, share, settled, ripe, ended, margin, p):
            number = _moved(fleet, work, row, home, group, time_us, found, number, p)
    return number


@unmanaged
def _moved(
    fleet: Fleet,
    work: Work,
    row: int,
    home: int,
    group: int,
    time_us: int,
    found: npt.NDArray[Any],
    number: int,
    p: Parameters,
) -> int:
    """Write down the centres of one group that have moved."""
    cohort, lanes = fleet.cohort_heads[home], work.lanes
    at = (home * (work.deviations.shape[0] + 1) + group) * COHORT_FIELDS
    for lane in range(LANES):
        if lanes[0, lane] > ZERO:
            one = found[number]
            write.write_shift(one, fleet.cohorts, at, lane, lanes[1, lane], lanes[2, lane])
            write.place(one, r.SHIFT, row, home, group * LANES + lane, time_us, cohort.active)
            one.since_us = time_us - np.int64(p.centre_tau_s * US)
            one.p_value = 1.0 / max((time_us - cohort.followed_us) / DAY_US, 1.0)
            number += 1
    return number
