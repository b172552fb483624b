"""The compiled heart of the ensemble: each event is judged, then learned as far as it deserves, and now and then shown to the reference."""

from __future__ import annotations

import math
from typing import Any

from detectors import conformal
from detectors.autoencoders import memory as m
from detectors.autoencoders.gate import doubt, forgive, weigh
from detectors.autoencoders.judgement import ROWS, adjust, judge, loudest
from detectors.autoencoders.network import errors
from detectors.autoencoders.scaling import logarithm, put, stretch, value_at
from detectors.baseline.lanes import fused, unmanaged

VERSION = 1  # any change of a score or of the state
RATE = 0.01  # of a step, over the squared size of what it acts on
USUAL_SHARE = 1.0 / 2000.0  # by which usual errors follow an event
KEEP = 0.5  # the least weight of an event that is kept for the map
LIMIT = 4.0  # usual errors at which a score is 0.5
TELL = 0.4  # the least score that is explained
EVERY = 8  # of learned events, one is shown to the reference
DIVERGED_EVENTS = 256.0  # shown events of which the share beyond the reference's limit is
DEVIATIONS = 3.0
LEAST_WEIGHT = 0.01


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


@fused
def admit(memory: Any, row: Any, values: Any) -> bool:
    """Count a row and prepare its values; whether there are any."""
    memory.scalars[m.EVENTS] += 1.0
    if memory.scalars[m.FITTED] < m.KEPT:
        set_origins(memory, row)
    if prepare(memory, row, values) > 0:
        return True
    memory.scalars[m.EMPTY] += 1.0
    return False


@fused
def tell(memory: Any, work: Any, groups: int, row: Any, score: float, evidence: Any) -> int:
    """The feature that says most of a row just judged, -1 for none, explained where the score is worth it."""
    group, lane = loudest(memory.places, groups, work)
    if group < 0:
        return -1
    feature = memory.places[group, lane]
    if score >= TELL:
        explain(memory, work, group, lane, row[feature], evidence)
    return int(feature)


@fused
def deserve(memory: Any, time_us: float, found: float, p_value: float, trust: float) -> float:
    """The weight that an event is learned with, which depends on the events before it."""
    scalars = memory.scalars
    forgive(memory.bands, time_us - scalars[m.LAST_US])
    scalars[m.LAST_US] = max(scalars[m.LAST_US], time_us)
    return weigh(memory.bands, memory.usual, found, p_value, trust)


@fused
def learn(memory: Any, work: Any, values: Any, groups: int, blocks: int, found: float, weight: float) -> None:
    """Learn an event just judged."""
    scalars = memory.scalars
    step = RATE * weight * doubt(found)
    adjust(memory.cells, memory.units, groups, blocks, work, step, USUAL_SHARE * weight)
    stretch(memory.ranges, values, weight)
    scalars[m.LEARNED] += 1.0
    if int(scalars[m.LEARNED]) % EVERY == 0:
        compare(memory, values, groups, blocks, work)


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
    groups, last = int(memory.scalars[m.GROUPS]), len(memory.units) - 1
    blocks = work.x.shape[0] - last
    for row in range(start, len(rows)):
        if not admit(memory, rows[row], values):
            continue
        weight = trust[row]
        if groups > 0:
            found = show(memory, work, values, groups, blocks)
            scores[row] = found / (found + LIMIT)
            p_values[row] = conformal.p_value(memory.usual, found)
            features[row] = tell(memory, work, groups, rows[row], scores[row], evidence[row])
            weight = deserve(memory, float(times_us[row]), found, p_values[row], trust[row])
            if weight >= LEAST_WEIGHT:
                learn(memory, work, values, groups, blocks, found, weight)
        if weight >= KEEP and keep(memory, values):
            return row + 1
    return len(rows)
