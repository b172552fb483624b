"""The compiled heart of the baseline: eight metrics of one report judged, then learned, in one straight run of float32 arithmetic.

There is no branch on data: every choice is a select, so LLVM makes vector instructions of it. What a lane holds is in `row`. Level and
spread are exponentially weighted means whose weight depends on the time since the device's last report (equal to river's `stats.Mean` at
first and to `stats.EWMean` at even spacing), of errors cut at a few deviations (winsorised; Huber 1964). The rhythm is four Fourier
terms of the day learned by normalised least mean squares (Widrow & Hoff 1960; Nagumo & Noda 1967), taken off only as far as it
explains variance. What is too far is measured by what the device itself and its cohort reached on healthy days (`cohort`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from detectors.baseline import row as r
from detectors.baseline.parameters import Parameters
from detectors.baseline.vector import any_of, choose, larger, load, magnitude, root, select, smaller, store

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(
    Callable[[Function], Function], numba.njit(cache=True, error_model="numpy", fastmath={"contract"})
)
inlined = cast(Callable[[Function], Function], numba.njit(inline="always", error_model="numpy"))
# For what makes no arrays of its own: without counting references to those it is given, which costs more than the arithmetic.
unmanaged = cast(
    Callable[[Function], Function],
    numba.njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True, _nrt=False),
)
# For what is called once a report: made a part of its caller, because copying arrays and parameters, some 150 words, onto the stack for
# a call takes as long as a third of the arithmetic. Everything it takes is then in registers or where it lies anyway.
fused = cast(
    Callable[[Function], Function],
    numba.njit(
        cache=True, error_model="numpy", fastmath={"contract"}, nogil=True, forceinline=True, _nrt=False
    ),
)
Floats = npt.NDArray[np.float32]
f32 = np.float32
ZERO, HALF, ONE, TWO, FOUR = f32(0), f32(0.5), f32(1), f32(2), f32(4)
THREE_HALVES, THIRD, QUARTER, FIFTH, SIXTEENTH, SLOWLY, TINY = (
    f32(1.5),
    f32(1 / 3),
    f32(0.25),
    f32(0.2),
    f32(1 / 16),
    f32(1 / 256),
    f32(1e-30),
)
MOST_COUNT = f32(1 << 23)
# The largest value there is: its square, and sums of such, fit into float32.
MOST = f32(1e15)
NONE, SPIKE, DRIFT, NOISE, STUCK, NEAR = (
    f32(kind) for kind in (r.NONE, r.SPIKE, r.DRIFT, r.NOISE, r.STUCK, r.NEAR)
)
COUNT, LEVEL, SPREAD, Z = r.COUNT, r.LEVEL, r.SPREAD, r.Z
FAR, SECOND, JUMP, JUMPY = r.FAR, r.SECOND, r.JUMP, r.JUMPY
LOW, HIGH, TODAY_LOW, TODAY_HIGH, DAYS = r.LOW, r.HIGH, r.TODAY_LOW, r.TODAY_HIGH, r.DAYS
LAST, BEFORE, SAME_AGE, LONGEST_AGE, SHARE = r.LAST, r.BEFORE, r.SAME_AGE, r.LONGEST_AGE, r.SHARE
SMOOTH, TIDE = r.SMOOTH, r.TIDE
ENERGY, BUSIEST, ACTIVE, AGE, CALM = r.ENERGY, r.BUSIEST, r.ACTIVE, r.AGE, r.CALM
MEAN, RESIDUAL, RHYTHM = r.MEAN, r.RESIDUAL, r.RHYTHM
# How many deviations a metric's whole range is at least.
LEAST_RANGE = f32(6)
# How much more white noise varies in its second differences.
BEND = f32(6**0.5)
NEVER = f32(np.inf)


@fused
def step(  # noqa: PLR0915 - one straight run; cut up, its seventy intermediate values would be passed around
    cells: Floats,
    base: int,
    limits: Floats,
    at: int,
    commons: Floats,
    pace: np.float32,
    work: Floats,
    wave: Floats,
    gap: np.float32,
    level_weight: np.float32,
    spread_weight: np.float32,
    ripe: np.float32,
    lasted: np.float32,
    patience: np.float32,
    anew: Any,
    widening: Any,
    p: Parameters,
) -> Any:
    """Judge and learn one report's values of one group of lanes.

    `cells` holds the device's fields from row `base`, `limits` its cohort's margins from row `at` and `commons` what it does together,
    learned at `pace` (0: the cohort is too small); `work` the values (NaN: none) and afterwards the kind of finding each completed, or
    NEAR, and below it how far that went in its aspect; `wave` the rhythm's terms now, `ripe` (0 to 1) how far it has been seen long
    enough; `lasted` how long equal values have lasted since the last report, `patience` how long they must; `anew` whether the level is
    found anew, `widening` whether what is new is expected and taken into the range. Returns whether there is a finding or NEAR.
    """
    warm_up, settled = f32(p.warm_up), f32(p.settled_reports)
    clip, share, least = f32(p.clip_z), f32(p.floor_share), f32(p.floor)
    calm_z, calm_reports = f32(p.calm_z), f32(p.calm_reports)
    energy_weight, edge, busy_weight = f32(1 / 32), f32(0.1), f32(1 / 128)
    fade = f32(p.spike_fade)
    steady = ZERO if anew else ONE
    w0, w1 = wave[0], wave[1]
    v = load(work, 0)
    ok = magnitude(v) <= MOST
    n, level, spread = load(cells, base + COUNT), load(cells, base + LEVEL), load(cells, base + SPREAD)
    # No count is negative, so these say yes or no for all lanes.
    started, open_ = n >= (ZERO if anew else NEVER), n >= (ZERO if widening else NEVER)
    days, active = load(cells, base + DAYS), load(cells, base + ACTIVE)
    c0, c1 = load(cells, base + RHYTHM), load(cells, base + RHYTHM + 1)
    v = select(ok, v, ZERO)
    known = ok & (n >= warm_up)
    first = n == ZERO
    # What the time of day explains, as far as it is to be trusted.
    cycle = c0 * w0 + c1 * w1
    power = HALF * (c0 * c0 + c1 * c1)
    residual = load(cells, base + RESIDUAL)
    trust = FOUR * (power / (power + residual + TINY) - HALF)
    trust = ripe * smaller(larger(trust, ZERO), ONE)
    offset = trust * cycle
    y = v - offset
    last, before = load(cells, base + LAST), load(cells, base + BEFORE)
    middle = larger(smaller(larger(v, last), before), smaller(v, last))
    # Started anew, the level is the median of three reports, so that one odd report is not taken for it.
    level = select(known & started, middle - offset, level)
    error = y - level
    sd = larger(larger(root(spread), share * magnitude(level + offset)), least)
    z = select(known, error / sd, ZERO)
    size = magnitude(z)
    # Spike: the third largest deviation of late.
    a, b = load(cells, base + FAR) * (fade * steady), load(cells, base + SECOND) * (fade * steady)
    jump = smaller(size, b if p.spike_reports > 2 else a)
    limit = load(limits, at)
    young = select(days < ONE, f32(p.young_factor), select(days < TWO, f32(p.youth_factor), ONE))
    least_z = select(limit > ZERO, f32(p.spike_known_z), f32(p.spike_z) * young)
    jumpy = load(cells, base + JUMPY)
    bound = larger(least_z, f32(p.spike_factor) * larger(jumpy, limit))
    spike = known & ~(active == SPIKE) & (jump > bound)
    # Drift: what the last reports come to, without what the cohort does together, is outside of the past days' range. The cohort counts
    # as far as it explains what its devices do, and only for a metric that moves all the time.
    energy, busiest = load(cells, base + ENERGY), load(cells, base + BUSIEST)
    same_age, longest = load(cells, base + SAME_AGE), load(cells, base + LONGEST_AGE)
    common, together, apart = load(commons, at), load(commons, at + 1), load(commons, at + 2)
    explained = FOUR * (together / (together + apart + TINY) - HALF)
    share_of_common = load(cells, base + SHARE)
    tide = smaller(larger(explained, ZERO), ONE) * share_of_common * common
    tide = select((longest < THIRD * patience) & (busiest > ZERO) & (days >= ONE), tide, ZERO)
    smooth = load(cells, base + SMOOTH)
    smooth = smooth + f32(1 / 6) * (middle - tide - smooth)
    smooth = select(started, middle - tide, smooth)
    smooth = select(n <= TWO, v - tide, smooth)
    up, down = smooth, smooth
    low, high = load(cells, base + LOW), load(cells, base + HIGH)
    today_low, today_high = load(cells, base + TODAY_LOW), load(cells, base + TODAY_HIGH)
    per = ONE / larger(high - low, LEAST_RANGE * sd)
    rise, fall = (up - high) * per, (low - down) * per
    was_rise, was_fall = (today_high - high) * per, (low - today_low) * per
    above, below = load(limits, at + 1), load(limits, at + 2)
    most_rise = select(
        above > ZERO, larger(f32(p.drift_known_share), f32(p.drift_factor) * above), f32(p.drift_share)
    )
    most_fall = select(
        below > ZERO, larger(f32(p.drift_known_share), f32(p.drift_factor) * below), f32(p.drift_share)
    )
    aged = known & (days >= f32(p.range_days)) & ~open_
    idle = known & (active == NONE) & ~spike
    drift = (
        idle
        & aged
        & (load(cells, base + AGE) >= FIFTH * patience)
        & ((rise > most_rise) | (fall > most_fall))
    )
    near_rise = (rise > HALF * most_rise) & ~(was_rise > HALF * most_rise)
    near_fall = (fall > HALF * most_fall) & ~(was_fall > HALF * most_fall)
    near = aged & (near_rise | near_fall)
    # Variance change: the mean squared second difference of the last thirty reports above everything before; a ramp has none.
    seen = n - warm_up + ONE
    bend = smaller(magnitude(v - TWO * last + before) / (sd * BEND), FOUR)
    ew = larger(energy_weight, ONE / larger(seen, ONE))
    energy = select(known & ~started, energy + ew * (bend * bend - energy), energy)
    old = n >= settled
    busiest_known = load(limits, at + 3)
    busy = f32(p.noise_factor) * larger(busiest, busiest_known)
    least_busy = f32(p.noise_ratio) * select(busiest_known > ZERO, ONE, THREE_HALVES)
    noisy = idle & ~drift & old & ~open_ & (energy > larger(least_busy, busy))
    # Stuck: equal values for far longer than ever, and not at the end of the range.
    equal = ok & (v == last) & ~first
    ended = larger(longest, same_age)
    same_age_next = select(equal, same_age + lasted, ZERO)
    bottom = tide + select(days > ZERO, smaller(low, today_low), today_low)
    top = tide + select(days > ZERO, larger(high, today_high), today_high)
    margin = edge * (top - bottom)
    stuck = (
        idle
        & ~drift
        & ~noisy
        & old
        & (v < top - margin)
        & (v > bottom + margin)
        & (same_age_next >= larger(patience, f32(p.stuck_factor) * longest))
    )
    found = select(spike, SPIKE, select(drift, DRIFT, select(noisy, NOISE, select(stuck, STUCK, NONE))))
    # Over: calm again, or so long that it is the new normal.
    new = found > NONE
    was = ok & (active > NONE) & ~new
    quiet = choose(
        active == STUCK, ~equal, choose(active == NOISE, energy < HALF * f32(p.noise_ratio), size < calm_z)
    )
    quiet = choose(active == DRIFT, (rise < HALF * most_rise) & (fall < HALF * most_fall), quiet)
    calm = select(was & quiet, load(cells, base + CALM) + ONE, ZERO)
    needed = select(active == STUCK, ONE, calm_reports)
    odd = (size >= calm_z) | (rise > ZERO) & aged | (fall > ZERO) & aged
    age = load(cells, base + AGE)
    age_next = select((active > NONE) | odd & (age > ZERO), age + gap, select(odd, smaller(gap, TINY), ZERO))
    age_next = select(odd | (active > NONE), age_next, ZERO)
    over = was & (calm >= needed)
    adopt = select(active == DRIFT, f32(p.drift_adopt_s), f32(p.adopt_s))
    adopted = was & ~over & (age > adopt)
    gone = over | adopted
    active_next = select(new, found, select(gone, NONE, active))
    local = ok & ((active_next == NONE) | (active_next == DRIFT))
    learns = ok & (active_next == NONE)
    # What may yet turn out to be a spike is not in the day's range.
    plain = local & (size < f32(p.spike_z))
    # Learn.
    level = select(first | adopted, y, level)
    error = y - level
    count = smaller(n + ONE, MOST_COUNT)
    most = clip * sd
    clipped = select(count > warm_up, smaller(larger(error, ZERO - most), most), error)
    once = ONE / count
    ws, wl = larger(spread_weight, once), larger(level_weight, once)
    spread = select(adopted & (active == NOISE), spread * larger(energy, ONE), spread)
    # Three far reports on one side are no outliers: the level follows them where they are no finding.
    least_v, most_v = smaller(smaller(v, last), before) - offset, larger(larger(v, last), before) - offset
    follow = larger(least_v - level, ZERO) + smaller(most_v - level, ZERO)
    level_next = level + wl * select(magnitude(follow) > most, follow, clipped)
    # A level that has just started anew says nothing about the spread.
    ws = select(started & known, ZERO, ws)
    # Nor is it taken for granted while the metric is noisier than usual.
    ws = select(known & (energy > larger(TWO, load(limits, at + 3))), QUARTER * ws, ws)
    spread_next = spread + ws * (clipped * clipped - spread)
    mean = select(first, v, load(cells, base + MEAN))
    miss = v - mean - cycle
    bound_r = clip * root(residual) + sd
    miss = select(count > warm_up, smaller(larger(miss, ZERO - bound_r), bound_r), miss)
    pull = select(learns, QUARTER * spread_weight * miss, ZERO)
    wide = learns & (open_ | adopted) & (days > ZERO)
    store(cells, base + COUNT, select(learns, count, n))
    store(cells, base + LEVEL, select(local, level_next, load(cells, base + LEVEL)))
    store(cells, base + SPREAD, select(local, spread_next, load(cells, base + SPREAD)))
    store(cells, base + Z, select(known, z, load(cells, base + Z)))
    store(cells, base + FAR, select(ok, steady * larger(size, a), load(cells, base + FAR)))
    store(cells, base + SECOND, select(ok, steady * larger(smaller(size, a), b), load(cells, base + SECOND)))
    store(
        cells, base + JUMP, select(learns, larger(load(cells, base + JUMP), jump), load(cells, base + JUMP))
    )
    store(cells, base + JUMPY, select(adopted & (active == SPIKE), larger(jumpy, jump), jumpy))
    store(cells, base + LOW, select(wide, smaller(low, down), low))
    store(cells, base + HIGH, select(wide, larger(high, up), high))
    store(
        cells, base + TODAY_LOW, select(first, v - tide, select(plain, smaller(today_low, down), today_low))
    )
    store(
        cells, base + TODAY_HIGH, select(first, v - tide, select(plain, larger(today_high, up), today_high))
    )
    store(cells, base + ACTIVE, active_next)
    store(cells, base + AGE, select(ok, select(gone, ZERO, age_next), select(age > ZERO, age + gap, age)))
    store(cells, base + CALM, select(ok, select(gone, ZERO, calm), load(cells, base + CALM)))
    store(cells, base + LAST, select(ok, v, last))
    store(cells, base + BEFORE, select(ok, select(first, v, last), before))
    store(cells, base + SAME_AGE, select(ok, same_age_next, select(same_age > ZERO, same_age + lasted, ZERO)))
    longest_next = select(
        adopted & (active == STUCK), same_age_next, select(equal | (active == STUCK), longest, ended)
    )
    store(cells, base + LONGEST_AGE, select(learns, longest_next, longest))
    store(cells, base + ENERGY, select(adopted & (active == NOISE), ONE, energy))
    calmly = learns & known & (seen > f32(32))
    store(
        cells, base + BUSIEST, select(calmly, busiest + busy_weight * larger(energy - busiest, ZERO), busiest)
    )
    mean_weight = larger(select(open_, QUARTER, SIXTEENTH) * spread_weight, once)
    store(cells, base + MEAN, select(learns, mean + mean_weight * miss, load(cells, base + MEAN)))
    # What the cohort does together, and this device's share in it.
    joins = learns & known & ~open_ & ~started
    own = v - mean - common
    own = smaller(larger(own, ZERO - FOUR * sd), FOUR * sd)
    rest = v - mean - share_of_common * common
    rest = smaller(larger(rest, ZERO - bound_r), bound_r)
    slope = smaller(larger(rest * common / (together + TINY), ZERO - ONE), ONE)
    moved = smaller(larger(share_of_common + QUARTER * spread_weight * slope, ZERO), TWO)
    store(
        cells,
        base + SHARE,
        select(ok & first, ONE, select(joins & (together > ZERO), moved, share_of_common)),
    )
    slowly = SLOWLY * pace
    store(commons, at, common + select(joins, pace * own, ZERO))
    store(commons, at + 1, together + select(joins, slowly * (common * common - together), ZERO))
    store(commons, at + 2, apart + select(joins, slowly * (rest * rest - apart), ZERO))
    store(cells, base + SMOOTH, select(ok, smooth, load(cells, base + SMOOTH)))
    store(cells, base + TIDE, select(ok, tide, load(cells, base + TIDE)))
    store(cells, base + RESIDUAL, select(learns, residual + ws * (miss * miss - residual), residual))
    store(cells, base + RHYTHM, c0 + pull * w0)
    store(cells, base + RHYTHM + 1, c1 + pull * w1)
    store(work, 1, select(drift, larger(rise, fall), select(noisy, energy, jump)))
    store(work, 0, select(new, found, select(near, NEAR, NONE)))
    return any_of(new | near)
