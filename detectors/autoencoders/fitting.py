"""Learning from the first trusted events: ranges, feature map, weights drawn anew and trained, and what errors are usual.

Three quarters of the kept events train, in several passes in an order that is mixed but fixed; the others, never trained on, say how
large errors usually are and what scores are usual (split conformal prediction, Papadopoulos et al. 2002): on its own training data a
net always looks too good. The frozen reference is the model as it is then.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors import conformal
from detectors.autoencoders import kernel, scaling
from detectors.autoencoders import memory as m
from detectors.autoencoders.judgement import ROWS
from detectors.autoencoders.mapping import map_features
from detectors.autoencoders.network import LANES, LEAST_VARIANCE, errors, learn, means
from detectors.autoencoders.principal import start
from detectors.compiling import compiled

STEPS, MOST_PASSES = 16_000, 60  # events shown in all passes together, and passes
RATES = (0.2, 0.02)  # of the first and the last pass
HELD_OUT = 4  # each fourth event
STRIDE = 7919  # a prime: the order of training
AGREED = 0.1  # the share of events beyond the reference's limit while the model agrees with it


@compiled
def is_held_out(event: int) -> bool:
    """Whether a kept event says what is usual instead of training."""
    return event % HELD_OUT == HELD_OUT - 1


@compiled
def show(memory: Any, work: Any, event: int, groups: int, blocks: int) -> float:
    """Judge a kept event."""
    return float(kernel.show(memory, work, memory.kept[event].astype(np.float64), groups, blocks))


@compiled
def train(memory: Any, work: Any, count: int, groups: int, blocks: int, outer: bool) -> None:
    """Several passes over the training events: of the groups' autoencoders, or of the `outer` one."""
    passes, last = min(max(STEPS // count, 1), MOST_PASSES), len(memory.units) - 1
    for turn in range(passes):
        rate = np.float32(RATES[0] * (RATES[1] / RATES[0]) ** (turn / passes))
        for step in range(count):
            event = int(step * STRIDE + memory.scalars[m.SEED]) % count
            if is_held_out(event):
                continue
            show(memory, work, event, groups, blocks)
            if outer:
                learn(memory.cells, last * ROWS, blocks, memory.units[last], work, last, last, rate)
            else:
                for group in range(groups):
                    learn(memory.cells, group * ROWS, 1, memory.units[group], work, group, group, rate)


@compiled
def begin(memory: Any, work: Any, count: int, groups: int, blocks: int, outer: bool) -> None:
    """Means and first weights of the groups' autoencoders or of the `outer` one, from what they see of the training events."""
    first, stop = (len(memory.units) - 1, len(work.x)) if outer else (0, groups)
    seen = np.zeros((count, (stop - first) * LANES))
    there = np.zeros((count, (stop - first) * LANES))
    for event in range(count):
        show(memory, work, event, groups, blocks)
        if not is_held_out(event):
            seen[event], there[event] = work.x[first:stop].ravel(), work.there[first:stop].ravel()
    middle = (seen * there).sum(0) / np.maximum(there.sum(0), 1.0)
    seen = (seen - middle) * there
    for row in range(stop - first):
        place = means(first * ROWS, blocks) + row if outer else means(row * ROWS, 1)
        memory.cells[place] = middle[row * LANES : (row + 1) * LANES].astype(np.float32)
    if outer:
        memory.units[first] = start(memory.cells, first * ROWS, blocks, seen, there, middle)
        return
    for group in range(groups):
        lanes = slice(group * LANES, (group + 1) * LANES)
        memory.units[group] = start(
            memory.cells, group * ROWS, 1, seen[:, lanes], there[:, lanes], middle[lanes]
        )


@compiled
def set_usual_errors(memory: Any, work: Any, count: int, groups: int, blocks: int, outer: bool) -> None:
    """The held-out events' mean squared errors, each cut at sixteen times that mean."""
    first, stop = (len(memory.units) - 1, len(work.x)) if outer else (0, groups)
    usual = np.full((stop - first, LANES), np.inf)
    for _ in range(3):
        sums, counts = np.zeros((stop - first, LANES)), np.zeros((stop - first, LANES))
        for event in range(count):
            if is_held_out(event):
                show(memory, work, event, groups, blocks)
                sums += np.minimum(work.e[first:stop].astype(np.float64) ** 2, 16.0 * usual)
                counts += work.there[first:stop]
        usual = np.maximum(sums / np.maximum(counts, 1.0), LEAST_VARIANCE)
    for row in range(stop - first):
        place = errors(first * ROWS, blocks) + row if outer else errors(row * ROWS, 1)
        memory.cells[place] = usual[row].astype(np.float32)


@compiled
def set_usual_scores(memory: Any, work: Any, count: int, groups: int, blocks: int) -> None:
    """The held-out events' scores, and the limit that the reference has."""
    memory.usual[:] = 0.0
    found = np.zeros(count // HELD_OUT)
    for place in range(len(found)):
        found[place] = show(memory, work, place * HELD_OUT + HELD_OUT - 1, groups, blocks)
        conformal.add(memory.usual, found[place])
    memory.scalars[m.LIMIT] = np.sort(found)[int((1.0 - AGREED) * (len(found) - 1))]
    memory.scalars[m.DIVERGED] = AGREED


@compiled
def freeze(memory: Any) -> None:
    """Make the model as it is now the reference."""
    memory.reference_ranges[:] = memory.ranges
    memory.reference_cells[:] = memory.cells


@compiled
def fit(memory: Any, work: Any) -> None:
    """Learn everything anew from the kept events."""
    count, last = int(memory.scalars[m.KEPT_EVENTS]), len(memory.units) - 1
    blocks = len(work.x) - last
    events = memory.kept[:count]
    scaling.fit(events, memory.ranges)
    placed = np.full(events.shape, np.float32(np.nan))
    for event in range(count):
        for feature in range(events.shape[1]):
            if not math.isnan(events[event, feature]):
                placed[event, feature] = scaling.place(memory.ranges, feature, events[event, feature])
    groups = map_features(placed, memory.places)
    memory.cells[:] = 0.0
    for group in range(groups):
        memory.cells[errors(group * ROWS, 1)] = 1.0
    memory.cells[errors(last * ROWS, blocks) : means(last * ROWS, blocks)] = 1.0
    for outer in (False, True):
        begin(memory, work, count, groups, blocks, outer)
        train(memory, work, count, groups, blocks, outer)
        set_usual_errors(memory, work, count, groups, blocks, outer)
    set_usual_scores(memory, work, count, groups, blocks)
    memory.scalars[m.GROUPS], memory.scalars[m.FITTED] = float(groups), float(count)
    freeze(memory)
