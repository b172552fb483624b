"""What begins with a report: a start, another firmware, another day."""

from __future__ import annotations

from typing import Any

from detectors.baseline import bins, cohort, day, finding, renewal
from detectors.baseline import row as r
from detectors.baseline.batch import Batch
from detectors.baseline.cohort import MOST_GROUPS, Cohorts, place_of
from detectors.baseline.lanes import Floats, fused, unmanaged
from detectors.baseline.parameters import Parameters

DAY_US, HALF_DAY_S, MOST_S = 86_400_000_000, 43_200.0, 2_147_483_647
MOST_HEARD = 65_535
FIELDS, LANES, DRIFT = r.FIELDS, r.LANES, r.DRIFT


@fused
def turn(
    found: Any,
    head: Any,
    cells: Floats,
    start: int,
    groups: int,
    cohorts: Cohorts,
    batch: Batch,
    row: int,
    gap_s: float,
    p: Parameters,
) -> Any:
    """What begins with this report: a start, another firmware, another day; how many findings that makes."""
    time_us, firmware, written = batch.times_us[row], head.firmware, 0
    time_s = min(time_us // 1_000_000, MOST_S)
    if renewal.renew(head, time_s, gap_s, batch.boots[row], batch.uptimes_s[row], batch.firmware[row], p):
        finding.report_restarts(found[0], row, time_us, head.starts)
        written = 1
    if head.day > 0 and head.day != time_us // DAY_US:
        written += _end_days(found[written:], head, cells, start, groups, cohorts, row, time_us, p)
        head.heard = 0
    head.day = time_us // DAY_US
    head.heard = min(head.heard + 1, MOST_HEARD)
    if firmware != 0 and firmware != head.firmware:  # noqa: PLR1714 - the compiler has no such set
        for group in range(groups):
            day.expect_anew(cells, start + group * FIELDS, p)
    return written


@unmanaged
def _end_days(
    found: Any,
    head: Any,
    cells: Floats,
    start: int,
    groups: int,
    cohorts: Cohorts,
    row: int,
    time_us: int,
    p: Parameters,
) -> Any:
    """Close the device's day; how many findings there are of metrics that had another day than all before."""
    written, number = 0, head.cohort
    if 0 <= number < cohorts.days.shape[0] - 1:
        cohort.age(cohorts, cohorts.parents[number + 1], min(groups, MOST_GROUPS), head.day, p)
        cohort.age(cohorts, number + 1, min(groups, MOST_GROUPS), head.day, p)
    # A day of which less than half was heard is not compared as a whole.
    is_whole = head.heard * head.usual_s >= HALF_DAY_S
    steady = is_whole and time_us // 1_000_000 - head.upgraded_s > p.shift_upgrade_s
    for group in range(groups):
        base, place = start + group * FIELDS, place_of(cohorts, number, groups, group)
        parent = place_of(cohorts, cohorts.parents[number + 1] - 1, groups, group) if place > 0 else 0
        for lane in range(LANES if steady and place > 0 else 0):
            aspect, size = day.is_shifted(cells, base, lane, cohorts, place, p)
            if aspect == 0:
                continue
            value = cells[base + r.LAST, lane]
            cohort.note_moved(cohorts, place, lane, 0 if aspect == bins.LIFT else 1, time_us, p)
            if not cohort.moves(
                cohorts, number + 1, place, lane, 0 if aspect == bins.LIFT else 1, time_us, p
            ):
                metric = group * LANES + lane
                finding.report(found[written], cells, base, lane, DRIFT, row, metric, value, time_us, 0.0, p)
                found[written].since = time_us // DAY_US * DAY_US - DAY_US
                found[written].p_value = bins.p_value(cohorts.weights[place, lane, aspect], aspect, size)
                written += 1
            day.take_over(cells, base, lane)
        day.end_day(cells, base, cohorts, place, parent, head.day, is_whole, p)
    return written
