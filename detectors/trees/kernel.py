"""Half-Space Trees (Tan, Ting & Liu 2011) over arrays: what river's `anomaly.HalfSpaceTrees` computes, bit for bit.

Scoring and learning an event take the same path, because an event counts at a node only after the walk went on from there: one walk does
both. Events between two changes of the reference don't influence one another, so a tree takes a block of them level by level, which
keeps the tree in the first cache and the processor's units busy. Sums are of whole numbers far below 2**53, so their order doesn't matter.

A tree is complete, so it is three arrays in breadth-first order: the children of node i are 2i + 1 and 2i + 2. A feature that is NaN is
missing: as in river, the walk goes on to the child that more events of the present window went through.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import compiled

BLOCK = 250  # events


@compiled
def below(node: int, value: float, threshold: float, mass: Any) -> int:
    """The next node of a walk."""
    left = 2 * node + 1
    if np.isnan(value):
        return left + 1 if mass[left] < mass[left + 1] else left
    return left if value < threshold else left + 1


@compiled
def walk_slowly(
    features: Any,
    thresholds: Any,
    mass: Any,
    reference: Any,
    height: int,
    least: float,
    values: Any,
    learned: Any,
    totals: Any,
) -> None:
    """Take a block through one tree event by event: for values that are missing, where the path depends on events before."""
    for row in range(len(values)):
        node, alive = 0, 1
        for depth in range(height):
            totals[row] += alive * (np.int64(reference[node]) << depth)
            alive = alive if reference[node] >= least else 0
            mass[node] += learned[row]
            node = below(node, values[row, features[node]], thresholds[node], mass)
        totals[row] += alive * (np.int64(reference[node]) << height)
        mass[node] += learned[row]


@compiled
def walk(
    features: Any,
    thresholds: Any,
    mass: Any,
    reference: Any,
    height: int,
    least: float,
    values: Any,
    learned: Any,
    totals: Any,
    nodes: Any,
    alive: Any,
) -> None:
    """Take a block through one tree level by level."""
    rows = len(values)
    nodes[:rows], alive[:rows] = 0, 1
    for depth in range(height):
        for row in range(rows):
            node = nodes[row]
            found = reference[node]
            totals[row] += alive[row] * (np.int64(found) << depth)
            alive[row] &= found >= least
            mass[node] += learned[row]
            nodes[row] = 2 * node + 1 + (values[row, features[node]] >= thresholds[node])
    for row in range(rows):
        totals[row] += alive[row] * (np.int64(reference[nodes[row]]) << height)
        mass[nodes[row]] += learned[row]


@compiled
def block_end(start: int, learned: Any, missing: int) -> int:
    """Where a block that starts there ends: at its size, or when `missing` more events are learned."""
    row = start
    while row < min(start + BLOCK, len(learned)) and missing > 0:
        missing -= learned[row]
        row += 1
    return row


@compiled
def whole(values: Any) -> bool:
    """Whether no value is missing."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            if np.isnan(values[row, column]):
                return False
    return True


@compiled
def observe(
    features: Any,
    thresholds: Any,
    mass: Any,
    reference: Any,
    counters: Any,
    height: int,
    window: int,
    values: Any,
    learned: Any,
    scores: Any,
) -> None:
    """Score each event, then learn it where `learned` is 1. Counters: events of this window, whether one is full."""
    trees, start = len(features), 0
    largest, least = trees * window * (2 ** (height + 1) - 1), 0.1 * window
    totals, nodes, alive = np.zeros(BLOCK, np.int64), np.zeros(BLOCK, np.uint32), np.zeros(BLOCK, np.int32)
    while start < len(values):
        stop = block_end(start, learned, window - counters[0])
        block, flags = values[start:stop], learned[start:stop]
        totals[:] = 0
        complete = whole(block)
        for tree in range(trees):
            one = (features[tree], thresholds[tree], mass[tree], reference[tree])
            if complete:
                walk(*one, height, least, block, flags, totals, nodes, alive)
            else:
                walk_slowly(*one, height, least, block, flags, totals)
        if counters[1]:
            for row in range(start, stop):
                scores[row] = 1 - totals[row - start] / largest
        counters[0] += flags.sum()
        if counters[0] == window:
            reference[:] = mass
            mass[:] = 0
            counters[0], counters[1] = 0, 1
        start = stop
