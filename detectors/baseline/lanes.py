"""The compiled heart of the baseline: eight metrics of one report judged, then learned, in one straight run of float32 arithmetic.

There is no branch on data: every choice is a select, so LLVM makes vector instructions of it. What a lane holds is in `row`. Level and
spread are exponentially weighted means whose weight depends on the time since the device's last report (equal to river's `stats.Mean` at
first and to `stats.EWMean` at even spacing), of errors cut at a few deviations (winsorised; Huber 1964). The rhythm is six Fourier
terms of day and week learned by normalised least mean squares (Widrow & Hoff 1960; Nagumo & Noda 1967), taken off only as far as it
explains variance. Rises and falls are Page's cumulative sums (1954).
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
    numba.njit(cache=True, error_model="numpy", fastmath={"contract"}, _nrt=False),
)
Floats = npt.NDArray[np.float32]
f32 = np.float32
ZERO, HALF, ONE, TWO, FOUR, EIGHT = f32(0), f32(0.5), f32(1), f32(2), f32(4), f32(8)
QUARTER, TINY = f32(0.25), f32(1e-30)
MOST_COUNT = f32(1 << 23)
# The largest value there is: its square, and sums of such, fit into float32.
MOST = f32(1e15)
NONE, SPIKE, DRIFT, NOISE, STUCK = (f32(kind) for kind in (r.NONE, r.SPIKE, r.DRIFT, r.NOISE, r.STUCK))
COUNT, LEVEL, SPREAD, LOW, HIGH, Z, RISE, FALL = (
    r.COUNT,
    r.LEVEL,
    r.SPREAD,
    r.LOW,
    r.HIGH,
    r.Z,
    r.RISE,
    r.FALL,
)
UNREST_AGE, ODD, ODD_AGE, ACTIVE, ACTIVE_AGE, CALM = (
    r.UNREST_AGE,
    r.ODD,
    r.ODD_AGE,
    r.ACTIVE,
    r.ACTIVE_AGE,
    r.CALM,
)
LAST, SAME, SAME_AGE, LONGEST_AGE = r.LAST, r.SAME, r.SAME_AGE, r.LONGEST_AGE
ENERGY, BUSIEST, TAIL, EXCESS, MEAN, RESIDUAL, RHYTHM = (
    r.ENERGY,
    r.BUSIEST,
    r.TAIL,
    r.EXCESS,
    r.MEAN,
    r.RESIDUAL,
    r.RHYTHM,
)


@compiled
def step(  # noqa: PLR0915 - one straight run; cut up, its seventy intermediate values would be passed around
    cells: Floats,
    base: int,
    work: Floats,
    wave: Floats,
    gap: np.float32,
    level_weight: np.float32,
    spread_weight: np.float32,
    ripe: np.float32,
    p: Parameters,
) -> Any:
    """Judge and learn one report's values of one group of lanes.

    `cell` is (FIELDS, LANES); `work` holds the values (NaN: none) and afterwards the kind of finding each completed; `wave` the six rhythm
    terms now; `ripe` (0 to 1) how far the rhythm has been seen long enough. Returns the sum of the kinds: 0 where there is no finding.
    """
    warm_up, settled = f32(p.warm_up), f32(p.settled_reports)
    clip, share, least = f32(p.clip_z), f32(p.floor_share), f32(p.floor)
    spike_z, escalate_z, spike_reports = f32(p.spike_z), f32(p.escalate_z), f32(p.spike_reports)
    margin, allowance, limit, cusum_clip = (
        f32(p.range_margin),
        f32(p.cusum_allowance_z),
        f32(p.cusum_limit_z),
        f32(p.cusum_clip_z),
    )
    calm_z, calm_reports, adopt = f32(p.calm_z), f32(p.calm_reports), f32(p.adopt_s)
    noise_ratio, stuck_reports, stuck_s = f32(p.noise_ratio), f32(p.stuck_reports), f32(p.stuck_s)
    energy_weight, tail_weight, edge = f32(1 / 32), f32(1 / 1024), f32(0.1)
    run_factor, busy_factor, third = f32(p.stuck_factor), f32(p.noise_factor), f32(1 / 3)
    busy_weight = f32(1 / 128)
    kept = ZERO if gap > f32(p.gap_s) else ONE
    w0, w1, w2, w3, w4, w5 = wave[0], wave[1], wave[2], wave[3], wave[4], wave[5]
    v = load(work, 0)
    ok = magnitude(v) <= MOST
    n, level, spread = (load(cells, base + COUNT), load(cells, base + LEVEL), load(cells, base + SPREAD))
    low, high, active = (load(cells, base + LOW), load(cells, base + HIGH), load(cells, base + ACTIVE))
    c0, c1, c2 = (load(cells, base + RHYTHM), load(cells, base + RHYTHM + 1), load(cells, base + RHYTHM + 2))
    c3, c4, c5 = (
        load(cells, base + RHYTHM + 3),
        load(cells, base + RHYTHM + 4),
        load(cells, base + RHYTHM + 5),
    )
    v = select(ok, v, ZERO)
    known = ok & (n >= warm_up)
    # What the time of day and week explains, as far as it is to be trusted.
    cycle = c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3 + c4 * w4 + c5 * w5
    power = HALF * (c0 * c0 + c1 * c1 + c2 * c2 + c3 * c3 + c4 * c4 + c5 * c5)
    residual = load(cells, base + RESIDUAL)
    trust = FOUR * (power / (power + residual + TINY) - HALF)
    trust = ripe * smaller(larger(trust, ZERO), ONE)
    offset = trust * cycle
    y = v - offset
    error = y - level
    sd = larger(larger(root(spread), share * magnitude(level + offset)), least)
    z = select(known, error / sd, ZERO)
    size = magnitude(z)
    span = high - low
    outside = (v > high + margin * span) | (v < low - margin * span)
    # Spike: so many in a row, far off and outside everything seen.
    odd = load(cells, base + ODD)
    bound = select(active == DRIFT, escalate_z, spike_z)
    far = known & ~(active == SPIKE) & (size >= bound) & outside
    odd_age = select(odd > ZERO, load(cells, base + ODD_AGE) + gap, ZERO)
    odd_next = select(far, odd + ONE, ZERO)
    spike = far & (odd_next >= spike_reports)
    # Drift: Page's two sums.
    idle = known & (active == NONE) & ~spike
    cut = smaller(larger(z, ZERO - cusum_clip), cusum_clip)
    rise, fall = (load(cells, base + RISE) * kept, load(cells, base + FALL) * kept)
    unrest_age = select(rise + fall > ZERO, load(cells, base + UNREST_AGE) + gap, ZERO)
    rise = select(idle, larger(rise + cut - allowance, ZERO), rise)
    fall = select(idle, larger(fall - cut - allowance, ZERO), fall)
    unrest = larger(rise, fall)
    drift = idle & (unrest > limit)
    # Variance change: the mean squared error of the last thirty reports above everything before.
    energy, busiest = (load(cells, base + ENERGY), load(cells, base + BUSIEST))
    seen = n - warm_up + ONE
    z2 = smaller(size, FOUR)
    ew = larger(energy_weight, ONE / larger(seen, ONE))
    energy = select(known & ~far, energy + ew * (z2 * z2 - energy), energy)
    old = n >= settled
    noisy = (
        idle & ~drift & old & (energy > larger(noise_ratio, busy_factor * busiest)) & (unrest < third * limit)
    )
    # Stuck: equal values for far longer than ever, and not at the end of the range.
    same, same_age, longest = (
        load(cells, base + SAME),
        load(cells, base + SAME_AGE),
        load(cells, base + LONGEST_AGE),
    )
    equal = ok & (v == load(cells, base + LAST)) & (n > ZERO)
    ended = larger(longest, same_age)
    same_next = select(equal, same + ONE, ZERO)
    same_age_next = select(equal, same_age + gap, ZERO)
    inside = (v < high - edge * span) & (v > low + edge * span)
    stuck = (
        idle
        & ~drift
        & ~noisy
        & old
        & inside
        & (same_next >= stuck_reports)
        & (same_age_next >= larger(stuck_s, run_factor * longest))
    )
    found = select(spike, SPIKE, select(drift, DRIFT, select(noisy, NOISE, select(stuck, STUCK, NONE))))
    # Over: calm again, or so long that it is the new normal.
    new = found > NONE
    was = ok & (active > NONE) & ~new
    quiet = size < calm_z
    quiet = choose(active == STUCK, ~equal, choose(active == NOISE, energy < HALF * noise_ratio, quiet))
    calm = select(was & quiet, load(cells, base + CALM) + ONE, ZERO)
    needed = select(active == STUCK, ONE, calm_reports)
    active_age = select((active > NONE) & ~new, load(cells, base + ACTIVE_AGE) + gap, ZERO)
    over = was & (calm >= needed)
    adopted = was & ~over & (active_age > adopt)
    gone = over | adopted
    active_next = select(new, found, select(gone, NONE, active))
    learns = ok & (active_next == NONE)
    # Learn.
    first = n == ZERO
    level = select(first | adopted, y, level)
    error = y - level
    count = smaller(n + ONE, MOST_COUNT)
    most = clip * sd
    clipped = select(count > warm_up, smaller(larger(error, ZERO - most), most), error)
    once = ONE / count
    ws, wl = (larger(spread_weight, once), larger(level_weight, once))
    spread = select(adopted & (active == NOISE), spread * larger(energy, ONE), spread)
    level_next = level + wl * clipped
    spread_next = spread + ws * (clipped * clipped - spread)
    usual = select(first | adopted, v, level_next + clipped + offset)
    low_next = select(first, v, smaller(low, usual))
    high_next = select(first, v, larger(high, usual))
    mean = select(first, v, load(cells, base + MEAN))
    miss = v - mean - cycle
    bound_r = clip * root(residual) + sd
    miss = select(count > warm_up, smaller(larger(miss, ZERO - bound_r), bound_r), miss)
    pull = select(learns, QUARTER * spread_weight * miss, ZERO)
    lasting = learns & known
    tw = select(lasting, larger(tail_weight, ONE / larger(seen, ONE)), ZERO)
    tail, excess = (load(cells, base + TAIL), load(cells, base + EXCESS))
    beyond = select(size > TWO, ONE, ZERO)
    store(cells, base + COUNT, select(learns, count, n))
    store(cells, base + LEVEL, select(learns, level_next, load(cells, base + LEVEL)))
    store(cells, base + SPREAD, select(learns, spread_next, load(cells, base + SPREAD)))
    store(cells, base + LOW, select(learns, low_next, low))
    store(cells, base + HIGH, select(learns, high_next, high))
    store(cells, base + Z, select(known, z, load(cells, base + Z)))
    store(cells, base + RISE, select(gone, ZERO, select(ok, rise, load(cells, base + RISE))))
    store(cells, base + FALL, select(gone, ZERO, select(ok, fall, load(cells, base + FALL))))
    store(cells, base + UNREST_AGE, unrest_age)
    store(cells, base + ODD, select(ok, select(gone, ZERO, odd_next), odd))
    store(cells, base + ODD_AGE, odd_age)
    store(cells, base + ACTIVE, active_next)
    store(cells, base + ACTIVE_AGE, active_age)
    store(cells, base + CALM, select(ok, select(gone, ZERO, calm), load(cells, base + CALM)))
    store(cells, base + LAST, select(ok, v, load(cells, base + LAST)))
    store(cells, base + SAME, select(ok, same_next, same))
    store(cells, base + SAME_AGE, select(ok, same_age_next, select(same > ZERO, same_age + gap, ZERO)))
    longest_next = select(
        adopted & (active == STUCK), same_age_next, select(equal | (active == STUCK), longest, ended)
    )
    store(cells, base + LONGEST_AGE, select(learns, longest_next, longest))
    store(cells, base + ENERGY, select(adopted & (active == NOISE), ONE, energy))
    store(
        cells,
        base + BUSIEST,
        select(lasting & (seen > f32(32)), busiest + busy_weight * larger(energy - busiest, ZERO), busiest),
    )
    store(cells, base + TAIL, tail + tw * (beyond - tail))
    store(cells, base + EXCESS, excess + tw * (larger(smaller(size, EIGHT) - TWO, ZERO) - excess))
    store(
        cells,
        base + MEAN,
        select(learns, mean + larger(QUARTER * spread_weight, once) * miss, load(cells, base + MEAN)),
    )
    store(cells, base + RESIDUAL, select(learns, residual + ws * (miss * miss - residual), residual))
    store(cells, base + RHYTHM, c0 + pull * w0)
    store(cells, base + RHYTHM + 1, c1 + pull * w1)
    store(cells, base + RHYTHM + 2, c2 + pull * w2)
    store(cells, base + RHYTHM + 3, c3 + pull * w3)
    store(cells, base + RHYTHM + 4, c4 + pull * w4)
    store(cells, base + RHYTHM + 5, c5 + pull * w5)
    store(work, 0, found)
    return any_of(new)
