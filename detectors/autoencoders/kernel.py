"""The compiled heart of the ensemble: each event is judged, then learned as far as it deserves, and now and then shown to the reference.

KitNET (Mirsky, Doitshman, Elovici & Shabtai 2018): an autoencoder for each group of features, and one over the groups' errors, whose own
error is the score. Different here: a feature's error counts in units of its usual one, so that a noisy feature does not drown a precise
one; group errors are logarithms; and the score has both parts, the output's error and the groups' own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors import conformal
from detectors.autoencoders import memory as m
from detectors.autoencoders.gate import doubt, forgive, weigh
from detectors.autoencoders.network import ONE, ZERO, error, errors, follow, forward, learn, means, rows_of
from detectors.autoencoders.scaling import logarithm, put, stretch, value_at
from detectors.baseline.lanes import unmanaged
from detectors.baseline.vector import load, store

VERSION = 1  # any change of a score or of the state
ROWS = rows_of(1)
RATE = 0.01  # of a step, over the squared size of what it acts on
USUAL_SHARE = 1.0 / 2000.0  # by which usual errors follow an event
KEEP = 0.5  # the least weight of an event that is kept for the map
LIMIT = 4.0  # usual errors at which a score is 0.5
TELL = 0.4  # the least score that is explained
EVERY = 8  # of learned events, one is shown to the reference
DIVERGED_EVENTS = 256.0  # shown events of which the share beyond the reference's limit is
DEVIATIONS = 3.0
LEAST_WEIGHT = 0.01
ANY = np.float32(-np.inf)
FILLS = 4  # times missing values are made out from the others


@unmanaged
def fill(work: Any, row: int) -> None:
    """What is missing is what the others make of it, so that it spoils their own reconstruction less than its mean would."""
    there = load(work.there, row)
    store(work.x, row, there * load(work.x, row) + (ONE - there) * load(work.v, row))


@unmanaged
def judge(cells: Any, units: Any, groups: int, blocks: int, holes: bool, work: Any) -> float:
    """How far what is in `work` is from what is learned, in usual errors; 0 where nothing is there."""
    last = len(units) - 1
    first = means(last * ROWS, blocks)
    for block in range(blocks):
        store(work.there, last + block, ZERO)
        store(work.x, last + block, load(cells, first + block))
    powers, count = 0.0, 0.0
    for group in range(groups):
        forward(cells, group * ROWS, 1, units[group], work, group, group)
        if holes:
            for _ in range(FILLS):
                fill(work, group)
                forward(cells, group * ROWS, 1, units[group], work, group, group)
        found = error(cells, group * ROWS, 1, work, group, ANY)
        if found >= 0.0:
            work.x[last + group // 8, group % 8] = math.log(1.0 + found)
            work.there[last + group // 8, group % 8] = 1.0
            powers += found**4
            count += 1.0
    if count == 0.0:
        return 0.0
    forward(cells, last * ROWS, blocks, units[last], work, last, last)
    out = error(cells, last * ROWS, blocks, work, last, ZERO)
    return together(float(out), (powers / count) ** 0.25)


@unmanaged
def together(out: float, inner: float) -> float:
    """The score of the output's error and the groups' own."""
    return math.sqrt((out * out + inner * inner) / 2.0)


@unmanaged
def show(memory: Any, work: Any, values: Any, groups: int, blocks: int) -> float:
    """Judge values that are logarithms less their origins by the model."""
    there = put(values, memory.ranges, memory.cells, memory.places, groups, ROWS, work)
    return judge(memory.cells, memory.units, groups, blocks, there < len(values), work)


@unmanaged
def prepare(memory: Any, row: Any, values: Any) -> int:
    """A row's values as logarithms less their origins, NaN for missing ones; how many there are."""
    there = 0
    for feature in range(len(values)):
        values[feature] = logarithm(row[feature], memory.origin[feature])
        there += not math.isnan(values[feature])
    return there


@unmanaged
def set_origins(memory: Any, row: Any) -> None:
    """A feature's first value is its origin."""
    for feature in range(len(row)):
        if math.isnan(memory.origin[feature]):
            memory.origin[feature] = logarithm(row[feature], 0.0)


@unmanaged
def examine(memory: Any, work: Any, row: Any, values: Any) -> float:
    """Judge a row and leave in `work` what the autoencoders make of it; nothing is learned."""
    prepare(memory, row, values)
    last = len(memory.units) - 1
    return show(memory, work, values, int(memory.scalars[m.GROUPS]), work.x.shape[0] - last)


@unmanaged
def adjust(cells: Any, units: Any, groups: int, blocks: int, work: Any, step: float, share: float) -> None:
    """Learn what was just judged; `share` is by how much usual errors move."""
    last = len(units) - 1
    for group in range(groups):
        follow(cells, group * ROWS, 1, work, group, np.float32(share))
        learn(cells, group * ROWS, 1, units[group], work, group, group, np.float32(step))
    follow(cells, last * ROWS, blocks, work, last, np.float32(share))
    learn(cells, last * ROWS, blocks, units[last], work, last, last, np.float32(step))


@unmanaged
def loudest(places: Any, groups: int, work: Any) -> tuple[int, int]:
    """The lane of the feature that is furthest from its reconstruction, in usual errors; -1 for none."""
    most, best_group, best_lane = np.float32(0), -1, -1
    for group in range(groups):
        for lane in range(places.shape[1]):
            if work.z[group, lane] > most:
                most, best_group, best_lane = work.z[group, lane], group, lane
    return best_group, best_lane


@unmanaged
def explain(memory: Any, work: Any, group: int, lane: int, value: float, told: Any) -> None:
    """Actual value, reconstructed one, and what would be usual beside it."""
    feature = memory.places[group, lane]
    deviation = math.sqrt(memory.cells[errors(group * ROWS, 1), lane])
    told[0] = value
    for place in range(3):
        at = work.v[group, lane] + (0.0, -DEVIATIONS, DEVIATIONS)[place] * deviation
        told[1 + place] = value_at(memory.ranges, feature, at, memory.origin[feature])


@unmanaged
def compare(memory: Any, values: Any, groups: int, blocks: int, work: Any) -> None:
    """Show a learned event to the reference: how many of them it would call odd is how far the model has left it."""
    scalars = memory.scalars
    there = put(values, memory.reference_ranges, memory.reference_cells, memory.places, groups, ROWS, work)
    found = judge(memory.reference_cells, memory.units, groups, blocks, there < len(values), work)
    beyond = 1.0 if found > scalars[m.LIMIT] else 0.0
    scalars[m.DIVERGED] += (beyond - scalars[m.DIVERGED]) / DIVERGED_EVENTS


@unmanaged
def keep(memory: Any, values: Any) -> bool:
    """Keep one of the first trusted events; whether the map is to be learned now."""
    count = int(memory.scalars[m.KEPT_EVENTS])
    if count >= m.KEPT:
        return False
    for feature in range(len(values)):
        memory.kept[count, feature] = values[feature]
    memory.scalars[m.KEPT_EVENTS] += 1.0
    due = False
    for fit in m.FITS:
        due |= count + 1 == fit
    return due


@unmanaged
def observe(
    memory: Any,
    work: Any,
    values: Any,
    start: int,
    rows: Any,
    times_us: Any,
    trust: Any,
    scores: Any,
    p_values: Any,
    features: Any,
    evidence: Any,
) -> int:
    """Judge and learn events from `start` on until the map is to be learned anew; the row behind the last one taken."""
    scalars = memory.scalars
    groups, last = int(scalars[m.GROUPS]), len(memory.units) - 1
    blocks = work.x.shape[0] - last
    for row in range(start, len(rows)):
        scalars[m.EVENTS] += 1.0
        if scalars[m.FITTED] < m.KEPT:
            set_origins(memory, rows[row])
        if prepare(memory, rows[row], values) == 0:
            scalars[m.EMPTY] += 1.0
            continue
        weight = trust[row]
        if groups > 0:
            found = show(memory, work, values, groups, blocks)
            scores[row] = found / (found + LIMIT)
            p_values[row] = conformal.p_value(memory.usual, found)
            group, lane = loudest(memory.places, groups, work)
            if group >= 0:
                features[row] = memory.places[group, lane]
                if scores[row] >= TELL:
                    explain(memory, work, group, lane, rows[row, features[row]], evidence[row])
            forgive(memory.bands, float(times_us[row]) - scalars[m.LAST_US])
            scalars[m.LAST_US] = max(scalars[m.LAST_US], float(times_us[row]))
            weight = weigh(memory.bands, memory.usual, found, p_values[row], trust[row])
            if weight >= LEAST_WEIGHT:
                step = RATE * weight * doubt(found)
                adjust(memory.cells, memory.units, groups, blocks, work, step, USUAL_SHARE * weight)
                stretch(memory.ranges, values, weight)
                scalars[m.LEARNED] += 1.0
                if int(scalars[m.LEARNED]) % EVERY == 0:
                    compare(memory, values, groups, blocks, work)
        if weight >= KEEP and keep(memory, values):
            return row + 1
    return len(rows)
