"""One pass over a batch's rows: each report is scored against its device's row, then learned; findings are written down."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline import row as r
from detectors.baseline.lanes import MOST, Floats, compiled, step
from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.baseline.vector import prefetch

US = 1e6
FIELDS, LANES, WAVES = r.FIELDS, r.LANES, r.WAVES
ACTIVE, COUNT, LEVEL, SPREAD, LOW, HIGH, Z = r.ACTIVE, r.COUNT, r.LEVEL, r.SPREAD, r.LOW, r.HIGH, r.Z
UNREST_AGE, ODD_AGE, SAME_AGE, ENERGY = r.UNREST_AGE, r.ODD_AGE, r.SAME_AGE, r.ENERGY
TAIL, EXCESS, RESIDUAL, RHYTHM = r.TAIL, r.EXCESS, r.RESIDUAL, r.RHYTHM
NONE, SPIKE, DRIFT, NOISE, STUCK = r.NONE, r.SPIKE, r.DRIFT, r.NOISE, r.STUCK
MINUTES = 7 * 24 * 60
NAN = np.float32(np.nan)
AHEAD = 4
# A device beside its row: its newest and first report (microseconds and whole seconds since 1970) and its cohort's number.
HEAD = np.dtype([("last_us", np.int64), ("first_s", np.int32), ("cohort", np.int32)])
# One finding of the kernel: the row and metric column it was raised on and what was normal then.
FOUND = np.dtype(
    [
        ("row", np.int64),
        ("metric", np.int64),
        ("kind", np.int64),
        ("since", np.int64),
        ("actual", np.float64),
        ("level", np.float64),
        ("deviation", np.float64),
        ("low", np.float64),
        ("high", np.float64),
        ("z", np.float64),
        ("count", np.int64),
        ("energy", np.float64),
        ("p_value", np.float64),
    ]
)


def waves() -> Floats:
    """Sine and cosine of the day, of half a day and of the week, for every minute of the week (UTC; 1970 began it on a Thursday)."""
    minutes = np.arange(MINUTES)
    turns = [minutes / 1440, minutes / 720, minutes / MINUTES]
    table = np.zeros((MINUTES, LANES), np.float32)
    for number, turn in enumerate(turns):
        table[:, 2 * number] = np.sin(2 * np.pi * turn)
        table[:, 2 * number + 1] = np.cos(2 * np.pi * turn)
    return table


TABLE = waves()


@compiled
def rhythm(cells: Floats, base: int, lane: int, wave: Floats, ripe: Any) -> Any:
    """What the rhythm adds to the level now."""
    cycle = power = 0.0
    for number in range(WAVES):
        term = cells[base + RHYTHM + number, lane]
        cycle += term * wave[number]
        power += 0.5 * term * term
    trust = 4.0 * (power / (power + cells[base + RESIDUAL, lane] + 1e-30) - 0.5)
    return ripe * min(max(trust, 0.0), 1.0) * cycle


@compiled
def tail_probability(z: float, tail: float, excess: float, count: float) -> Any:
    """How often a report is that far off, two-sided: the share beyond 2 deviations, above it a Pareto tail with the mean excess seen.

    Learned of this very metric, so it holds for heavy tails too; never less than one in ten times the reports seen (Hill 1975, on why
    a tail is not extrapolated further).
    """
    if abs(z) <= 2.0:
        return 1.0
    share = max(tail, 1.0 / max(count, 1.0))
    index = min(max(1.0 + 2.0 * share / max(excess, 1e-6), 2.0), 8.0)
    return max(share * (abs(z) / 2.0) ** -index, 0.1 / max(count, 1.0))


@compiled
def report(
    found: Any,
    cells: Floats,
    base: int,
    lane: int,
    row: int,
    metric: int,
    value: float,
    time_us: int,
    offset: float,
    p: Parameters,
) -> None:
    """Write down a finding as it is at this moment; what was normal is not learned further while it lasts."""
    kind = int(cells[base + ACTIVE, lane])
    age_s = np.float32(0)
    if kind == SPIKE:
        age_s = cells[base + ODD_AGE, lane]
    elif kind == DRIFT:
        age_s = cells[base + UNREST_AGE, lane]
    elif kind == STUCK:
        age_s = cells[base + SAME_AGE, lane]
    level = cells[base + LEVEL, lane] + offset
    found.row = row
    found.metric = metric
    found.kind = kind
    found.since = time_us - round(age_s * 1000.0) * 1000
    found.actual = value
    found.level = level
    found.deviation = max(math.sqrt(cells[base + SPREAD, lane]), p.floor_share * abs(level), p.floor)
    found.low = cells[base + LOW, lane]
    found.high = cells[base + HIGH, lane]
    found.z = cells[base + Z, lane]
    found.count = int(cells[base + COUNT, lane])
    found.energy = cells[base + ENERGY, lane]
    found.p_value = tail_probability(
        cells[base + Z, lane], cells[base + TAIL, lane], cells[base + EXCESS, lane], cells[base + COUNT, lane]
    )


@compiled
def score(  # noqa: PLR0912 - one pass, and a call a branch would pass a dozen arguments
    cells: Floats,
    groups: int,
    heads: npt.NDArray[Any],
    order: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    times_us: npt.NDArray[np.int64],
    values: Floats,
    sources: npt.NDArray[np.int64],
    table: Floats,
    found: npt.NDArray[Any],
    p: Parameters = DEFAULTS,
) -> tuple[int, int, int]:
    """Score and learn rows in the order given; returns how many findings were written to `found`, rows were late, values infinite.

    `cells` is (slots * groups * FIELDS, LANES); `values` (columns, rows) with NaN for none; `sources[c]` is the value column of metric
    column c, -1 for none. A row not newer than its device's newest is late or a duplicate: counted, not scored. What float32 can't hold is
    infinite and taken as missing. `found` must have room for every value.
    """
    number, late, infinite = 0, 0, 0
    work = np.empty((1, LANES), np.float32)
    given = np.empty(LANES, np.float32)
    before_s, level_weight, spread_weight = -1.0, np.float32(0), np.float32(0)
    height = groups * FIELDS
    for place in range(order.shape[0]):
        row = order[place]
        if place + AHEAD < order.shape[0]:
            ahead = slots[order[place + AHEAD]] * height
            for line in range(0, height, 2):
                prefetch(cells, ahead + line)
        slot, time_us = slots[row], times_us[row]
        head = heads[slot]
        last_us = head.last_us
        if time_us <= last_us:
            late += 1
            continue
        gap_s = (time_us - last_us) / US if last_us > 0 else 0.0
        if last_us == 0:
            head.first_s = min(time_us // 1_000_000, 2147483647)
        head.last_us = time_us
        if gap_s != before_s:
            before_s = gap_s
            level_weight = np.float32(1.0 - math.exp(-gap_s / p.level_tau_s))
            spread_weight = np.float32(1.0 - math.exp(-gap_s / p.spread_tau_s))
        wave = table[(time_us // 60_000_000) % MINUTES]
        days = (time_us / US - head.first_s) / 86_400.0
        ripe = np.float32(min(max(days - 2.0, 0.0), 1.0))
        for group in range(groups):
            base = slot * height + group * FIELDS
            some = False
            for lane in range(LANES):
                source = sources[group * LANES + lane]
                value = values[source, row] if source >= 0 else NAN
                if abs(value) > MOST:
                    infinite += math.isinf(value)
                    value = NAN if math.isinf(value) else math.copysign(MOST, value)
                work[0, lane] = value
                given[lane] = value
                some |= not math.isnan(value)
            if not some:
                for lane in range(LANES):
                    some |= cells[base + COUNT, lane] > 0
                if not some:
                    continue
            if step(cells, base, work, wave, np.float32(gap_s), level_weight, spread_weight, ripe, p):
                for lane in range(LANES):
                    if work[0, lane] != NONE:
                        offset = rhythm(cells, base, lane, wave, ripe)
                        metric = group * LANES + lane
                        report(found[number], cells, base, lane, row, metric, given[lane], time_us, offset, p)
                        number += 1
    return number, late, infinite


@compiled
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
