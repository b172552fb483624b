"""What is usual for a metric just now: a level, a spread about it, and what the time of day explains.

Level and spread are exponentially weighted means whose weight depends on the time since the device's last report (equal to river's
`stats.Mean` at first and to `stats.EWMean` at even spacing), of errors cut at a few deviations (winsorised; Huber 1964). The rhythm is
four Fourier terms of the day learned by normalised least mean squares (Widrow & Hoff 1960; Nagumo & Noda 1967), taken off only as far
as it explains variance.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.episode import Episode
from detectors.baseline.lanes import FOUR, HALF, NOISE, ONE, QUARTER, TINY, TWO, ZERO, Floats, f32, fused
from detectors.baseline.moment import Moment
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import Report
from detectors.baseline.vector import larger, load, magnitude, root, select, smaller, store

SIXTEENTH = f32(1 / 16)
MOST_COUNT = f32(1 << 23)


class Usual(NamedTuple):
    """A `level`, a spread about it and its `sd`, and the report's value `y`: all without the time of day (`offset`, of the whole `cycle`).

    `z` is how many deviations that is off, `size` its size.
    """

    cycle: Any
    offset: Any
    residual: Any
    y: Any
    level: Any
    spread: Any
    sd: Any
    z: Any
    size: Any


@fused
def usual_of(cells: Floats, base: int, report: Report, moment: Moment, p: Parameters) -> Usual:
    """What is usual for the report, and how far off it is."""
    c0, c1 = load(cells, base + r.RHYTHM), load(cells, base + r.RHYTHM + 1)
    cycle = c0 * moment.wave[0] + c1 * moment.wave[1]
    power, residual = HALF * (c0 * c0 + c1 * c1), load(cells, base + r.RESIDUAL)
    # The time of day counts as far as it is to be trusted.
    trust = FOUR * (power / (power + residual + TINY) - HALF)
    trust = moment.ripe * smaller(larger(trust, ZERO), ONE)
    offset = trust * cycle
    y, spread = report.v - offset, load(cells, base + r.SPREAD)
    # Started anew, the level is the median of three reports, so that one odd report is not taken for it.
    level = select(report.known & report.started, report.middle - offset, load(cells, base + r.LEVEL))
    sd = larger(larger(root(spread), f32(p.floor_share) * magnitude(level + offset)), f32(p.floor))
    z = select(report.known, (y - level) / sd, ZERO)
    return Usual(cycle, offset, residual, y, level, spread, sd, z, magnitude(z))


@fused
def learn_usual(
    cells: Floats,
    base: int,
    busiest_known: Any,
    report: Report,
    usual: Usual,
    energy: Any,
    episode: Episode,
    tide: Any,
    moment: Moment,
    p: Parameters,
) -> Any:
    """Learn count, level, spread and rhythm; returns the rhythm's mean before and the weight of what the variance about it becomes."""
    level = select(report.first | episode.adopted, usual.y, usual.level)
    count, most = smaller(report.count + ONE, MOST_COUNT), f32(p.clip_z) * usual.sd
    error, settled = usual.y - level, count > f32(p.warm_up)
    clipped = select(settled, smaller(larger(error, ZERO - most), most), error)
    once = ONE / count
    ws, wl = larger(moment.spread_weight, once), larger(moment.level_weight, once)
    spread = select(
        episode.adopted & (report.active == NOISE), usual.spread * larger(energy, ONE), usual.spread
    )
    follow = _together(report, usual, level)
    level_next = level + wl * select(magnitude(follow) > most, follow, clipped)
    # A level that has just started anew says nothing about the spread.
    ws = select(report.started & report.known, ZERO, ws)
    # Nor is it taken for granted while the metric is noisier than usual.
    ws = select(report.known & (energy > larger(TWO, busiest_known)), QUARTER * ws, ws)
    spread_next = spread + ws * (clipped * clipped - spread)
    store(cells, base + r.COUNT, select(episode.learns, count, report.count))
    store(cells, base + r.LEVEL, select(episode.local, level_next, load(cells, base + r.LEVEL)))
    store(cells, base + r.SPREAD, select(episode.local, spread_next, usual.spread))
    store(cells, base + r.Z, select(report.known, usual.z, load(cells, base + r.Z)))
    return _learn_rhythm(cells, base, report, usual, episode, tide, moment, settled, once, ws, p)


@fused
def _together(report: Report, usual: Usual, level: Any) -> Any:
    """How far the last three reports are off on one side: then they are no outliers, and the level follows them."""
    v, last, before = report.v, report.last, report.before
    least = smaller(smaller(v, last), before) - usual.offset
    most = larger(larger(v, last), before) - usual.offset
    return larger(least - level, ZERO) + smaller(most - level, ZERO)


@fused
def _learn_rhythm(
    cells: Floats,
    base: int,
    report: Report,
    usual: Usual,
    episode: Episode,
    tide: Any,
    moment: Moment,
    settled: Any,
    once: Any,
    weight: Any,
    p: Parameters,
) -> Any:
    """Learn the time of day's terms; returns the mean that was and the most a deviation from it counts."""
    c0, c1 = load(cells, base + r.RHYTHM), load(cells, base + r.RHYTHM + 1)
    mean = select(report.first, report.v, load(cells, base + r.MEAN))
    miss = report.v - mean - usual.cycle
    # What the cohort does is no movement of the device's own mean, however slow.
    own = report.v - mean - tide.height - (ONE - tide.weight) * usual.cycle
    bound = f32(p.clip_z) * root(usual.residual) + usual.sd
    miss = select(settled, smaller(larger(miss, ZERO - bound), bound), miss)
    own = select(settled, smaller(larger(own, ZERO - bound), bound), own)
    pull = select(episode.learns, QUARTER * moment.spread_weight * miss, ZERO)
    mean_weight = larger(select(report.open, QUARTER, SIXTEENTH) * moment.spread_weight, once)
    residual = usual.residual
    store(cells, base + r.MEAN, select(episode.learns, mean + mean_weight * own, load(cells, base + r.MEAN)))
    store(
        cells,
        base + r.RESIDUAL,
        select(episode.learns, residual + weight * (miss * miss - residual), residual),
    )
    store(cells, base + r.RHYTHM, c0 + pull * moment.wave[0])
    store(cells, base + r.RHYTHM + 1, c1 + pull * moment.wave[1])
    return mean, bound
