"""One pass over a batch's rows: each report is judged beside its cohort, then learned; findings are written down."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import conformal
from detectors.baseline.lanes import MOST, Floats, inlined, unmanaged
from detectors.baseline.vector import any_of, larger, load, magnitude, prefetch, store
from detectors.cohorts import row as r
from detectors.cohorts.centre import watch
from detectors.cohorts.member import judge
from detectors.cohorts.parameters import DEFAULTS, EVERY, FIRST_REFRESH, PATTERN_REPORTS, REFRESH, Parameters
from detectors.cohorts.subspace import Wide, expected, learn, refresh, statistics

US = 1e6
LANES, MEMBER_FIELDS, COHORT_FIELDS = r.LANES, r.MEMBER_FIELDS, r.COHORT_FIELDS
CENTRE, APART, OWN, OUTSIDE, SLOW = r.CENTRE, r.APART, r.OWN, r.OUTSIDE, r.SLOW
PLACE, SMOOTH, RUN, RUN_AGE, UNITS = r.PLACE, r.SMOOTH, r.RUN, r.RUN_AGE, r.UNITS
ACTIVE_AGE, CALM = r.ACTIVE_AGE, r.CALM
OUTLIER, PATTERN, SHIFT, DIVERGED = r.OUTLIER, r.PATTERN, r.SHIFT, r.DIVERGED
NAN, ZERO, HALF, ONE = np.float32(np.nan), np.float32(0), np.float32(0.5), np.float32(1)
LEAST_REST = 1e-3
STEERED = 8
DAY_US = 86_400_000_000
OCTAVE, BIAS = np.float32(2.0**-23), np.float32(127)
AHEAD = 4
# A cohort's streams of scores: single metrics, T2, Q.
STREAMS = 3


@unmanaged
def observe(  # noqa: PLR0912, PLR0915 - one pass, and a call a branch would pass two dozen arguments
    members: Floats,
    member_heads: npt.NDArray[Any],
    cohorts: Floats,
    cohort_heads: npt.NDArray[Any],
    covariance: Floats,
    basis: Floats,
    inverse: Floats,
    reference_basis: Floats,
    reference_inverse: Floats,
    reference_own: Floats,
    kept: conformal.Weights,
    levels: conformal.Weights,
    groups: int,
    work: Floats,
    deviations: Floats,
    scratch: Wide,
    order: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    homes: npt.NDArray[np.int64],
    times_us: npt.NDArray[np.int64],
    values: Floats,
    sources: npt.NDArray[np.int64],
    found: npt.NDArray[Any],
    scores: npt.NDArray[np.float32],
    p: Parameters = DEFAULTS,
) -> int:
    """Judge and learn rows in the order given; returns how many findings were written to `found`.

    `homes` is the cohort of each row (-1: none, not judged); `groups` are the groups of metrics that have a cohort
    model. `scores[row]` becomes (largest mean deviation in bounds, T2, Q). A row not newer than its device's newest tells nothing.
    """
    number = 0
    heights = ((groups + 1) * MEMBER_FIELDS, (groups + 1) * COHORT_FIELDS)
    most_gap = np.float32(p.most_gap_s)
    for step in range(order.shape[0]):
        row = order[step]
        if step + AHEAD < order.shape[0]:
            ahead = slots[order[step + AHEAD]] * heights[0]
            for line in range(0, heights[0], 2):
                prefetch(members, ahead + line)
        slot, home, time_us = slots[row], homes[row], times_us[row]
        head = member_heads[slot]
        if home < 0 or time_us <= head.last_us:
            continue
        cohort = cohort_heads[home]
        gap = min(np.float32((time_us - head.last_us) / US), most_gap) if head.last_us > 0 else ZERO
        if head.reports > 0 and head.cohort != home:
            _leave(members, slot * heights[0], cohorts, head.cohort * heights[1], groups)
            head.reports = head.summed = head.strange = 0
            head.t2 = head.q = head.covered = ZERO
        head.cohort = home
        head.last_us = time_us
        head.reports += 1
        _count(cohort, time_us, gap, p)
        active = np.float32(max(cohort.active, 1.0))
        enough = (
            cohort.active >= p.peers_needed
            and time_us - cohort.first_us >= p.settled_s * US
            and head.reports >= p.known_reports
        )
        ripe = ONE if enough else ZERO
        base, lines = slot * heights[0], home * heights[1]
        odd = False
        store(work, 3, ZERO)
        for group in range(groups):
            for lane in range(LANES):
                source = sources[group * LANES + lane]
                work[0, lane] = values[source, row] if source >= 0 else NAN
            member, centre = base + group * MEMBER_FIELDS, lines + group * COHORT_FIELDS
            complete, outside = judge(members, member, cohorts, centre, work, gap, active, ripe, ZERO, p)
            odd |= outside
            store(deviations, group, load(work, 0))
            store(work, 3, larger(load(work, 3), load(work, 2)))
            if complete:
                for lane in range(LANES):
                    if work[1, lane] > ZERO:
                        source = sources[group * LANES + lane]
                        _write(
                            *(found[number], members, member, cohorts, centre),
                            *(lane, values[source, row], work[2, lane], p),
                        )
                        _place(
                            found[number], OUTLIER, row, home, group * LANES + lane, time_us, cohort.active
                        )
                        found[number].p_value = _chance(kept, levels, home * STREAMS, work[2, lane])
                        cohort.stirred_us = time_us
                        number += 1
        most, faith = _most(work), 1.0
        scores[row, 0] = most
        scores[row, 1], scores[row, 2] = ZERO, ZERO
        if cohort.learned >= FIRST_REFRESH:
            t2, q = _statistics(cohorts, lines, basis, inverse, home, deviations, cohort.rest, work, scratch)
            scores[row, 1], scores[row, 2] = t2, q
            # Beyond twice the usual deviation a report is learned the less the odder it is.
            faith = min(1.0, 2.0 * cohort.moving / max(t2 + q / max(cohort.rest, LEAST_REST), 1.0))
            faith *= faith * min(max(3.0 - 4.0 * most, 0.0), 1.0)
            head.covered += gap
            head.t2 += _octaves(t2 + HALF)
            head.q += _octaves(q / max(cohort.rest, LEAST_REST) + HALF)
            head.summed += 1
            if head.summed >= PATTERN_REPORTS:
                part = ONE / np.float32(head.summed)
                at = (head.t2 * part, head.q * part)
                store(work, 0, NAN)
                work[0, r.T2], work[0, r.Q] = at
                member, centre = base + groups * MEMBER_FIELDS, lines + groups * COHORT_FIELDS
                old = time_us - cohort.first_us >= p.pattern_settled_s * US
                calm = ripe if old and not odd else ZERO
                covered = min(head.covered, most_gap)
                complete, outside = judge(
                    members, member, cohorts, centre, work, covered, active, calm, ONE, p
                )
                head.strange = outside
                head.t2 = head.q = head.covered = ZERO
                head.summed = 0
                if complete:
                    lane = r.T2 if work[1, r.T2] > ZERO else r.Q
                    _write(
                        *(found[number], members, member, cohorts, centre),
                        *(lane, at[lane], work[2, lane], p),
                    )
                    _place(found[number], PATTERN, row, home, lane, time_us, cohort.active)
                    found[number].p_value = _chance(kept, levels, home * STREAMS + 1 + lane, work[2, lane])
                    _contributors(found[number], members, base, groups)
                    cohort.stirred_us = time_us
                    number += 1
                elif not (odd or outside):
                    for lane in range(STREAMS - 1):
                        _keep(kept, levels, home * STREAMS + 1 + lane, work[2, lane])
        if cohort.reports % EVERY == 0:
            share = np.float32(EVERY) * gap / active
            if not (odd or head.strange):
                _keep(kept, levels, home * STREAMS, most)
                _learn(covariance, home, deviations, cohort, share, faith, p)
            ripe = cohort.active >= p.peers_needed and time_us - cohort.first_us >= p.shift_settled_s * US
            day = cohort.last_us // DAY_US
            ended = ONE if day != cohort.day else ZERO
            cohort.day = day
            for group in range(groups):
                at = lines + group * COHORT_FIELDS
                if watch(cohorts, at, work, share, ONE if ripe else ZERO, ended, p):
                    for lane in range(LANES):
                        if work[0, lane] > ZERO:
                            _write_shift(found[number], cohorts, at, lane, work[1, lane], work[2, lane])
                            _place(
                                found[number], SHIFT, row, home, group * LANES + lane, time_us, cohort.active
                            )
                            found[number].since_us = time_us - np.int64(p.centre_tau_s * US)
                            found[number].p_value = 1.0 / max((time_us - cohort.first_us) / DAY_US, 1.0)
                            cohort.stirred_us = time_us
                            number += 1
            if cohort.learned >= cohort.due:
                number = _renew(
                    covariance,
                    basis,
                    inverse,
                    reference_basis,
                    reference_inverse,
                    reference_own,
                    cohorts,
                    lines,
                    home,
                    groups,
                    cohort,
                    row,
                    time_us,
                    found,
                    number,
                    scratch,
                    p,
                )
    return number


@unmanaged
def _leave(members: Floats, base: int, cohorts: Floats, lines: int, groups: int) -> None:
    """Take a device out of its cohort; it keeps its place beside its peers, and what it was found with is over."""
    for group in range(groups + 1):
        member, at = base + group * MEMBER_FIELDS, lines + group * COHORT_FIELDS
        for lane in range(LANES):
            if members[member + RUN, lane] > ZERO:
                cohorts[at + OUTSIDE, lane] -= ONE
            for field in (SMOOTH, RUN, RUN_AGE, ACTIVE_AGE, CALM):
                members[member + field, lane] = ZERO


@inlined
def _count(cohort: Any, time_us: int, gap: Any, p: Parameters) -> None:
    """Count a report; `active` is the device time covered in the last while, over that while."""
    if cohort.first_us == 0:
        cohort.first_us = cohort.last_us = cohort.stirred_us = cohort.referred_us = time_us
        cohort.due = FIRST_REFRESH
    passed = max(time_us - cohort.last_us, 0) / US
    cohort.last_us = max(time_us, cohort.last_us)
    cohort.active = cohort.active * max(1.0 - passed / p.centre_tau_s, 0.0) + gap / p.centre_tau_s
    cohort.reports += 1


@inlined
def _octaves(value: Any) -> Any:
    """Very nearly the binary logarithm, straight between powers of two: a float's own bits."""
    return np.float32(np.float32(value).view(np.int32)) * OCTAVE - BIAS


@inlined
def _statistics(
    cohorts: Floats,
    lines: int,
    basis: Floats,
    inverse: Floats,
    home: int,
    deviations: Floats,
    rest: float,
    work: Floats,
    scratch: Wide,
) -> tuple[float, float]:
    missing = False
    for group in range(deviations.shape[0]):
        lanes = load(deviations, group)
        missing |= any_of(
            ~(magnitude(lanes) <= MOST) & (load(cohorts, lines + group * COHORT_FIELDS + OWN) > ZERO)
        )
    start = home * deviations.shape[0] * LANES
    return statistics(basis, start, inverse, home, deviations, missing, rest, work, scratch)


@inlined
def _learn(
    covariance: Floats, home: int, deviations: Floats, cohort: Any, share: Any, faith: Any, p: Parameters
) -> None:
    groups = deviations.shape[0]
    weight = max(share / np.float32(p.covariance_tau_s), ONE / np.float32(cohort.learned + 1))
    learn(
        covariance,
        home * groups * LANES * groups,
        deviations,
        np.float32(p.learn_clip_z),
        np.float32(faith * weight),
    )
    cohort.learned += 1


@inlined
def _most(work: Floats) -> Any:
    """The largest of row 3, in pairs, so that comparisons do not wait for one another."""
    one, other = max(work[3, 0], work[3, 4]), max(work[3, 1], work[3, 5])
    third, last = max(work[3, 2], work[3, 6]), max(work[3, 3], work[3, 7])
    one, third = max(one, other), max(third, last)
    return max(one, third)


@unmanaged
def _chance(kept: conformal.Weights, levels: conformal.Weights, stream: int, score: float) -> float:
    return conformal.calibrated(levels[stream], conformal.p_value(kept[stream], score))


@unmanaged
def _keep(kept: conformal.Weights, levels: conformal.Weights, stream: int, score: float) -> None:
    """Learn how large scores are; the levels are steered by every eighth of them."""
    if kept[stream, conformal.COUNT] % STEERED == 0:
        conformal.adapt(levels[stream], conformal.p_value(kept[stream], score))
    conformal.add(kept[stream], score)


@unmanaged
def _renew(
    covariance: Floats,
    basis: Floats,
    inverse: Floats,
    reference_basis: Floats,
    reference_inverse: Floats,
    reference_own: Floats,
    cohorts: Floats,
    lines: int,
    home: int,
    groups: int,
    cohort: Any,
    row: int,
    time_us: int,
    found: npt.NDArray[Any],
    number: int,
    scratch: Wide,
    p: Parameters,
) -> int:
    """Find the directions anew, and compare them with the reference; that is copied after long calm."""
    size = groups * LANES
    start, at = home * size * groups, home * size
    cohort.rest = refresh(covariance, start, groups, basis, at, inverse, home, p.explained, scratch)
    cohort.due = cohort.learned + min(cohort.learned, REFRESH)
    cohort.moving = 0.0
    for metric in range(size):
        line = start + metric * groups + metric // LANES
        cohort.moving += 1.0 if covariance[line, metric % LANES] > 0.0 else 0.0
    ratio = 0.0
    if cohort.reference_rest > 0.0:
        for metric in range(size):
            group, lane = metric // LANES, metric % LANES
            was = reference_own[home * groups + group, lane]
            now = cohorts[lines + group * COHORT_FIELDS + OWN, lane]
            scratch[0, metric] = math.sqrt(now / was) if was > 0.0 else 1.0
        ratio = expected(
            covariance,
            start,
            groups,
            reference_basis,
            at,
            reference_inverse,
            home,
            cohort.reference_rest,
            scratch,
        )
        if ratio > p.divergence and cohort.diverged == 0:
            found[number].actual = ratio
            found[number].bound = p.divergence
            found[number].centre = found[number].apart = found[number].own = found[number].place = 0.0
            found[number].outside = 0.0
            found[number].since_us = 0
            found[number].z = ratio
            found[number].p_value = 1.0
            _place(found[number], DIVERGED, row, home, -1, time_us, cohort.active)
            found[number].since_us = cohort.referred_us
            cohort.diverged = 1
            cohort.stirred_us = time_us
            number += 1
    calm = time_us - max(cohort.stirred_us, cohort.referred_us) >= p.reference_s * US
    if calm and (ratio < p.agreement or cohort.diverged > 0):
        for metric in range(size):
            group, lane = metric // LANES, metric % LANES
            reference_own[home * groups + group, lane] = cohorts[lines + group * COHORT_FIELDS + OWN, lane]
        for lane in range(LANES):
            reference_inverse[home, lane] = inverse[home, lane]
            for metric in range(size):
                reference_basis[at + metric, lane] = basis[at + metric, lane]
        cohort.reference_rest = max(cohort.rest, 1e-3)
        cohort.referred_us = time_us
        cohort.diverged = 0
    return number


@unmanaged
def _write(
    one: Any,
    members: Floats,
    base: int,
    cohorts: Floats,
    home: int,
    lane: int,
    value: float,
    far: float,
    p: Parameters,
) -> None:
    units = members[base + UNITS, lane]
    one.actual = value
    one.centre = cohorts[home + CENTRE, lane]
    one.apart = math.sqrt(cohorts[home + APART, lane])
    one.own = math.sqrt(cohorts[home + OWN, lane])
    one.place = units / (units + p.trusted_units) * members[base + PLACE, lane]
    one.z = members[base + SMOOTH, lane]
    one.bound = members[base + SMOOTH, lane] / max(far, 1e-6)
    one.outside = cohorts[home + OUTSIDE, lane]
    one.since_us = np.int64(members[base + RUN_AGE, lane] * np.float32(1e3)) * 1000


@unmanaged
def _write_shift(one: Any, cohorts: Floats, home: int, lane: int, move: float, bound: float) -> None:
    one.actual = cohorts[home + CENTRE, lane]
    one.centre = cohorts[home + SLOW, lane]
    one.apart = math.sqrt(cohorts[home + APART, lane])
    one.own = math.sqrt(cohorts[home + OWN, lane])
    one.place = one.outside = 0.0
    one.since_us = 0
    one.z = move
    one.bound = bound


@unmanaged
def _place(one: Any, kind: int, row: int, home: int, metric: int, time_us: int, active: float) -> None:
    one.kind, one.row, one.cohort, one.metric = kind, row, home, metric
    one.since_us = time_us - one.since_us
    one.peers = active
    one.first = one.second = one.third = -1


@unmanaged
def _contributors(one: Any, members: Floats, base: int, groups: int) -> None:
    """The three metrics that are furthest away at the moment."""
    for metric in range(groups * LANES):
        size = _distance(members, base, metric)
        if size > _distance(members, base, one.first):
            one.first, one.second, one.third = metric, one.first, one.second
        elif size > _distance(members, base, one.second):
            one.second, one.third = metric, one.second
        elif size > _distance(members, base, one.third):
            one.third = metric


@unmanaged
def _distance(members: Floats, base: int, metric: int) -> Any:
    if metric < 0:
        return ZERO
    return abs(members[base + metric // LANES * MEMBER_FIELDS + SMOOTH, metric % LANES])
