"""A drift: what the last reports come to, without what the cohort does together, is outside of the past days' range."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.episode import Episode
from detectors.baseline.lanes import HALF, ONE, TWO, ZERO, Floats, f32, fused
from detectors.baseline.moment import Moment
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import Report
from detectors.baseline.usual import Usual
from detectors.baseline.vector import larger, load, select, smaller, store

FIFTH = f32(0.2)
# How many deviations a metric's whole range is at least.
LEAST_RANGE = f32(6)


class Drift(NamedTuple):
    """What the last reports come to (`smooth`), the range of past days and of today, and how far outside that is, in widths of the range.

    `aged` lanes have a range to be judged by; `near` ones have just left it by half of what would be a drift.
    """

    smooth: Any
    low: Any
    high: Any
    today_low: Any
    today_high: Any
    rise: Any
    fall: Any
    most_rise: Any
    most_fall: Any
    aged: Any
    near: Any
    found: Any


@fused
def drift_of(
    cells: Floats,
    base: int,
    limits: Floats,
    at: int,
    report: Report,
    usual: Usual,
    tide: Any,
    idle: Any,
    moment: Moment,
    p: Parameters,
) -> Drift:
    """Judge where the `idle` lanes are, those that nothing else is found of; `limits` from row `at` are what the cohort reached."""
    before = load(cells, base + r.SMOOTH)
    smooth = before + f32(1 / 6) * (report.middle - tide - before)
    smooth = select(report.started, report.middle - tide, smooth)
    smooth = select(report.count <= TWO, report.v - tide, smooth)
    low, high = load(cells, base + r.LOW), load(cells, base + r.HIGH)
    today_low, today_high = load(cells, base + r.TODAY_LOW), load(cells, base + r.TODAY_HIGH)
    per = ONE / larger(high - low, LEAST_RANGE * usual.sd)
    rise, fall = (smooth - high) * per, (low - smooth) * per
    was_rise, was_fall = (today_high - high) * per, (low - today_low) * per
    least = select(report.days < f32(p.range_days), f32(p.drift_young_share), ZERO)
    most_rise, most_fall = (
        larger(least, _most(load(limits, at + 1), p)),
        larger(least, _most(load(limits, at + 2), p)),
    )
    aged = report.known & (report.days >= TWO) & ~report.open
    lasts = report.odd_s >= FIFTH * moment.patience
    found = idle & aged & lasts & ((rise > most_rise) | (fall > most_fall))
    # Today's range doesn't take in all there is (see `learn_drift`), and a device that is far out has left its range once.
    was_rise, was_fall = larger(was_rise, (before - high) * per), larger(was_fall, (low - before) * per)
    near_rise = (rise > HALF * most_rise) & ~(was_rise > HALF * most_rise)
    near_fall = (fall > HALF * most_fall) & ~(was_fall > HALF * most_fall)
    near = aged & (near_rise | near_fall)
    return Drift(
        smooth, low, high, today_low, today_high, rise, fall, most_rise, most_fall, aged, near, found
    )


@fused
def _most(known: Any, p: Parameters) -> Any:
    """How far outside is a drift, by what the cohort reached on healthy days (0: not known)."""
    return select(known > ZERO, f32(p.drift_factor) * known, f32(p.drift_share))


@fused
def learn_drift(
    cells: Floats,
    base: int,
    report: Report,
    usual: Usual,
    tide: Any,
    drift: Drift,
    episode: Episode,
    p: Parameters,
) -> None:
    """Keep what the last reports come to and today's range; the past days' takes what is new where that is expected."""
    wide = episode.learns & (report.open | episode.adopted) & (report.days > ZERO)
    # What may yet turn out to be a spike is not in the day's range.
    plain = episode.local & (usual.size < f32(p.spike_z))
    smooth, now = drift.smooth, report.v - tide
    today_low = select(plain, smaller(drift.today_low, smooth), drift.today_low)
    today_high = select(plain, larger(drift.today_high, smooth), drift.today_high)
    # Where it went and was told of is no news when it goes there again.
    low, high = select(episode.told, today_low, smooth), select(episode.told, today_high, smooth)
    wide = wide | episode.told
    store(cells, base + r.LOW, select(wide, smaller(drift.low, low), drift.low))
    store(cells, base + r.HIGH, select(wide, larger(drift.high, high), drift.high))
    store(cells, base + r.TODAY_LOW, select(report.first, now, today_low))
    store(cells, base + r.TODAY_HIGH, select(report.first, now, today_high))
    store(cells, base + r.SMOOTH, select(report.ok, smooth, load(cells, base + r.SMOOTH)))
