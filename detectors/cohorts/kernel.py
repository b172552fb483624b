"""One pass over a batch's rows: each report is judged beside its cohort, then learned; findings are written down.

What every report needs is inlined: a call that passes so many arrays costs as much as its work.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import Floats, inlined, unmanaged
from detectors.baseline.vector import prefetch
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Model, Reports, Work
from detectors.cohorts.chance import STREAMS, keep
from detectors.cohorts.member import Circumstances
from detectors.cohorts.outlier import most, outliers
from detectors.cohorts.parameters import DEFAULTS, EVERY, FIRST_REFRESH, PATTERN_REPORTS, Parameters
from detectors.cohorts.pattern import octaves, pattern, unusual
from detectors.cohorts.reference import renew
from detectors.cohorts.shift import shifts
from detectors.cohorts.subspace import learn

US, DAY_S = 1e6, 86_400.0
LANES, MEMBER_FIELDS, COHORT_FIELDS = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS
OUTSIDE = r.OUTSIDE
LEFT = (r.SMOOTH, r.RUN, r.RUN_AGE, r.ACTIVE_AGE, r.CALM)
ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)
AHEAD = 4


@unmanaged
def observe(
    fleet: Fleet,
    model: Model,
    work: Work,
    reports: Reports,
    found: npt.NDArray[Any],
    scores: npt.NDArray[np.float32],
    p: Parameters = DEFAULTS,
) -> int:
    """Judge and learn rows in the order given; returns how many findings were written to `found`.

    `work.deviations` has a row for each group of metrics that has a model. `scores[row]` becomes (largest mean deviation in bounds, T2, Q).
    A row not newer than its device's newest tells nothing.
    """
    number = 0
    groups = work.deviations.shape[0]
    heights = ((groups + 1) * MEMBER_FIELDS, (groups + 1) * COHORT_FIELDS)
    most_gap = np.float32(p.most_gap_s)
    for step in range(reports.order.shape[0]):
        row = reports.order[step]
        _fetch(fleet, reports, step, heights[0])
        slot, home, time_us = reports.slots[row], reports.homes[row], reports.times_us[row]
        head = fleet.member_heads[slot]
        if home < 0 or time_us <= head.last_us:
            continue
        cohort, base, lines = fleet.cohort_heads[home], slot * heights[0], home * heights[1]
        gap = min(np.float32((time_us - head.last_us) * (1 / US)), most_gap) if head.last_us > 0 else ZERO
        if head.reports > 0 and head.cohort != home:
            _leave(fleet, base, head.cohort * heights[1], head, groups)
        head.cohort, head.last_us = home, time_us
        head.reports += 1
        _count(cohort, time_us, gap, p)
        now = Circumstances(
            gap,
            np.float32(max(cohort.active, 1.0)),
            _ripe(head, cohort, time_us, p),
            ONE if time_us - cohort.first_us >= p.settled_s * US else ZERO,
            ZERO,
            _wide(cohort, reports.uptimes_s[row], p),
        )
        before = number
        odd, number = outliers(fleet, work, reports, row, base, lines, now, found, number, p)
        largest, faith = most(work.lanes), 1.0
        scores[row, 0] = largest
        scores[row, 1] = scores[row, 2] = ZERO
        if cohort.learned >= FIRST_REFRESH:
            t2, q, rest = unusual(fleet, model, work, home, lines, cohort.rest)
            scores[row, 1], scores[row, 2] = t2, q
            # Beyond twice the usual deviation a report is learned the less the odder it is.
            faith = min(1.0, 2.0 * cohort.moving / max(t2 + rest, 1.0))
            faith *= faith * min(max(3.0 - 4.0 * largest, 0.0), 1.0)
            head.covered += gap
            head.t2 += octaves(t2 + HALF)
            head.q += octaves(rest + HALF)
            head.summed += 1
            if head.summed >= PATTERN_REPORTS:
                number = pattern(fleet, work, row, time_us, base, lines, odd, now, found, number, p)
        if cohort.reports % EVERY == 0:
            share = np.float32(EVERY) * gap / now.active
            if not (odd or head.strange):
                keep(fleet, home * STREAMS, largest)
                _learn(model, home, work.deviations, cohort, share, faith, p)
            number = shifts(fleet, work, row, home, time_us, share, found, number, p)
        if number > before:
            cohort.stirred_us = time_us
        if cohort.learned >= cohort.due:
            number = renew(fleet, model, work, home, row, time_us, found, number, p)
    return number


@inlined
def _fetch(fleet: Fleet, reports: Reports, step: int, height: int) -> None:
    """Ask for the device of a row to come."""
    if step + AHEAD < reports.order.shape[0]:
        ahead = reports.slots[reports.order[step + AHEAD]] * height
        for line in range(0, height, 2):
            prefetch(fleet.members, ahead + line)


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


@inlined
def _learn(
    model: Model, home: int, deviations: Floats, cohort: Any, share: Any, faith: Any, p: Parameters
) -> None:
    groups = deviations.shape[0]
    weight = max(share * np.float32(1 / p.covariance_tau_s), ONE / np.float32(cohort.learned + 1))
    limit, start = np.float32(p.learn_clip_z), home * groups * LANES * groups
    learn(model.covariance, start, deviations, limit, np.float32(faith * weight))
    cohort.learned += 1
