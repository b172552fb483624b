"""One report of a device judged beside its cohort, then learned: eight metrics in one straight run, as in `detectors.baseline.lanes`.

A device's value is taken apart into where its cohort is now (`CENTRE`: a running mean of what is cut as in Huber 1964), its own place
beside that (`PLACE`), and the rest. The place of a device that is hardly known counts little and the spread between devices counts
instead (empirical Bayes shrinkage; James & Stein 1961), so a new device is judged by its cohort from its first report. The deviation
that is judged is a running mean of the rest, and its bound is what the peers' own largest deviations were: whoever drifts raises its
own largest, hardly theirs.

Everything is inlined, so it is one run of instructions; each part loads and stores fields of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.baseline.lanes import MOST, Floats, inlined
from detectors.baseline.vector import any_of, choose, larger, load, magnitude, root, select, smaller, store
from detectors.cohorts import row as r
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.parameters import Parameters

f32 = np.float32
ZERO, HALF, ONE, THREE, FOUR = f32(0), f32(0.5), f32(1), f32(3), f32(4)
LEAST_NEAR, TINY, MOST_COUNT = f32(0.3), f32(1e-12), f32(1 << 23)
UNBOUNDED, FEW, RIPE_COUNT, NAN = f32(1e9), f32(50), f32(500), f32(np.nan)
UNITS, PLACE, SMOOTH, TOP, BOTTOM = r.UNITS, r.PLACE, r.SMOOTH, r.TOP, r.BOTTOM
RUN, RUN_AGE, ACTIVE_AGE, CALM = r.RUN, r.RUN_AGE, r.ACTIVE_AGE, r.CALM
CENTRE, APART, OWN, TOP_MEAN, TOP_SPREAD = r.CENTRE, r.APART, r.OWN, r.TOP_MEAN, r.TOP_SPREAD
BOTTOM_MEAN, BOTTOM_SPREAD, COUNT, OUTSIDE = r.BOTTOM_MEAN, r.BOTTOM_SPREAD, r.COUNT, r.OUTSIDE
BIAS, NEAR = r.BIAS, r.NEAR


@inlined
def judge(
    members: Floats,
    base: int,
    cohorts: Floats,
    home: int,
    v: Any,
    work: Floats,
    now: Circumstances,
    p: Parameters,
) -> tuple[Any, Any]:
    """Judge and learn one group of lanes; whether a finding is complete in any, and whether any is outside.

    `v` are the values (NaN: none). `work[0]` becomes the deviations (NaN: none), `work[1]` 1 where a finding is complete, `work[2]`
    how far the mean deviation is, in bounds as they are once enough is known.
    """
    ok = magnitude(v) <= MOST
    v = select(ok, v, ZERO)
    n = load(cohorts, home + COUNT)
    units, place = load(members, base + UNITS), load(members, base + PLACE)
    centre = select(n == ZERO, v, load(cohorts, home + CENTRE))
    apart, own = load(cohorts, home + APART), load(cohorts, home + OWN)
    # Taken apart.
    trust = units / (units + f32(p.trusted_units))
    away = v - centre
    rest = away - trust * place
    least = larger(f32(p.floor_share) * magnitude(centre), f32(p.floor))
    spread = root(own + (ONE - trust) * apart + least * least)
    z = smaller(larger(rest / spread, ZERO - f32(p.clip_z)), f32(p.clip_z))
    # Judged.
    smooth = _smoothed(members, base, z, ok, now, p)
    wide = now.wide * (ONE + f32(p.new_wider) * larger(f32(p.new_trust) - trust, ZERO))
    far = _far(cohorts, home, smooth, wide, now, p)
    odd = ok & (n >= RIPE_COUNT) & (n * now.ripe > ZERO) & (far > ONE)
    was, run = load(members, base + RUN) > ZERO, _run(members, base, ok, odd)
    outside, alone, crowd = _company(cohorts, home, z, far, (ok, was, run > ZERO), now, p)
    found, adopted = _episode(members, base, (ok, was, odd & alone), run, far, now, p)
    # Learned: nothing of who is outside, unless so many are that the cohort has moved.
    learns = ok & (~(run > ZERO) | crowd)
    # A device counts the less the further it is on its way out: from half way on, to nothing at three quarters.
    faith = smaller(larger(THREE - FOUR * far, ZERO), ONE)
    new = n < FEW
    # While nobody can be told of nobody is left out: who would be has only not been given the right place yet.
    open_to = crowd | new | (n * now.settled == ZERO)
    # For where cohort and device are, a report counts the less the odder it is (Tukey's biweight; Beaton & Tukey 1974).
    near = larger(ONE - z * z * f32(1 / (p.place_clip_z * p.place_clip_z)), LEAST_NEAR)
    near = select(crowd | new, ONE, near * near)
    faith = select(open_to, ONE, faith)
    limit = f32(p.learn_clip_z) * spread * select(crowd, FOUR, ONE)
    cut = select(new, rest, smaller(larger(rest, ZERO - limit), limit))
    cut_away = trust * place + cut
    share, once = now.gap / now.active, ONE / (n + ONE)
    slow = faith * larger(share * f32(1 / p.spread_tau_s), once)
    quick = faith * near * larger(share * f32(1 / p.centre_tau_s), once)
    store(cohorts, home + COUNT, select(learns, smaller(n + ONE, MOST_COUNT), n))
    store(cohorts, home + OUTSIDE, outside)
    store(cohorts, home + CENTRE, select(learns, centre + quick * cut, centre))
    store(cohorts, home + OWN, select(learns, own + slow * (cut * cut - own), own))
    store(cohorts, home + APART, select(learns, apart + slow * (cut_away * cut_away - apart), apart))
    unit = now.gap * f32(1 / p.unit_s)
    settling = faith * near * larger(now.gap * f32(1 / p.place_tau_s), unit / (units + unit + TINY))
    place_next = select(adopted, away, place + settling * (cut_away - place))
    store(members, base + PLACE, select(choose(adopted, ok, learns), place_next, place))
    store(members, base + UNITS, select(learns, smaller(units + unit, MOST_COUNT), units))
    store(members, base + SMOOTH, select(adopted, ZERO, smooth))
    counted = learns & (units >= f32(p.trusted_units))
    weight = select(counted, larger(share * f32(1 / p.top_tau_s), once), ZERO)
    faded = ONE - now.gap * f32(1 / p.top_decay_s)
    _learn_largest(members, base + TOP, cohorts, home + TOP_MEAN, smooth, faded, learns, weight)
    _learn_largest(members, base + BOTTOM, cohorts, home + BOTTOM_MEAN, ZERO - smooth, faded, learns, weight)
    # How far others usually are must not depend on how much was known then.
    _hand_over(work, z, wide * far, ok, found)
    return any_of(found), any_of(run > ZERO)


@inlined
def _hand_over(work: Floats, z: Any, far: Any, ok: Any, found: Any) -> None:
    """What the caller needs of each lane."""
    store(work, 0, select(ok, z, NAN))
    store(work, 1, select(found, ONE, ZERO))
    store(work, 2, select(ok, far, ZERO))


@inlined
def _smoothed(members: Floats, base: int, z: Any, ok: Any, now: Circumstances, p: Parameters) -> Any:
    """The mean deviation of the last reports."""
    smooth = load(members, base + SMOOTH)
    pull = smaller(f32(1 / p.smooth_reports), now.gap * f32(1 / p.smooth_tau_s))
    return select(ok, smooth + pull * (z - smooth), smooth)


@inlined
def _far(cohorts: Floats, home: int, smooth: Any, wide: Any, now: Circumstances, p: Parameters) -> Any:
    """How far a mean deviation is, in bounds: of what the peers' largest were, on its side."""
    above = load(cohorts, home + TOP_MEAN) + f32(p.bound_spreads) * load(cohorts, home + TOP_SPREAD)
    below = load(cohorts, home + BOTTOM_MEAN) + f32(p.bound_spreads) * load(cohorts, home + BOTTOM_SPREAD)
    bound = select(smooth > ZERO, above, below + now.one_sided * UNBOUNDED) + f32(p.bound_margin_z)
    return magnitude(smooth) / (wide * bound)


@inlined
def _run(members: Floats, base: int, ok: Any, odd: Any) -> Any:
    """Reports outside in a row, with this one."""
    run = load(members, base + RUN)
    run = select(ok, select(odd, run + ONE, ZERO), run)
    store(members, base + RUN, run)
    return run


@inlined
def _company(
    cohorts: Floats,
    home: int,
    z: Any,
    far: Any,
    masks: tuple[Any, Any, Any],
    now: Circumstances,
    p: Parameters,
) -> tuple[Any, Any, Any]:
    """How many devices are outside, whether one of them stands out, and whether the cohort itself has moved.

    It has where most are outside or the last minutes' reports lean to one side. `masks` are whether there is a value, whether the device
    was outside, and whether it is.
    """
    ok, was, leaves = masks
    outside = load(cohorts, home + OUTSIDE) + select(leaves, ONE, ZERO) - select(was, ONE, ZERO)
    pace = select(ok, smaller(now.gap / now.active * f32(1 / p.bias_tau_s), HALF), ZERO)
    bias, near = load(cohorts, home + BIAS), load(cohorts, home + NEAR)
    bias = bias + pace * (smaller(larger(z, ZERO - FOUR), FOUR) - bias)
    near = near + pace * (select(far > f32(p.near_share), ONE, ZERO) - near)
    store(cohorts, home + BIAS, bias)
    store(cohorts, home + NEAR, near)
    leaning = magnitude(bias) > f32(p.bias_z)
    few = outside <= larger(f32(p.crowd_share) * now.active, ONE)
    alone = few & (near <= f32(p.crowd_share) + ONE / now.active) & ~leaning
    return outside, alone, (outside > HALF * max(now.active, f32(p.peers_needed))) | leaning


@inlined
def _episode(
    members: Floats,
    base: int,
    masks: tuple[Any, Any, Any],
    run: Any,
    far: Any,
    now: Circumstances,
    p: Parameters,
) -> tuple[Any, Any]:
    """Whether a finding is complete, and whether one has lasted so long that it is the device's new place.

    It is over when the device is well inside again, or so long that this is its new place. `masks` are whether there is a value, whether
    the device was outside, and whether it is and stands out.
    """
    ok, was, stands_out = masks
    active_age = load(members, base + ACTIVE_AGE)
    run_age = select(was, load(members, base + RUN_AGE) + now.gap, ZERO)
    known = active_age > ZERO
    found = (
        stands_out & (active_age == ZERO) & (run >= f32(p.outside_reports)) & (run_age >= f32(p.outside_s))
    )
    calm = select(known & (far < f32(p.calm_share)), load(members, base + CALM) + select(ok, ONE, ZERO), ZERO)
    adopted = known & (active_age > f32(p.adopt_s))
    over = adopted | (known & (calm >= f32(p.calm_reports)))
    store(members, base + RUN_AGE, run_age)
    store(members, base + ACTIVE_AGE, select(found, TINY, select(known & ~over, active_age + now.gap, ZERO)))
    store(members, base + CALM, calm)
    return found, adopted


@inlined
def _learn_largest(
    members: Floats, at: int, cohorts: Floats, mean_at: int, smooth: Any, faded: Any, learns: Any, weight: Any
) -> None:
    """Learn a device's largest mean deviation on one side, and of the cohort's devices the mean and mean difference (next row) of those."""
    largest = load(members, at)
    grown = larger(largest * faded, smooth)
    mean, spread = load(cohorts, mean_at), load(cohorts, mean_at + 1)
    miss = grown - mean
    store(members, at, select(learns, grown, largest))
    store(cohorts, mean_at, mean + weight * miss)
    store(cohorts, mean_at + 1, spread + weight * (magnitude(miss) - spread))
