"""One pass over a batch's rows: each report is judged beside its cohort, then learned; findings are written down.

What every report needs is inlined: a call that passes so many arrays costs as much as its work.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import conformal
from detectors.baseline.lanes import MOST, Floats, inlined, unmanaged
from detectors.baseline.vector import any_of, assembled, larger, load, magnitude, prefetch, store
from detectors.cohorts import found as write
from detectors.cohorts import row as r
from detectors.cohorts.arrays import Fleet, Model, Reports, Work
from detectors.cohorts.centre import watch
from detectors.cohorts.member import Circumstances, judge
from detectors.cohorts.parameters import DEFAULTS, EVERY, FIRST_REFRESH, PATTERN_REPORTS, Parameters
from detectors.cohorts.reference import LEAST_REST, renew
from detectors.cohorts.subspace import learn, statistics

US = 1e6
LANES, MEMBER_FIELDS, COHORT_FIELDS = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS
OWN, OUTSIDE = r.OWN, r.OUTSIDE
LEFT = (r.SMOOTH, r.RUN, r.RUN_AGE, r.ACTIVE_AGE, r.CALM)
NAN, ZERO, HALF, ONE = np.float32(np.nan), np.float32(0), np.float32(0.5), np.float32(1)
STEERED = 8
DAY_US, DAY_S = 86_400_000_000, 86_400.0
OCTAVE, BIAS = np.float32(2.0**-23), np.float32(127)
AHEAD = 4
# A cohort's streams of scores: single metrics, T2, Q.
STREAMS = 3


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
        odd, number = _metrics(fleet, work, reports, row, base, lines, now, found, number, p)
        most, faith = _most(work.lanes), 1.0
        scores[row, 0] = most
        scores[row, 1] = scores[row, 2] = ZERO
        if cohort.learned >= FIRST_REFRESH:
            t2, q, unusual = _statistics(fleet, model, work, home, lines, cohort.rest)
            scores[row, 1], scores[row, 2] = t2, q
            # Beyond twice the usual deviation a report is learned the less the odder it is.
            faith = min(1.0, 2.0 * cohort.moving / max(t2 + unusual, 1.0))
            faith *= faith * min(max(3.0 - 4.0 * most, 0.0), 1.0)
            head.covered += gap
            head.t2 += _octaves(t2 + HALF)
            head.q += _octaves(unusual + HALF)
            head.summed += 1
            if head.summed >= PATTERN_REPORTS:
                number = _pattern(fleet, work, row, time_us, base, lines, odd, now, found, number, p)
        if cohort.reports % EVERY == 0:
            share = np.float32(EVERY) * gap / now.active
            if not (odd or head.strange):
                _keep(fleet, home * STREAMS, most)
                _learn(model, home, work.deviations, cohort, share, faith, p)
            number = _shifts(fleet, work, row, home, time_us, share, found, number, p)
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
def _metrics(
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
) -> tuple[bool, int]:
    """Judge every metric of a report; whether any is outside, and how many findings there are now."""
    odd = False
    store(work.lanes, 3, ZERO)
    for group in range(work.deviations.shape[0]):
        member, centre = base + group * MEMBER_FIELDS, lines + group * COHORT_FIELDS
        values = _values(reports, row, group * LANES)
        complete, outside = judge(fleet.members, member, fleet.cohorts, centre, values, work.lanes, now, p)
        odd |= outside
        store(work.deviations, group, load(work.lanes, 0))
        store(work.lanes, 3, larger(load(work.lanes, 3), load(work.lanes, 2)))
        if complete:
            number = _outliers(fleet, work, reports, row, group, member, centre, now.wide, found, number, p)
    return odd, number


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
def _outliers(
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
    """Write down the metrics of one group that are complete."""
    home, time_us = reports.homes[row], reports.times_us[row]
    for lane in range(LANES):
        if work.lanes[1, lane] > ZERO:
            metric, far, one = group * LANES + lane, work.lanes[2, lane], found[number]
            value = reports.values[reports.sources[metric], row]
            write.write_member(one, fleet.members, member, fleet.cohorts, centre, lane, value, far, wide, p)
            write.place(one, r.OUTLIER, row, home, metric, time_us, fleet.cohort_heads[home].active)
            one.p_value = _chance(fleet, home * STREAMS, far)
            number += 1
    return number


@inlined
def _most(lanes: Floats) -> Any:
    """The largest of row 3, in pairs, so that comparisons do not wait for one another."""
    one, other = max(lanes[3, 0], lanes[3, 4]), max(lanes[3, 1], lanes[3, 5])
    third, last = max(lanes[3, 2], lanes[3, 6]), max(lanes[3, 3], lanes[3, 7])
    one, third = max(one, other), max(third, last)
    return max(one, third)


@inlined
def _octaves(value: Any) -> Any:
    """Very nearly the binary logarithm, straight between powers of two: a float's own bits."""
    return np.float32(np.float32(value).view(np.int32)) * OCTAVE - BIAS


@inlined
def _statistics(
    fleet: Fleet, model: Model, work: Work, home: int, lines: int, rest: float
) -> tuple[float, float, float]:
    """T2 and Q of the report whose deviations are in `work`, and Q in mean variances outside of the directions."""
    deviations, missing = work.deviations, False
    for group in range(deviations.shape[0]):
        moves = load(fleet.cohorts, lines + group * COHORT_FIELDS + OWN) > ZERO
        missing |= any_of(~(magnitude(load(deviations, group)) <= MOST) & moves)
    start = home * deviations.shape[0] * LANES
    t2, q = statistics(
        model.basis, start, model.inverse, home, deviations, missing, rest, work.lanes, work.scratch
    )
    return t2, q, q / max(rest, LEAST_REST)


@inlined
def _pattern(
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
    at = Circumstances(
        min(head.covered, np.float32(p.most_gap_s)), now.active, calm, ONE if old else ZERO, ONE, now.wide
    )
    member, centre = base + groups * MEMBER_FIELDS, lines + groups * COHORT_FIELDS
    complete, outside = judge(fleet.members, member, fleet.cohorts, centre, values, work.lanes, at, p)
    if complete:
        value = (head.t2 * part, head.q * part)
        lane = r.T2 if work.lanes[1, r.T2] > ZERO else r.Q
        one, far = found[number], work.lanes[2, lane]
        write.write_member(
            one, fleet.members, member, fleet.cohorts, centre, lane, value[lane], far, now.wide, p
        )
        write.place(one, r.PATTERN, row, home, lane, time_us, cohort.active)
        one.p_value = _chance(fleet, home * STREAMS + 1 + lane, far)
        write.write_contributors(one, fleet.members, base, groups)
        number += 1
    elif not (odd or outside):
        for lane in range(STREAMS - 1):
            _keep(fleet, home * STREAMS + 1 + lane, work.lanes[2, lane])
    head.strange, head.summed = outside, 0
    head.t2 = head.q = head.covered = ZERO
    return number


@inlined
def _learn(
    model: Model, home: int, deviations: Floats, cohort: Any, share: Any, faith: Any, p: Parameters
) -> None:
    groups = deviations.shape[0]
    weight = max(share * np.float32(1 / p.covariance_tau_s), ONE / np.float32(cohort.learned + 1))
    limit, start = np.float32(p.learn_clip_z), home * groups * LANES * groups
    learn(model.covariance, start, deviations, limit, np.float32(faith * weight))
    cohort.learned += 1


@inlined
def _shifts(
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
    margin = np.float32(p.shift_margin_z + p.shift_errors / math.sqrt(max(cohort.active, 1.0)))
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


@unmanaged
def _chance(fleet: Fleet, stream: int, score: float) -> float:
    return conformal.calibrated(fleet.levels[stream], conformal.p_value(fleet.kept[stream], score))


@inlined
def _keep(fleet: Fleet, stream: int, score: float) -> None:
    """Learn how large scores are; the levels are steered by every eighth of them."""
    if np.int64(fleet.kept[stream, conformal.COUNT]) & (STEERED - 1) == 0:
        conformal.adapt(fleet.levels[stream], conformal.p_value(fleet.kept[stream], score))
    conformal.add(fleet.kept[stream], score)
