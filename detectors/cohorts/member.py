"""One report of a device judged beside its cohort, then learned: eight metrics in one straight run, as in `detectors.baseline.lanes`.

A device's value is taken apart into where its cohort is now (`CENTRE`: a running mean of what is cut as in Huber 1964), its own place
beside that (`PLACE`), and the rest. The place of a device that is hardly known counts little and the spread between devices counts
instead (empirical Bayes shrinkage; James & Stein 1961), so a new device is judged by its cohort from its first report. The deviation
that is judged is a running mean of the rest, and its bound is what the peers' own largest deviations were: whoever drifts raises its
own largest, hardly theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.baseline.lanes import MOST, Floats, inlined
from detectors.baseline.vector import any_of, choose, larger, load, magnitude, root, select, smaller, store
from detectors.cohorts import row as r
from detectors.cohorts.parameters import Parameters

f32 = np.float32
ZERO, HALF, ONE, THREE, FOUR = f32(0), f32(0.5), f32(1), f32(3), f32(4)
LEAST_NEAR, TINY, MOST_COUNT = f32(0.3), f32(1e-12), f32(1 << 23)
UNBOUNDED, FEW, RIPE_COUNT, NAN = f32(1e9), f32(50), f32(500), f32(np.nan)
UNITS, PLACE, SMOOTH, TOP, BOTTOM, RUN, RUN_AGE, ACTIVE_AGE, CALM = (
    r.UNITS,
    r.PLACE,
    r.SMOOTH,
    r.TOP,
    r.BOTTOM,
    r.RUN,
    r.RUN_AGE,
    r.ACTIVE_AGE,
    r.CALM,
)
CENTRE, APART, OWN, TOP_MEAN, TOP_SPREAD = r.CENTRE, r.APART, r.OWN, r.TOP_MEAN, r.TOP_SPREAD
BOTTOM_MEAN, BOTTOM_SPREAD, COUNT, OUTSIDE = r.BOTTOM_MEAN, r.BOTTOM_SPREAD, r.COUNT, r.OUTSIDE


@inlined
def judge(  # noqa: PLR0915 - one straight run; cut up, its fifty intermediate values would be passed around
    members: Floats,
    base: int,
    cohorts: Floats,
    home: int,
    work: Floats,
    gap: np.float32,
    active: np.float32,
    ripe: np.float32,
    one_sided: np.float32,
    p: Parameters,
) -> tuple[Any, Any]:
    """Judge and learn one group of lanes; whether a finding is complete in any, and whether any is outside.

    `work[0]` holds the values (NaN: none) and afterwards the deviations (NaN: none), `work[1]` 1 where a finding is complete, `work[2]`
    how far the mean deviation is, in bounds; `gap` are the seconds it counts for, `active` the devices of the cohort, `ripe` 1 where they
    may be judged, `one_sided` 1 where only too much is odd.
    """
    v = load(work, 0)
    ok = magnitude(v) <= MOST
    v = select(ok, v, ZERO)
    n, outside = load(cohorts, home + COUNT), load(cohorts, home + OUTSIDE)
    centre = select(n == ZERO, v, load(cohorts, home + CENTRE))
    apart, own = load(cohorts, home + APART), load(cohorts, home + OWN)
    units, place, smooth = (
        load(members, base + UNITS),
        load(members, base + PLACE),
        load(members, base + SMOOTH),
    )
    run, active_age = load(members, base + RUN), load(members, base + ACTIVE_AGE)
    unit = gap / f32(p.unit_s)
    # Judge.
    trust = units / (units + f32(p.trusted_units))
    away = v - centre
    rest = away - trust * place
    least = larger(f32(p.floor_share) * magnitude(centre), f32(p.floor))
    doubt = ONE - trust
    spread = root(own + doubt * apart + least * least)
    z = smaller(larger(rest / spread, ZERO - f32(p.clip_z)), f32(p.clip_z))
    pull = smaller(ONE / f32(p.smooth_reports), gap / f32(p.smooth_tau_s))
    smooth_next = select(ok, smooth + pull * (z - smooth), smooth)
    above = load(cohorts, home + TOP_MEAN) + f32(p.bound_spreads) * load(cohorts, home + TOP_SPREAD)
    below = load(cohorts, home + BOTTOM_MEAN) + f32(p.bound_spreads) * load(cohorts, home + BOTTOM_SPREAD)
    above, below = above + f32(p.bound_margin_z), below + f32(p.bound_margin_z) + one_sided * UNBOUNDED
    far = magnitude(smooth_next) / select(smooth_next > ZERO, above, below)
    judged = ok & (n >= RIPE_COUNT) & (n * ripe > ZERO)
    odd = judged & (far > ONE)
    was = run > ZERO
    outside_next = (
        outside + select(ok, select(odd, ONE, ZERO), select(was, ONE, ZERO)) - select(was, ONE, ZERO)
    )
    run_next = select(ok, select(odd, run + ONE, ZERO), run)
    run_age = select(was, load(members, base + RUN_AGE) + gap, ZERO)
    share = gap / active
    bias = load(cohorts, home + r.BIAS)
    mild = smaller(larger(z, ZERO - FOUR), FOUR)
    bias_next = select(ok, bias + smaller(share / f32(p.bias_tau_s), HALF) * (mild - bias), bias)
    leaning = magnitude(bias_next) > f32(p.bias_z)
    alone = (outside_next <= larger(f32(p.crowd_share) * active, ONE)) & ~leaning
    found = (
        odd
        & alone
        & (active_age == ZERO)
        & (run_next >= f32(p.outside_reports))
        & (run_age >= f32(p.outside_s))
    )
    # Over: well inside again, or so long that it is its new place.
    known = active_age > ZERO
    calm = select(
        known & (far < f32(p.calm_share)),
        load(members, base + CALM) + select(ok, ONE, ZERO),
        ZERO,
    )
    adopted = known & (active_age > f32(p.adopt_s))
    over = adopted | (known & (calm >= f32(p.calm_reports)))
    age_next = select(found, TINY, select(known & ~over, active_age + gap, ZERO))
    # Learn: nothing of who is outside, unless so many are that the cohort has moved.
    crowd = (outside_next > HALF * max(active, f32(p.peers_needed))) | leaning
    learns = ok & (~(run_next > ZERO) | crowd)
    once = ONE / (n + ONE)
    clip = f32(p.learn_clip_z)
    # A device counts the less the further it is on its way out: from half way on, to nothing at three quarters.
    faith = smaller(larger(THREE - FOUR * far, ZERO), ONE)
    new = n < FEW
    # For where cohort and device are, a report counts the less the odder it is (Tukey's biweight; Beaton & Tukey 1974).
    near = larger(ONE - z * z / f32(p.place_clip_z * p.place_clip_z), LEAST_NEAR)
    near = select(crowd | new, ONE, near * near)
    faith = select(crowd | new, ONE, faith)
    limit = clip * spread * select(crowd, FOUR, ONE)
    cut = select(new, rest, smaller(larger(rest, ZERO - limit), limit))
    cut_away = trust * place + cut
    slow = faith * larger(share / f32(p.spread_tau_s), once)
    centre_next = centre + faith * near * larger(share / f32(p.centre_tau_s), once) * cut
    own_next = own + slow * (cut * cut - own)
    apart_next = apart + slow * (cut_away * cut_away - apart)
    settling = faith * near * larger(gap / f32(p.place_tau_s), unit / (units + unit + TINY))
    place_next = place + settling * (cut_away - place)
    place_next = select(adopted, away, place_next)
    faded = ONE - gap / f32(p.top_decay_s)
    top, bottom = load(members, base + TOP), load(members, base + BOTTOM)
    top_next, bottom_next = (
        larger(top * faded, smooth_next),
        larger(bottom * faded, ZERO - smooth_next),
    )
    counted = learns & (units >= f32(p.trusted_units))
    learned = select(counted, larger(share / f32(p.top_tau_s), once), ZERO)
    top_mean, bottom_mean = load(cohorts, home + TOP_MEAN), load(cohorts, home + BOTTOM_MEAN)
    top_miss, bottom_miss = top_next - top_mean, bottom_next - bottom_mean
    top_spread, bottom_spread = load(cohorts, home + TOP_SPREAD), load(cohorts, home + BOTTOM_SPREAD)
    store(cohorts, home + COUNT, select(learns, smaller(n + ONE, MOST_COUNT), n))
    store(cohorts, home + OUTSIDE, outside_next)
    store(cohorts, home + r.BIAS, bias_next)
    store(cohorts, home + CENTRE, select(learns, centre_next, centre))
    store(cohorts, home + OWN, select(learns, own_next, own))
    store(cohorts, home + APART, select(learns, apart_next, apart))
    store(cohorts, home + TOP_MEAN, top_mean + learned * top_miss)
    store(cohorts, home + TOP_SPREAD, top_spread + learned * (magnitude(top_miss) - top_spread))
    store(cohorts, home + BOTTOM_MEAN, bottom_mean + learned * bottom_miss)
    store(cohorts, home + BOTTOM_SPREAD, bottom_spread + learned * (magnitude(bottom_miss) - bottom_spread))
    store(members, base + UNITS, select(learns, smaller(units + unit, MOST_COUNT), units))
    store(members, base + PLACE, select(choose(adopted, ok, learns), place_next, place))
    store(members, base + SMOOTH, select(adopted, ZERO, smooth_next))
    store(members, base + TOP, select(learns, top_next, top))
    store(members, base + BOTTOM, select(learns, bottom_next, bottom))
    store(members, base + RUN, run_next)
    store(members, base + RUN_AGE, run_age)
    store(members, base + ACTIVE_AGE, age_next)
    store(members, base + CALM, calm)
    store(work, 0, select(ok, z, NAN))
    store(work, 1, select(found, ONE, ZERO))
    store(work, 2, select(ok, far, ZERO))
    return any_of(found), any_of(run_next > ZERO)
