"""Whether a deviation is one that others of the tenant have had too, while a cohort is so young that it has seen little itself.

How far places move within days (batteries that are charged once a week) is not known in a cohort's first days. The tenant's devices of all
cohorts are many more: who deviates must be one of the few that ever got so far, each in its own deviations. That is a conformal p-value
(Vovk, Gammerman and Shafer 2005) of the device among them, beyond the furthest of few along a Pareto tail of index 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.baseline.lanes import unmanaged
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet
from detectors.cohorts.parameters import Parameters

ZERO, ONE, TINY = np.float32(0), np.float32(1), np.float32(1e-12)
# So many devices, evenly chosen, stand for all: a look at a million would take milliseconds.
MOST_ASKED = 2048
DAY_US = 86_400e6


@unmanaged
def is_rare(fleet: Fleet, home: int, slot: int, group: int, lane: int, time_us: int, p: Parameters) -> Any:
    """Whether hardly any of the tenant's devices got nearly as far in a lane as the device in `slot`, whose cohort is `home`.

    Looks at up to `MOST_ASKED` devices. Where they are too few for the share (24 after the first day) it must be as much further than all
    of them as a Pareto tail asks for; False where hardly any is known.
    """
    height = fleet.members.shape[0] // fleet.member_heads.shape[0]
    at, tenant = group * r.MEMBER_FIELDS, fleet.cohort_heads[home].tenant
    least = np.float32(p.unseen_share) * abs(fleet.members[slot * height + at + r.SMOOTH, lane])
    asked, reached, furthest = 0, 0, ZERO
    for other in range(0, fleet.member_heads.shape[0], 1 + fleet.member_heads.shape[0] // MOST_ASKED):
        head, base = fleet.member_heads[other], other * height + at
        known = head.reports > 0 and fleet.members[base + r.UNITS, lane] >= p.trusted_units
        if other == slot or not known or fleet.cohort_heads[head.cohort].tenant != tenant:
            continue
        asked += 1
        far = max(fleet.members[base + r.TOP, lane], fleet.members[base + r.BOTTOM, lane])
        reached += far >= least
        furthest = max(furthest, far)
    age_days = (time_us - fleet.cohort_heads[home].first_us) / DAY_US
    # How far devices get is not known of part of a day.
    beyond = reached == 0 and asked >= p.unseen_peers and age_days >= 1.0
    tail = furthest / least if beyond else 1.0
    return (1.0 + reached) * tail <= p.unseen_p * min(age_days, 1.0) * (1.0 + asked)


@unmanaged
def pass_over(fleet: Fleet, home: int, slot: int, group: int, lane: int) -> None:
    """Go on as if the device were not outside, and keep how far it got."""
    height = fleet.members.shape[0] // fleet.member_heads.shape[0]
    base = slot * height + group * r.MEMBER_FIELDS
    line = (home * height // r.MEMBER_FIELDS * r.COHORT_FIELDS) + group * r.COHORT_FIELDS
    smooth = fleet.members[base + r.SMOOTH, lane]
    largest = r.TOP if smooth > ZERO else r.BOTTOM
    fleet.members[base + largest, lane] = max(fleet.members[base + largest, lane], abs(smooth))
    fleet.cohorts[line + r.OUTSIDE, lane] -= ONE
    for field in (r.SMOOTH, r.RUN, r.RUN_AGE, r.ACTIVE_AGE, r.CALM):
        fleet.members[base + field, lane] = ZERO
