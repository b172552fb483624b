"""The compiled heart of the baseline: one pass over a batch's rows, score before learn, no Python object a device.

A cell is one metric of one device. Its level is an exponentially weighted mean whose weight depends on the time since the device's last
report (equal to river's `stats.Mean` at first and to `stats.EWMean` at even spacing); its spread is the same mean of the squared one-step
errors. `p` are the numbers of `parameters`; a change of their defaults is a new `parameters.VERSION`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from detectors.baseline.parameters import DEFAULTS, Parameters

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(cache=True))
NONE, SPIKE, DRIFT = 0, 1, 2
US = 1e6

# Times are microseconds since 1970; `*_since` are 0 while there is nothing to date.
CELL = np.dtype(
    [
        ("count", np.int64),
        ("level", np.float64),
        ("spread", np.float64),
        ("low", np.float64),
        ("high", np.float64),
        ("z", np.float64),
        ("rise", np.float64),
        ("fall", np.float64),
        ("rise_since", np.int64),
        ("fall_since", np.int64),
        ("odd_since", np.int64),
        ("active_since", np.int64),
        ("active", np.int64),
        ("odd", np.int32),
        ("calm", np.int32),
    ]
)
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
    ]
)


@compiled
def weight(count: int, gap_s: float, tau_s: float) -> float:
    """How much the next value counts: 1/n while there are few values, then by the time that passed."""
    return max(1.0 - math.exp(-gap_s / tau_s), 1.0 / count)


@compiled
def deviation(cell: Any, p: Parameters = DEFAULTS) -> Any:
    """One standard deviation of a cell's errors, never less than the floor."""
    return max(math.sqrt(cell.spread), p.floor_share * abs(cell.level), p.floor)


@compiled
def learn(cell: Any, value: float, gap_s: float, p: Parameters = DEFAULTS) -> None:
    """Take a value into the cell's level, spread and range."""
    cell.count += 1
    if cell.count == 1:
        cell.level = value
        cell.low = value
        cell.high = value
        return
    error = value - cell.level
    if cell.count > p.warm_up:
        most = p.clip_z * deviation(cell, p)
        error = min(max(error, -most), most)
    cell.spread += weight(cell.count, gap_s, p.spread_tau_s) * (error * error - cell.spread)
    cell.level += weight(cell.count, gap_s, p.level_tau_s) * error
    cell.low = min(cell.low, cell.level + error)
    cell.high = max(cell.high, cell.level + error)


@compiled
def accumulate(cell: Any, z: float, time_us: int, p: Parameters = DEFAULTS) -> None:
    """Take one error into the two cumulative sums and remember when each left zero."""
    cut = min(max(z, -p.cusum_clip_z), p.cusum_clip_z)
    rise = max(0.0, cell.rise + cut - p.cusum_allowance_z)
    fall = max(0.0, cell.fall - cut - p.cusum_allowance_z)
    if rise > 0.0 and cell.rise == 0.0:
        cell.rise_since = time_us
    if fall > 0.0 and cell.fall == 0.0:
        cell.fall_since = time_us
    cell.rise = rise
    cell.fall = fall


@compiled
def settle(cell: Any) -> None:
    """Nothing odd is going on (any more)."""
    cell.active = NONE
    cell.odd = 0
    cell.calm = 0
    cell.rise = 0.0
    cell.fall = 0.0


@compiled
def outside(cell: Any, value: float, p: Parameters = DEFAULTS) -> Any:
    """Whether a value is clearly outside everything learned so far."""
    margin = p.range_margin * (cell.high - cell.low)
    return value > cell.high + margin or value < cell.low - margin


@compiled
def judge(cell: Any, value: float, z: float, time_us: int, p: Parameters = DEFAULTS) -> int:
    """The kind of finding this value completes, NONE where it completes none; changes the cell's alarms, not what it learned."""
    limit = p.escalate_z if cell.active == DRIFT else p.spike_z
    if cell.active != SPIKE and abs(z) >= limit and outside(cell, value, p):
        if cell.odd == 0:
            cell.odd_since = time_us
        cell.odd += 1
        if cell.odd >= p.spike_reports:
            cell.active = SPIKE
            cell.active_since = time_us
            cell.calm = 0
            return SPIKE
    else:
        cell.odd = 0
    if cell.active == NONE:
        accumulate(cell, z, time_us, p)
        if max(cell.rise, cell.fall) > p.cusum_limit_z:
            cell.active = DRIFT
            cell.active_since = time_us
            cell.calm = 0
            return DRIFT
        return NONE
    cell.calm = cell.calm + 1 if abs(z) < p.calm_z else 0
    if cell.calm >= p.calm_reports:
        settle(cell)
    return NONE


@compiled
def step(cell: Any, value: float, time_us: int, gap_s: float, p: Parameters = DEFAULTS) -> int:
    """Score one value against what the cell learned before it, then learn it; returns the kind of finding it completes."""
    found = NONE
    if cell.count >= p.warm_up:
        if gap_s > p.gap_s:
            cell.rise = 0.0
            cell.fall = 0.0
        cell.z = (value - cell.level) / deviation(cell, p)
        found = judge(cell, value, cell.z, time_us, p)
        if cell.active != NONE and time_us - cell.active_since > p.adopt_s * US:
            settle(cell)
            cell.level = value
            cell.low = min(cell.low, value)
            cell.high = max(cell.high, value)
    if cell.active == NONE:
        learn(cell, value, gap_s, p)
    return found


@compiled
def report(found: Any, cell: Any, row: int, metric: int, kind: int, value: float, p: Parameters) -> None:
    """Write down a finding as it is at this moment."""
    found.row = row
    found.metric = metric
    found.kind = kind
    found.since = cell.odd_since
    if kind == DRIFT:
        found.since = cell.rise_since if cell.rise > cell.fall else cell.fall_since
    found.actual = value
    found.level = cell.level
    found.deviation = deviation(cell, p)
    found.low = cell.low
    found.high = cell.high
    found.z = cell.z
    found.count = cell.count


@compiled
def score(
    cells: npt.NDArray[Any],
    last_us: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
    times_us: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    metrics: npt.NDArray[np.int64],
    found: npt.NDArray[Any],
    p: Parameters = DEFAULTS,
) -> tuple[int, int]:
    """Score and learn rows in the order given; returns how many findings were written to `found` and how many rows were late.

    `cells` is (slots, metrics); `values` (rows, columns) with NaN for none; `metrics[c]` is the cell column of value column c. A row
    not newer than its device's newest is late or a duplicate: counted, not scored. `found` must have room for every value.
    """
    number, late = 0, 0
    for row in range(slots.shape[0]):
        slot, time_us = slots[row], times_us[row]
        if time_us <= last_us[slot]:
            late += 1
            continue
        gap_s = (time_us - last_us[slot]) / US
        last_us[slot] = time_us
        for column in range(metrics.shape[0]):
            value = values[row, column]
            if math.isnan(value):
                continue
            cell = cells[slot, metrics[column]]
            kind = step(cell, value, time_us, gap_s, p)
            if kind != NONE:
                report(found[number], cell, row, metrics[column], kind, value, p)
                number += 1
    return number, late


def compile_all() -> None:
    """Compile every kernel now (seconds the first time, then from numba's cache) so that no record waits for it."""
    column = np.zeros(1, np.int64)
    score(
        np.zeros((1, 1), CELL),
        column.copy(),
        column,
        column + 1,
        np.zeros((1, 1)),
        column,
        np.zeros(1, FOUND),
        DEFAULTS,
    )
