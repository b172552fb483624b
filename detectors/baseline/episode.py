"""An episode: from when a metric is odd, through what is found, until it is calm again or is taken for the new normal."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.lanes import (
    DRIFT,
    HALF,
    NOISE,
    NONE,
    ONE,
    STUCK,
    TINY,
    ZERO,
    Floats,
    f32,
    fused,
)
from detectors.baseline.moment import Moment
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import Report
from detectors.baseline.vector import choose, load, select, smaller, store


class Episode(NamedTuple):
    """What lasts after the report (`active`), and what may be learned of it.

    `learns` lanes are as usual; `local` ones too, or drift: their level follows, their range doesn't. `adopted` lanes have been odd for so
    long that it is the new normal; a drift of `told` lanes is over, one way or the other.
    """

    active: Any
    adopted: Any
    told: Any
    local: Any
    learns: Any


@fused
def episode_of(
    cells: Floats,
    base: int,
    report: Report,
    found: Any,
    size: Any,
    drift: Any,
    energy: Any,
    equal: Any,
    moment: Moment,
    p: Parameters,
) -> Episode:
    """Go on with what lasts; `found` is what each lane's report has completed, `drift`, `energy` and `equal` how it stands now."""
    new = found > NONE
    was = report.ok & (report.active > NONE) & ~new
    quiet = _is_quiet(report, size, drift, energy, equal, p)
    calm = select(was & quiet, load(cells, base + r.CALM) + ONE, ZERO)
    needed = select(report.active == STUCK, ONE, f32(p.calm_reports))
    aged = drift.aged
    odd = (size >= f32(p.calm_z)) | (drift.rise > ZERO) & aged | (drift.fall > ZERO) & aged
    age = report.odd_s
    begins = select(odd, smaller(moment.gap, TINY), ZERO)
    age_next = select((report.active > NONE) | odd & (age > ZERO), age + moment.gap, begins)
    age_next = select(odd | (report.active > NONE), age_next, ZERO)
    over = was & (calm >= needed)
    adopt = select(report.active == DRIFT, f32(p.drift_adopt_s), f32(p.adopt_s))
    adopted = was & ~over & (age > adopt)
    gone = over | adopted
    active = select(new, found, select(gone, NONE, report.active))
    passed = select(age > ZERO, age + moment.gap, age)
    store(cells, base + r.ACTIVE, active)
    store(cells, base + r.AGE, select(report.ok, select(gone, ZERO, age_next), passed))
    store(cells, base + r.CALM, select(report.ok, select(gone, ZERO, calm), load(cells, base + r.CALM)))
    local = report.ok & ((active == NONE) | (active == DRIFT))
    return Episode(active, adopted, gone & (report.active == DRIFT), local, report.ok & (active == NONE))


@fused
def _is_quiet(report: Report, size: Any, drift: Any, energy: Any, equal: Any, p: Parameters) -> Any:
    """Whether what lasts does not show in this report."""
    active = report.active
    quiet = choose(active == NOISE, energy < HALF * f32(p.noise_ratio), size < f32(p.calm_z))
    quiet = choose(active == STUCK, ~equal, quiet)
    inside = (drift.rise < HALF * drift.most_rise) & (drift.fall < HALF * drift.most_fall)
    return choose(active == DRIFT, inside, quiet)
