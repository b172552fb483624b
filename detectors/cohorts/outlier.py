"""Every metric of a report beside its cohort, and the findings of those that stand out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.folding import largest_of
from detectors.baseline.lanes import inlined, unmanaged
from detectors.baseline.vector import any_of, assembled, filled, larger, store
from detectors.cohorts import found as write
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Reports, Work
from detectors.cohorts.chance import STREAMS, chance
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.member import hand_over, judge
from detectors.cohorts.parameters import Parameters
from detectors.cohorts.unseen import is_rare, pass_over

LANES, MEMBER_FIELDS, COHORT_FIELDS = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS
US = 1e6
NAN, ZERO = np.float32(np.nan), np.float32(0)


@inlined
def outliers(
    fleet: Fleet,
    work: Work,
    reports: Reports,
    row: int,
    base: int,
    lines: int,
    now: Circumstances,
    found: npt.NDArray[Any],
    number: int,
    p: Parameters,
) -> tuple[bool, Any, int]:
    """Judge every metric of a report; whether any is outside, the largest mean deviation, how many findings there are now."""
    odd, far = False, filled(ZERO)
    for group in range(work.deviations.shape[0]):
        member, centre = base + group * MEMBER_FIELDS, lines + group * COHORT_FIELDS
        one = judge(
            fleet.members, member, fleet.cohorts, centre, _values(reports, row, group * LANES), now, p
        )
        odd |= any_of(one.out)
        store(work.deviations, group, one.z)
        far = larger(far, one.far)
        if any_of(one.found):
            hand_over(work.lanes, one)
            number = _told(fleet, work, reports, row, group, member, centre, now.wide, found, number, p)
    return odd, largest_of(far), number


@inlined
def _values(reports: Reports, row: int, first: int) -> Any:
    """The eight columns of a report from `first` on, as lanes."""
    return assembled(
        _value(reports, row, first),
        _value(reports, row, first + 1),
        _value(reports, row, first + 2),
        _value(reports, row, first + 3),
        _value(reports, row, first + 4),
        _value(reports, row, first + 5),
        _value(reports, row, first + 6),
        _value(reports, row, first + 7),
    )


@inlined
def _value(reports: Reports, row: int, column: int) -> Any:
    source = reports.sources[column]
    return reports.values[source, row] if source >= 0 else NAN


@unmanaged
def _told(
    fleet: Fleet,
    work: Work,
    reports: Reports,
    row: int,
    group: int,
    member: int,
    centre: int,
    wide: np.float32,
    found: npt.NDArray[Any],
    number: int,
    p: Parameters,
) -> int:
    """Write down the metrics of one group that are complete, of a young cohort only those that are rare."""
    home, time_us = reports.homes[row], reports.times_us[row]
    slot = reports.slots[row]
    young = time_us - fleet.cohort_heads[home].first_us < p.unseen_s * US
    for lane in range(LANES):
        if work.lanes[0, lane] > ZERO:
            metric, far, one = group * LANES + lane, work.lanes[1, lane], found[number]
            value = reports.values[reports.sources[metric], row]
            if young and not is_rare(fleet, home, slot, group, lane, time_us, p):
                pass_over(fleet, home, slot, group, lane)
                continue
            write.write_member(one, fleet.members, member, fleet.cohorts, centre, lane, value, far, wide, p)
            write.place(one, r.OUTLIER, row, home, metric, time_us, fleet.cohort_heads[home].active)
            one.p_value = chance(fleet, home * STREAMS, far)
            number += 1
    return number
