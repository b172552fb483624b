"""What the kernel writes down of a finding, as it is at the moment of the report that completed it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.baseline import bins
from detectors.baseline import row as r
from detectors.baseline.cohort import Cohorts
from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.parameters import Parameters

WAVES, COUNT, LEVEL, SPREAD, Z = r.WAVES, r.COUNT, r.LEVEL, r.SPREAD, r.Z
LOW, HIGH, TODAY_LOW, TODAY_HIGH, DAYS = r.LOW, r.HIGH, r.TODAY_LOW, r.TODAY_HIGH, r.DAYS
ENERGY, AGE, SAME_AGE, RHYTHM, RESIDUAL, TIDE = r.ENERGY, r.AGE, r.SAME_AGE, r.RHYTHM, r.RESIDUAL, r.TIDE
SPIKE, DRIFT, NOISE, STUCK, RESTARTS = r.SPIKE, r.DRIFT, r.NOISE, r.STUCK, r.RESTARTS
JUMPS, ABOVE, BELOW, ENERGIES = bins.JUMP, bins.ABOVE, bins.BELOW, bins.ENERGY
# The row and metric column a finding was raised on (-1: on the device) and what was normal then. `p_value`: how often a healthy day of a
# device of the cohort has such a moment; 1 where that is not counted.
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


@unmanaged
def rhythm(cells: Floats, base: int, lane: int, wave: Floats, ripe: Any) -> Any:
    """What the rhythm adds to the level now."""
    cycle = power = 0.0
    for number in range(WAVES):
        term = cells[base + RHYTHM + number, lane]
        cycle += term * wave[number]
        power += 0.5 * term * term
    trust = 4.0 * (power / (power + cells[base + RESIDUAL, lane] + 1e-30) - 0.5)
    return ripe * min(max(trust, 0.0), 1.0) * cycle


@unmanaged
def report(
    found: Any,
    cells: Floats,
    base: int,
    lane: int,
    kind: int,
    row: int,
    metric: int,
    value: float,
    time_us: int,
    offset: float,
    p: Parameters,
) -> None:
    """Write down a finding on a metric. Of a drift, the range of the past days stands for what is usual, of all others the level now."""
    tide = cells[base + TIDE, lane]
    low, high = cells[base + LOW, lane] + tide, cells[base + HIGH, lane] + tide
    today_low, today_high = cells[base + TODAY_LOW, lane] + tide, cells[base + TODAY_HIGH, lane] + tide
    level = cells[base + LEVEL, lane] + offset
    deviation = max(math.sqrt(cells[base + SPREAD, lane]), p.floor_share * abs(level), p.floor)
    z = cells[base + Z, lane]
    age_s = cells[base + SAME_AGE, lane] if kind == STUCK else cells[base + AGE, lane]
    if kind == DRIFT:
        level, deviation = (low + high) / 2.0, max((high - low) / 6.0, deviation)
        z = np.float32((value - level) / deviation)
    elif cells[base + DAYS, lane] > 0:
        low, high = min(low, today_low), max(high, today_high)
    else:
        low, high = today_low, today_high
    found.row = row
    found.metric = metric
    found.kind = kind
    found.since = time_us - (round(age_s * 1000.0) * 1000 if kind != NOISE else 0)
    found.actual = value
    found.level = level
    found.deviation = deviation
    found.low = low
    found.high = high
    found.z = z
    found.count = int(cells[base + COUNT, lane])
    found.energy = cells[base + ENERGY, lane]
    found.p_value = 1.0


@unmanaged
def rarity(cohorts: Cohorts, place: int, lane: int, kind: int, above: Any, score: float) -> Any:
    """The p-value of a finding among the cohort's healthy days; 1 where there is none (a stuck sensor)."""
    if kind == SPIKE:
        return bins.p_value(cohorts.weights[place, lane, JUMPS], JUMPS, score)
    if kind == DRIFT:
        aspect = ABOVE if above else BELOW
        return bins.p_value(cohorts.weights[place, lane, aspect], aspect, score)
    if kind == NOISE:
        return bins.p_value(cohorts.weights[place, lane, ENERGIES], ENERGIES, score)
    return 1.0


@unmanaged
def report_restarts(found: Any, row: int, time_us: int, restarts: float) -> None:
    """Write down that a device starts again and again."""
    found.row = row
    found.metric = -1
    found.kind = RESTARTS
    found.since = time_us - 3_600_000_000
    found.actual = restarts
    found.level = found.low = found.high = 0.0
    found.deviation = 1.0
    found.z = restarts
    found.count = 0
    found.energy = 0.0
    found.p_value = 1.0
