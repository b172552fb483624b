"""A spike: the third largest deviation of late is larger than ever, for the device and for its cohort."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.episode import Episode
from detectors.baseline.lanes import ONE, SPIKE, TWO, ZERO, Floats, f32, fused
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import Report
from detectors.baseline.usual import Usual
from detectors.baseline.vector import larger, load, magnitude, select, smaller, store

# A metric that stands still has a deviation of at most so many times the least there is.
FLAT = f32(2.5)


class Spike(NamedTuple):
    """Whether there `is` one, the two largest deviations before, the third largest now, and the largest third one of past days."""

    largest: Any
    second: Any
    jump: Any
    jumpy: Any
    found: Any


@fused
def spike_of(cells: Floats, base: int, limit: Any, report: Report, usual: Usual, p: Parameters) -> Spike:
    """Judge how far off the report is; `limit` is what the cohort reached on healthy days, 0 where that is not known yet."""
    fade = f32(p.spike_fade) * select(report.started, ZERO, ONE)
    largest, second = load(cells, base + r.FAR) * fade, load(cells, base + r.SECOND) * fade
    jump = smaller(usual.size, second if p.spike_reports > 2 else largest)
    jumpy = load(cells, base + r.JUMPY)
    alone = f32(p.spike_z) * _youth(report, limit, usual, p)
    bound = larger(alone, f32(p.spike_factor) * larger(jumpy, limit))
    return Spike(largest, second, jump, jumpy, report.known & ~(report.active == SPIKE) & (jump > bound))


@fused
def _youth(report: Report, limit: Any, usual: Usual, p: Parameters) -> Any:
    """How many times as much as usual it takes at least: nothing where a cohort is known, more of who has seen few days, and of a
    metric that stands still between steps until it has lived a week.
    """
    floor = larger(f32(p.floor_share) * magnitude(usual.level + usual.offset), f32(p.floor))
    new, young = report.days < ONE, report.days < f32(p.range_days)
    flat = young & (usual.sd < FLAT * floor)
    youth = select(report.days < TWO, f32(p.young_factor), ONE)
    youth = select(limit > ZERO, ZERO, youth)
    return select(flat, select(new, f32(p.flat_young_factor), f32(p.flat_factor)), youth)


@fused
def learn_spike(cells: Floats, base: int, report: Report, spike: Spike, size: Any, episode: Episode) -> None:
    """Keep the two largest deviations, today's largest third one, and take over an adopted one."""
    steady = select(report.started, ZERO, ONE)
    largest, second, jump = spike.largest, spike.second, load(cells, base + r.JUMP)
    store(cells, base + r.FAR, select(report.ok, steady * larger(size, largest), load(cells, base + r.FAR)))
    second_next = steady * larger(smaller(size, largest), second)
    store(cells, base + r.SECOND, select(report.ok, second_next, load(cells, base + r.SECOND)))
    store(cells, base + r.JUMP, select(episode.learns, larger(jump, spike.jump), jump))
    adopted = episode.adopted & (report.active == SPIKE)
    store(cells, base + r.JUMPY, select(adopted, larger(spike.jumpy, spike.jump), spike.jumpy))
