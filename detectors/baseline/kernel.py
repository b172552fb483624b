"""One pass over a batch's rows: each report is scored against its device's row, then learned; findings are written down."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline import cohort
from detectors.baseline.batch import Batch
from detectors.baseline.bins import ASPECTS
from detectors.baseline.cohort import Cohorts, place_of
from detectors.baseline.lanes import MOST, Floats, fused, unmanaged
from detectors.baseline.memory import prefetch
from detectors.baseline.moment import US, Moment, Weights, moment_of, weigh
from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.baseline.renewal import Renewal, renewal_of
from detectors.baseline.row import COUNT, FIELDS, LANES
from detectors.baseline.step import step
from detectors.baseline.telling import tell
from detectors.baseline.turn import MOST_S, turn

NAN = np.float32(np.nan)
AHEAD = 4


@unmanaged
def score(
    cells: Floats,
    groups: int,
    heads: npt.NDArray[Any],
    cohorts: Cohorts,
    order: npt.NDArray[np.int64],
    batch: Batch,
    sources: npt.NDArray[np.int64],
    table: Floats,
    found: npt.NDArray[Any],
    work: Floats,
    p: Parameters = DEFAULTS,
) -> tuple[int, int, int]:
    """Score and learn rows in the order given; returns how many findings were written to `found`, rows were late, values infinite.

    `cells` is (slots * groups * FIELDS, LANES); `sources[c]` is the value column of metric column c, -1 for none. A row not newer than
    its device's newest is late or a duplicate: counted, not scored. What float32 can't hold is infinite and taken as missing. `found`
    must have room for every value and one more a row.
    """
    number, late, infinite = 0, 0, 0
    weights = Weights(-1.0, np.float32(0), np.float32(0))
    height = groups * FIELDS
    for place in range(order.shape[0]):
        row = order[place]
        _fetch(cells, batch, order, place, height)
        slot, time_us = batch.slots[row], batch.times_us[row]
        head = heads[slot]
        if time_us <= head.last_us:
            late += 1
            continue
        gap_s = (time_us - head.last_us) / US if head.last_us > 0 else 0.0
        if gap_s != weights.gap_s:
            weights = weigh(gap_s, p)
        time_s = min(time_us // 1_000_000, MOST_S)
        if head.last_us == 0:
            head.first_s = time_s
        head.last_us = time_us
        number += turn(found[number:], head, cells, slot * height, groups, cohorts, batch, row, gap_s, p)
        renewal = renewal_of(head, time_s, gap_s, p)
        moment = moment_of(head, time_us, gap_s, weights, table, p)
        told, unfit = _judge(
            *(found[number:], head, cells, slot * height, groups, cohorts, batch, row, sources),
            *(renewal, moment, work, p),
        )
        number, infinite = number + told, infinite + unfit
    return number, late, infinite


@fused
def _fetch(cells: Floats, batch: Batch, order: npt.NDArray[np.int64], place: int, height: int) -> None:
    """Ask for the device of a row to come."""
    if place + AHEAD < order.shape[0]:
        ahead = batch.slots[order[place + AHEAD]] * height
        for line in range(0, height, 2):
            prefetch(cells, ahead + line)


@fused
def _judge(
    found: npt.NDArray[Any],
    head: Any,
    cells: Floats,
    first: int,
    groups: int,
    cohorts: Cohorts,
    batch: Batch,
    row: int,
    sources: npt.NDArray[np.int64],
    renewal: Renewal,
    moment: Moment,
    work: Floats,
    p: Parameters,
) -> tuple[int, int]:
    """Judge and learn a report of the device whose fields begin at row `first`; how many findings there are, how many values infinite."""
    number, infinite, time_us = 0, 0, batch.times_us[row]
    alone, anew, widening = renewal
    for group in range(groups):
        base = first + group * FIELDS
        some, unfit = _gather(batch.values, sources, group, row, work)
        infinite += unfit
        if not (some or _is_known(cells, base)):
            continue
        at = place_of(cohorts, head.cohort, groups, group)
        pace = cohort.pace_of(cohorts, head.cohort + 1, at, time_us, p) if at > 0 else np.float32(0)
        limits, commons = cohorts.limits, cohorts.commons
        if step(cells, base, limits, at * ASPECTS, commons, pace, work, moment, alone, anew, widening, p):
            number += tell(
                *(found[number:], head, cells, base, cohorts, at, row, group, time_us, moment, work, p)
            )
    return number, infinite


@fused
def _gather(
    values: Floats, sources: npt.NDArray[np.int64], group: int, row: int, work: Floats
) -> tuple[Any, Any]:
    """Put a group's values into `work`, NaN where there is none; whether there is one, and how many are infinite."""
    some, infinite = False, 0
    for lane in range(LANES):
        source = sources[group * LANES + lane]
        value = values[source, row] if source >= 0 else NAN
        if abs(value) > MOST:
            infinite += math.isinf(value)
            value = NAN if math.isinf(value) else math.copysign(MOST, value)
        work[0, lane] = value
        work[2, lane] = value
        some |= not math.isnan(value)
    return some, infinite


@fused
def _is_known(cells: Floats, base: int) -> Any:
    """Whether any metric of the group was ever reported."""
    some = False
    for lane in range(LANES):
        some |= cells[base + COUNT, lane] > 0
    return some
