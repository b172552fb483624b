"""What came first and was trusted: events that are kept, to which bins, sketch and tables are fitted anew a few times.

The unit of sizes is the reference's largest 1% at first; from then on it follows the largest 1% of what is taken for usual (`trust`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled, managed, unmanaged
from detectors.traffic import calibration as c
from detectors.traffic.calibration import quantile, tabulate
from detectors.traffic.memory import (
    EVENTS,
    EXTREMES,
    FITS,
    GATE_UNIT,
    JUMPED,
    LEARNED,
    RELATED,
    SCALE,
    TOTAL,
    UNIT,
    USUAL,
    VIEW_UNIT,
)
from detectors.traffic.survey import discount, judge, record, survey, teach
from detectors.traffic.symbols import cut, fit, sort_kinds, squeeze

REFERENCE_SHARE = 0.01
PRECISION = 20.0  # of odds in bins
LEAST_UNIT = 0.5  # of the reference's own
MOST_WEIGHT = 1e6
EVERY_UNIT, ENOUGH_USUAL = 64, 100.0  # events until the unit is read anew, and the least it is read from


@compiled
def tabulate_all(memory: Any) -> None:
    """Make every view's table anew."""
    for view in range(len(memory.nats)):
        tabulate(memory.histograms[view], memory.scalars[VIEW_UNIT], memory.nats[view])


@compiled
def learn_again(memory: Any, kept: int) -> None:
    """Fit bins to the kept events, count those anew, and judge each by all others."""
    numbers, columns, views = memory.kept_numbers, len(memory.kinds), len(memory.weights)
    if kept == FITS[0]:
        squeeze(numbers, kept, memory.middles, memory.cores)
        memory.ages[:], memory.scales[:], memory.levels[:], memory.covariance[:] = 0, 0.0, 0.0, 0.0
        memory.spreads[:] = 1.0
        memory.scalars[RELATED], memory.scalars[JUMPED] = 0.0, 0.0
    fit(numbers, kept, memory.lows, memory.widths)
    memory.ranges[0], memory.ranges[1] = memory.lows, memory.lows + memory.widths
    sort_kinds(memory.kept_words, kept, len(memory.lows), memory.kinds, memory.names)
    memory.sketch[:], memory.histograms[:], memory.gate[:] = 0.0, 0.0, 0.0
    memory.scalars[EXTREMES], memory.scalars[GATE_UNIT] = 0.0, 1.0
    sizes = np.zeros(kept)
    memory.scalars[TOTAL], memory.scalars[UNIT] = float(kept), 1.0
    memory.scalars[VIEW_UNIT] = 1.0
    fine, coarse = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    far, found = np.zeros(columns), np.zeros(views)
    for turn in range(3):
        for row in range(kept):
            device = memory.kept_devices[row]
            cut(
                numbers[row],
                memory.kept_words[row],
                memory.lows,
                memory.widths,
                memory.ranges,
                fine,
                coarse,
                far,
            )
            if turn == 0:
                teach(memory, device, fine, coarse, 1.0)
                continue
            teach(memory, device, fine, coarse, -1.0)
            survey(memory, device, fine, coarse, far, kept - 1.0, found)
            teach(memory, device, fine, coarse, 1.0)
            found[views - memory.kept_extras.shape[1] :] = memory.kept_extras[row]
            discount(memory, memory.kept_near[row], found)
            if turn == 1:
                record(memory, found, 1.0)
            else:
                sizes[row] = judge(memory, found)[0]
        tabulate_all(memory)
    memory.scalars[SCALE] = max(np.sort(sizes)[int((1.0 - REFERENCE_SHARE) * (kept - 1))], 1.0)


@managed
def keep(memory: Any, values: Any, words: Any, device: Any, near: Any, extras: Any) -> None:
    """Keep one of the first trusted events, and fit to them when it is time."""
    at = int(memory.scalars[LEARNED])
    memory.kept_numbers[at], memory.kept_words[at], memory.kept_devices[at] = values, words, device
    memory.kept_near[at], memory.kept_extras[at] = near, extras
    memory.scalars[LEARNED] += 1.0
    for due in FITS:
        if at + 1 == due:
            learn_again(memory, due)


@unmanaged
def renew(memory: Any) -> None:
    """One view's table every few events; counts are scaled down before they are too large for 32 bits."""
    scalars = memory.scalars
    scalars[EVENTS] += 1.0
    events = int(scalars[EVENTS])
    if events % c.EVERY == 0:
        view = (events // c.EVERY) % len(memory.nats)
        tabulate(memory.histograms[view], scalars[VIEW_UNIT], memory.nats[view])
    if events % EVERY_UNIT == 0 and memory.gate[0] / scalars[GATE_UNIT] > ENOUGH_USUAL:
        place = quantile(memory.gate, REFERENCE_SHARE)
        scalars[USUAL] = max((math.exp(place / c.PER_NAT) - 1.0) / PRECISION, LEAST_UNIT)
    if max(scalars[GATE_UNIT], scalars[UNIT], scalars[VIEW_UNIT]) > MOST_WEIGHT:
        scale_down(memory)


@managed
def scale_down(memory: Any) -> None:
    """Counts and their unit as if nothing had faded, where the unit is too large."""
    scalars = memory.scalars
    if scalars[GATE_UNIT] > MOST_WEIGHT:
        memory.gate[:] /= scalars[GATE_UNIT]
        scalars[GATE_UNIT] = 1.0
    if scalars[UNIT] > MOST_WEIGHT:
        memory.sketch[:] /= np.float32(scalars[UNIT])
        scalars[TOTAL], scalars[UNIT] = scalars[TOTAL] / scalars[UNIT], 1.0
    if scalars[VIEW_UNIT] > MOST_WEIGHT:
        memory.histograms[:] /= scalars[VIEW_UNIT]
        scalars[VIEW_UNIT] = 1.0
