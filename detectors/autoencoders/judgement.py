"""An event judged by all autoencoders, and learned by them.

KitNET (Mirsky, Doitshman, Elovici & Shabtai 2018): an autoencoder for each group of features, and one over the groups' errors, whose own
error is the score. Different here: a feature's error counts in units of its usual one, so that a noisy feature does not drown a precise
one; group errors are logarithms, and only those larger than expected count; and the score has both parts, the output's error and the
groups' own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.autoencoders.network import LANES, ONE, ZERO, error, follow, forward, learn, means, rows_of
from detectors.baseline.lanes import unmanaged
from detectors.baseline.vector import load, store

ROWS = rows_of(1)
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
            work.x[last + group // LANES, group % LANES] = math.log(1.0 + found)
            work.there[last + group // LANES, group % LANES] = 1.0
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
