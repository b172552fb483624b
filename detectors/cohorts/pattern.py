"""What of a report goes together otherwise than in its cohort: T2 and Q, judged over several reports as if they were two metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.folding import lane_of
from detectors.baseline.lanes import MOST, inlined
from detectors.baseline.vector import any_of, assembled, load, magnitude
from detectors.cohorts import found as write
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Model, Work
from detectors.cohorts.chance import STREAMS, chance, keep
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.member import hand_over, judge
from detectors.cohorts.parameters import Parameters
from detectors.cohorts.reference import LEAST_REST
from detectors.cohorts.subspace import statistics

US = 1e6
LANES, MEMBER_FIELDS, COHORT_FIELDS, OWN = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS, r.OWN
NAN, ZERO, ONE = np.float32(np.nan), np.float32(0), np.float32(1)
OCTAVE, BIAS = np.float32(2.0**-23), np.float32(127)


@inlined
def unusual(
    fleet: Fleet, model: Model, work: Work, home: int, lines: int, rest: float
) -> tuple[float, float, float]:
    """T2 and Q of the report whose deviations are in `work`, and Q in mean variances outside of the directions."""
    deviations, missing = work.deviations, False
    for group in range(deviations.shape[0]):
        moves = load(fleet.cohorts, lines + group * COHORT_FIELDS + OWN) > ZERO
        missing |= any_of(~(magnitude(load(deviations, group)) <= MOST) & moves)
    start = home * deviations.shape[0] * LANES
    t2, q = statistics(model.basis, start, model.inverse, home, deviations, missing, rest, work.scratch)
    return t2, q, q / max(rest, LEAST_REST)


@inlined
def octaves(value: Any) -> Any:
    """Very nearly the binary logarithm, straight between powers of two: a float's own bits."""
    return np.float32(np.float32(value).view(np.int32)) * OCTAVE - BIAS


@inlined
def pattern(
    fleet: Fleet,
    work: Work,
    row: int,
    time_us: int,
    base: int,
    lines: int,
    odd: bool,
    now: Circumstances,
    found: npt.NDArray[Any],
    number: int,
    p: Parameters,
) -> int:
    """Judge the pattern statistics of a device's last reports as if they were two metrics; how many findings there are now."""
    groups = work.deviations.shape[0]
    head = fleet.member_heads[base // ((groups + 1) * MEMBER_FIELDS)]
    home = head.cohort
    cohort = fleet.cohort_heads[home]
    part = ONE / np.float32(head.summed)
    values = assembled(head.t2 * part, head.q * part, NAN, NAN, NAN, NAN, NAN, NAN)
    old = time_us - cohort.first_us >= p.pattern_settled_s * US
    calm = now.ripe if old and not odd else ZERO
    gap = min(head.covered, np.float32(p.most_gap_s))
    at = Circumstances(gap, now.active, calm, ONE if old else ZERO, now.joins, ONE, now.wide)
    member, centre = base + groups * MEMBER_FIELDS, lines + groups * COHORT_FIELDS
    judged = judge(fleet.members, member, fleet.cohorts, centre, values, at, p)
    outside = any_of(judged.out)
    if any_of(judged.found):
        hand_over(work.lanes, judged)
        value = (head.t2 * part, head.q * part)
        lane = r.T2 if work.lanes[0, r.T2] > ZERO else r.Q
        one, far = found[number], work.lanes[1, lane]
        write.write_member(
            one, fleet.members, member, fleet.cohorts, centre, lane, value[lane], far, now.wide, p
        )
        write.place(one, r.PATTERN, row, home, lane, time_us, cohort.active)
        one.p_value = chance(fleet, home * STREAMS + 1 + lane, far)
        write.write_contributors(one, fleet.members, base, groups)
        number += 1
    elif not (odd or outside):
        for lane in range(STREAMS - 1):
            keep(fleet, home * STREAMS + 1 + lane, lane_of(judged.far, lane))
    head.strange, head.summed = outside, 0
    head.t2 = head.q = head.covered = ZERO
    return number
