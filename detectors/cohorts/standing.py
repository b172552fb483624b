"""Whether a device stands out in its cohort: outside its bounds, alone, for long enough.

The deviation that is judged is a running mean of the rest, and its bound is what the peers' own largest deviations were: whoever drifts
raises its own largest, hardly theirs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import Floats, inlined
from detectors.baseline.vector import larger, load, magnitude, select, smaller, store
from detectors.cohorts import row as r
from detectors.cohorts.apart import Apart
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.parameters import Parameters

f32 = np.float32
ZERO, HALF, ONE, FOUR = f32(0), f32(0.5), f32(1), f32(4)
UNBOUNDED, RIPE_COUNT, TINY = f32(1e9), f32(500), f32(1e-12)
SMOOTH, RUN, RUN_AGE, ACTIVE_AGE, CALM = r.SMOOTH, r.RUN, r.RUN_AGE, r.ACTIVE_AGE, r.CALM
TOP_MEAN, TOP_SPREAD, BOTTOM_MEAN, BOTTOM_SPREAD = r.TOP_MEAN, r.TOP_SPREAD, r.BOTTOM_MEAN, r.BOTTOM_SPREAD
OUTSIDE, BIAS, NEAR = r.OUTSIDE, r.BIAS, r.NEAR


class Standing(NamedTuple):
    """The mean deviation (`smooth`), and how `far` it is in bounds, which are `wide` times as wide as once enough is known.

    Whether the device is `out` of them, and a `crowd` with it, so that the cohort itself has moved; whether a finding is complete (`found`)
    or so old that this is the device's new place (`adopted`).
    """

    smooth: Any
    wide: Any
    far: Any
    out: Any
    crowd: Any
    found: Any
    adopted: Any


@inlined
def standing_of(
    members: Floats, base: int, cohorts: Floats, home: int, one: Apart, now: Circumstances, p: Parameters
) -> Standing:
    """Whether a device stands out with a report that was taken apart; learns that of it and of its cohort."""
    smooth = _smoothed(members, base, one.z, one.ok, now, p)
    wide = now.wide * (ONE + f32(p.new_wider) * larger(f32(p.new_trust) - one.trust, ZERO))
    far = _far(cohorts, home, smooth, wide, now, p)
    odd = one.ok & (one.count >= RIPE_COUNT) & (one.count * now.ripe > ZERO) & (far > ONE)
    was, run = load(members, base + RUN) > ZERO, _run(members, base, one.ok, odd)
    out = run > ZERO
    outside, alone, crowd = _company(cohorts, home, one.z, far, (one.ok, was, out), now, p)
    found, adopted = _episode(members, base, (one.ok, was, odd & alone), run, far, now, p)
    store(cohorts, home + OUTSIDE, outside)
    return Standing(smooth, wide, far, out, crowd, found, adopted)


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
