"""One pass over a batch's rows: each report is scored against its device's row, then learned; findings are written down."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.baseline import cohort, day, finding, renewal
from detectors.baseline import row as r
from detectors.baseline.cohort import ASPECTS, MOST_GROUPS, Cohorts
from detectors.baseline.lanes import MOST, Floats, fused, step, unmanaged
from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.baseline.vector import prefetch

US, DAY_US, MOST_S = 1e6, 86_400_000_000, 2_147_483_647
FIELDS, LANES = r.FIELDS, r.LANES
ACTIVE, COUNT, Z, HIGH, SMOOTH = r.ACTIVE, r.COUNT, r.Z, r.HIGH, r.SMOOTH
NONE, DRIFT, NEAR = r.NONE, r.DRIFT, r.NEAR
MINUTES = 24 * 60
NAN = np.float32(np.nan)
AHEAD = 4


class Batch(NamedTuple):
    """A batch's rows: who, when (microseconds since 1970), the values (columns, rows; NaN: none), and what tells of a start.

    `boots` and `uptimes_s` are NaN where a report says nothing, `firmware` a number for each firmware, 0 for none.
    """

    slots: npt.NDArray[np.int64]
    times_us: npt.NDArray[np.int64]
    values: Floats
    boots: Floats
    uptimes_s: Floats
    firmware: npt.NDArray[np.int32]


def plain(slots: npt.NDArray[np.int64], times_us: npt.NDArray[np.int64], values: Floats) -> Batch:
    """A batch that tells nothing of starts and firmware."""
    silent = np.full(len(slots), np.nan, np.float32)
    return Batch(slots, times_us, values, silent, silent, np.zeros(len(slots), np.int32))


def waves() -> Floats:
    """Sine and cosine of the day, for every minute of the day (UTC)."""
    turns = 2 * np.pi * np.arange(MINUTES) / MINUTES
    return np.stack([np.sin(turns), np.cos(turns)], axis=1).astype(np.float32)


TABLE = waves()


@fused
def place_of(cohorts: Cohorts, number: int, groups: int, group: int) -> Any:
    """The row of `Cohorts` of a cohort's group of metrics, 0 for a cohort or metric without."""
    known = 0 <= number < cohorts.days.shape[0] - 1 and group < MOST_GROUPS
    return (number + 1) * min(groups, MOST_GROUPS) + group if known else 0


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
    steady = time_us // 1_000_000 - head.upgraded_s > p.shift_upgrade_s
    for group in range(groups):
        base, place = start + group * FIELDS, place_of(cohorts, number, groups, group)
        parent = place_of(cohorts, cohorts.parents[number + 1] - 1, groups, group) if place > 0 else 0
        for lane in range(LANES if steady and place > 0 else 0):
            aspect, size = day.is_shifted(cells, base, lane, cohorts, place, p)
            if aspect == 0:
                continue
            value = cells[base + r.LAST, lane]
            cohort.note_moved(cohorts, place, lane, 0 if aspect == cohort.LIFT else 1, time_us, p)
            if not cohort.moves(
                cohorts, number + 1, place, lane, 0 if aspect == cohort.LIFT else 1, time_us, p
            ):
                metric = group * LANES + lane
                finding.report(found[written], cells, base, lane, DRIFT, row, metric, value, time_us, 0.0, p)
                found[written].since = time_us // DAY_US * DAY_US - DAY_US
                found[written].p_value = cohort.p_value(cohorts.weights[place, lane, aspect], aspect, size)
                written += 1
            day.take_over(cells, base, lane)
        day.end_day(cells, base, cohorts, place, parent, p)
    return written


@unmanaged
def score(  # noqa: PLR0912, PLR0915 - one pass, and a call a branch would pass a dozen arguments
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
    before_s, level_weight, spread_weight = -1.0, np.float32(0), np.float32(0)
    height = groups * FIELDS
    for place in range(order.shape[0]):
        row = order[place]
        if place + AHEAD < order.shape[0]:
            ahead = batch.slots[order[place + AHEAD]] * height
            for line in range(0, height, 2):
                prefetch(cells, ahead + line)
        slot, time_us = batch.slots[row], batch.times_us[row]
        head = heads[slot]
        last_us = head.last_us
        if time_us <= last_us:
            late += 1
            continue
        gap_s = (time_us - last_us) / US if last_us > 0 else 0.0
        time_s = min(time_us // 1_000_000, MOST_S)
        if last_us == 0:
            head.first_s = time_s
        head.last_us = time_us
        if gap_s != before_s:
            before_s = gap_s
            level_weight = np.float32(1.0 - math.exp(-gap_s / p.level_tau_s))
            spread_weight = np.float32(1.0 - math.exp(-gap_s / p.spread_tau_s))
        firmware = head.firmware
        if renewal.renew(head, time_s, gap_s, batch.boots[row], batch.uptimes_s[row], batch.firmware[row], p):
            finding.report_restarts(found[number], row, time_us, head.starts)
            number += 1
        upgraded = firmware != 0 and firmware != head.firmware  # noqa: PLR1714
        if head.day > 0 and head.day != time_us // DAY_US:
            number += _end_days(found[number:], head, cells, slot * height, groups, cohorts, row, time_us, p)
        head.day = time_us // DAY_US
        if upgraded:
            for group in range(groups):
                day.expect_anew(cells, slot * height + group * FIELDS, p)
        anew = renewal.is_anew(head, time_s, gap_s, p)
        widening = renewal.is_widening(head, time_s, p)
        # A long silence is not a long time of equal values.
        lasted = np.float32(min(gap_s, 2.0 * head.usual_s))
        patience = np.float32(max(p.stuck_s, p.stuck_reports * head.usual_s))
        wave = table[(time_us // 60_000_000) % MINUTES]
        days = (time_us / US - head.first_s) / 86_400.0
        ripe = np.float32(min(max(days - 2.0, 0.0), 1.0))
        for group in range(groups):
            base = slot * height + group * FIELDS
            some = False
            for lane in range(LANES):
                source = sources[group * LANES + lane]
                value = batch.values[source, row] if source >= 0 else NAN
                if abs(value) > MOST:
                    infinite += math.isinf(value)
                    value = NAN if math.isinf(value) else math.copysign(MOST, value)
                work[0, lane] = value
                work[2, lane] = value
                some |= not math.isnan(value)
            if not some:
                for lane in range(LANES):
                    some |= cells[base + COUNT, lane] > 0
                if not some:
                    continue
            at = place_of(cohorts, head.cohort, groups, group)
            pace = cohort.pace_of(cohorts, head.cohort + 1, at, time_us, p) if at > 0 else np.float32(0)
            if step(
                cells,
                base,
                cohorts.limits,
                at * ASPECTS,
                cohorts.commons,
                pace,
                work,
                wave,
                np.float32(gap_s),
                level_weight,
                spread_weight,
                ripe,
                lasted,
                patience,
                anew,
                widening,
                p,
            ):
                for lane in range(LANES):
                    if work[0, lane] != NONE:
                        offset = finding.rhythm(cells, base, lane, wave, ripe)
                        number += _told(
                            found[number],
                            cells,
                            base,
                            lane,
                            row,
                            group * LANES + lane,
                            work[2, lane],
                            time_us,
                            offset,
                            work,
                            cohorts,
                            head.cohort,
                            at,
                            p,
                        )
    return number, late, infinite


@unmanaged
def count_peers(
    cells: Floats,
    groups: int,
    heads: npt.NDArray[Any],
    used: int,
    slot: int,
    column: int,
    time_us: int,
    most: int,
    p: Parameters,
) -> tuple[int, int]:
    """Of at most `most` devices of the same cohort: how many reported the metric lately, and how many of them left their baseline."""
    fresh = changed = 0
    cohort = heads[slot].cohort
    for peer in range(used):
        if peer == slot:
            continue
        if (
            cohort < 0
            or heads[peer].cohort != cohort
            or abs(heads[peer].last_us - time_us) >= p.peer_fresh_s * US
        ):
            continue
        base, lane = (peer * groups + column // LANES) * FIELDS, column % LANES
        if cells[base + COUNT, lane] < p.warm_up:
            continue
        fresh += 1
        changed += abs(cells[base + Z, lane]) >= p.peer_changed_z or cells[base + ACTIVE, lane] != NONE
        if fresh >= most:
            break
    return fresh, changed


@unmanaged
def count_members(heads: npt.NDArray[Any], members: npt.NDArray[np.int32]) -> None:
    """How many of these devices each cohort has, into the place of its number + 1."""
    members[:] = 0
    for slot in range(heads.shape[0]):
        if 0 <= heads[slot].cohort < members.shape[0] - 1:
            members[heads[slot].cohort + 1] += 1
