"""A report's values of eight metrics, and what was known of them before: who has one, for how long, and what it was."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline import row as r
from detectors.baseline.lanes import MOST, NEVER, ZERO, Floats, f32, fused
from detectors.baseline.parameters import Parameters
from detectors.baseline.vector import larger, load, magnitude, select, smaller


class Report(NamedTuple):
    """Eight values `v` (0 where there is none: not `ok`).

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


@fused
def read(cells: Floats, base: int, work: Floats, anew: Any, widening: Any, p: Parameters) -> Report:
    """The report whose values are the first row of `work`, of the device whose fields begin at row `base` of `cells`."""
    given = load(work, 0)
    ok = magnitude(given) <= MOST
    v, count = select(ok, given, ZERO), load(cells, base + r.COUNT)
    last, before = load(cells, base + r.LAST), load(cells, base + r.BEFORE)
    return Report(
        v,
        ok,
        count,
        ok & (count >= f32(p.warm_up)),
        count == ZERO,
        # No count is negative, so these say yes or no for all lanes.
        count >= (ZERO if anew else NEVER),
        count >= (ZERO if widening else NEVER),
        load(cells, base + r.DAYS),
        load(cells, base + r.ACTIVE),
        last,
        before,
        larger(smaller(larger(v, last), before), smaller(v, last)),
    )
