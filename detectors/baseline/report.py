"""A report's values of eight metrics, and what was known of them before: who has one, for how long, and what it was."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.lanes import MOST, NEVER, NONE, ZERO, Floats, f32, fused
from detectors.baseline.parameters import Parameters
from detectors.baseline.vector import larger, load, magnitude, select, smaller


class Report(NamedTuple):
    """Eight values `v` (0 where there is none: not `ok`).

    Where the reports before are long ago they are no neighbours of this one: its value stands for `last` and `before`, and what was odd
    then (`odd_s`, unless something lasts) is over. A lane that has no value in such a report (`lonely`) keeps NaN as `before` until then.
    `known` lanes have been seen often enough to be judged, `first` ones never. `started` lanes find their level anew, `open` ones take what
    is new into their range. `middle` is the median of the last three values.
    """

    v: Any
    ok: Any
    count: Any
    known: Any
    first: Any
    started: Any
    open: Any
    days: Any
    active: Any
    last: Any
    before: Any
    middle: Any
    odd_s: Any
    lonely: Any


@fused
def read(
    cells: Floats, base: int, work: Floats, alone: Any, anew: Any, widening: Any, p: Parameters
) -> Report:
    """The report whose values are the first row of `work`, of the device whose fields begin at row `base` of `cells`."""
    given = load(work, 0)
    ok = magnitude(given) <= MOST
    v, count = select(ok, given, ZERO), load(cells, base + r.COUNT)
    # No count is negative, so these say yes or no for all lanes.
    lonely = count >= (ZERO if alone else NEVER)
    last, before = load(cells, base + r.LAST), load(cells, base + r.BEFORE)
    fresh = ok & (lonely | ~(magnitude(before) <= MOST))
    last, before = select(fresh, v, last), select(fresh, v, before)
    active, odd_s = load(cells, base + r.ACTIVE), load(cells, base + r.AGE)
    return Report(
        v,
        ok,
        count,
        ok & (count >= f32(p.warm_up)),
        count == ZERO,
        count >= (ZERO if anew else NEVER),
        count >= (ZERO if widening else NEVER),
        load(cells, base + r.DAYS),
        active,
        last,
        before,
        larger(smaller(larger(v, last), before), smaller(v, last)),
        select(fresh & (active == NONE), ZERO, odd_s),
        lonely,
    )
