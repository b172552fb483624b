"""From what a step says of each lane to findings, unless a whole cohort moves."""

from __future__ import annotations

from typing import Any

from detectors.baseline import cohort, finding
from detectors.baseline import row as r
from detectors.baseline.cohort import Cohorts
from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.moment import Moment
from detectors.baseline.parameters import Parameters

LANES, HIGH, SMOOTH = r.LANES, r.HIGH, r.SMOOTH
NONE, DRIFT, NEAR = r.NONE, r.DRIFT, r.NEAR


@unmanaged
def _told(
    found: Any,
    cells: Floats,
    base: int,
    lane: int,
    row: int,
    metric: int,
    value: float,
    time_us: int,
    offset: float,
    work: Floats,
    cohorts: Cohorts,
    number: int,
    place: int,
    p: Parameters,
) -> Any:
    """What a lane's word comes to: a finding is written down, unless its whole cohort moves; whether it was."""
    above = cells[base + SMOOTH, lane] > cells[base + HIGH, lane]
    kind, side = int(work[0, lane]), 0 if above else 1
    moving = False
    outside = kind == NEAR or kind == DRIFT  # noqa: PLR1714 - the compiler has no such set
    if outside and place > 0:
        cohort.note_moved(cohorts, place, lane, side, time_us, p)
        moving = cohort.moves(cohorts, number + 1, place, lane, side, time_us, p)
    if kind == NEAR or moving:
        return False
    finding.report(found, cells, base, lane, kind, row, metric, value, time_us, offset, p)
    if place > 0:
        found.p_value = finding.rarity(cohorts, place, lane, kind, above, work[1, lane])
    return True


@unmanaged
def tell(
    found: Any,
    head: Any,
    cells: Floats,
    base: int,
    cohorts: Cohorts,
    at: int,
    row: int,
    group: int,
    time_us: int,
    moment: Moment,
    work: Floats,
    p: Parameters,
) -> Any:
    """Write down what `work` says of each lane; how many findings that makes."""
    written = 0
    for lane in range(LANES):
        if work[0, lane] == NONE:
            continue
        offset = finding.rhythm(cells, base, lane, moment.wave, moment.ripe)
        value, metric = work[2, lane], group * LANES + lane
        written += _told(
            *(found[written], cells, base, lane, row, metric, value, time_us, offset, work),
            *(cohorts, head.cohort, at, p),
        )
    return written
