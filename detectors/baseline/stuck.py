"""A stuck sensor: equal values for far longer than ever, and not at the end of the range."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.drift import Drift
from detectors.baseline.episode import Episode
from detectors.baseline.lanes import NAN, STUCK, ZERO, Floats, f32, fused
from detectors.baseline.moment import Moment
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import Report
from detectors.baseline.vector import larger, load, select, smaller, store

EDGE = f32(0.1)


class Stuck(NamedTuple):
    """Whether the value is the last one again, for how long it was and is now, and the longest time ever."""

    equal: Any
    age: Any
    age_next: Any
    longest: Any
    found: Any


@fused
def stuck_of(
    cells: Floats,
    base: int,
    report: Report,
    tide: Any,
    drift: Drift,
    idle: Any,
    moment: Moment,
    p: Parameters,
) -> Stuck:
    """Judge the `idle` lanes, those that nothing else is found of."""
    age, longest = load(cells, base + r.SAME_AGE), load(cells, base + r.LONGEST_AGE)
    equal = report.ok & (report.v == load(cells, base + r.LAST)) & ~report.first
    age_next = select(equal, age + moment.lasted, ZERO)
    whole = report.days > ZERO
    bottom = tide + select(whole, smaller(drift.low, drift.today_low), drift.today_low)
    top = tide + select(whole, larger(drift.high, drift.today_high), drift.today_high)
    margin = EDGE * (top - bottom)
    inside = (report.v < top - margin) & (report.v > bottom + margin)
    long = age_next >= larger(moment.patience, f32(p.stuck_factor) * longest)
    old = report.count >= f32(p.stuck_settled_reports)
    return Stuck(equal, age, age_next, longest, idle & old & inside & long)


@fused
def learn_stuck(
    cells: Floats, base: int, report: Report, stuck: Stuck, episode: Episode, moment: Moment
) -> None:
    """Keep the last two values, how long the last one has been repeated, and the longest time that was no finding."""
    age, longest = stuck.age, stuck.longest
    ended = select(stuck.equal | (report.active == STUCK), longest, larger(longest, age))
    longest_next = select(episode.adopted & (report.active == STUCK), stuck.age_next, ended)
    goes_on = select(age > ZERO, age + moment.lasted, ZERO)
    store(cells, base + r.SAME_AGE, select(report.ok, stuck.age_next, goes_on))
    store(cells, base + r.LONGEST_AGE, select(episode.learns, longest_next, longest))
    store(cells, base + r.LAST, select(report.ok, report.v, report.last))
    previous = select(report.first, report.v, report.last)
    missed = select(report.lonely & (report.count > ZERO), NAN, report.before)
    store(cells, base + r.BEFORE, select(report.ok, previous, missed))
