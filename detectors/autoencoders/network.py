"""One small autoencoder in lanes: eight features (or blocks of eight) in, at most eight hidden units, one pass forward, one back.

Visible x, hidden h = tanh(b + W x), reconstructed v = c + D h, loss half the squared error of what was there. The output is linear, so
nothing saturates where a value is far outside. W has a row a feature, with the hidden units as lanes, D a row a hidden unit, with the
features as lanes: both passes are multiplications of one number with a register. A step is normalised by the size of what it acts on
(Nagumo & Noda 1967) and errors and weights are cut, which keeps it stable whatever comes in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.baseline.lanes import inlined, unmanaged
from detectors.baseline.vector import larger, load, smaller, store

f32 = np.float32
LANES = 8
ZERO, ONE, HALF = f32(0), f32(1), f32(0.5)
# Beyond, the approximation of tanh would turn back; there it is 1 but for 1e-4.
MOST_TANH = f32(4.97)
# An error teaches as at most this much, a weight is never larger: neither is reached by data that was learned from.
MOST_ERROR, MOST_WEIGHT = f32(1), f32(128)
# A feature's usual squared error is at least this: a hundredth of half its range, squared.
LEAST_VARIANCE = f32(4e-4)
# A squared error counts as at most so many times the usual one where the usual one is learned (winsorised; Huber 1964).
MOST_SQUARES = f32(16)


def rows_of(blocks: int) -> int:
    """The rows of `cells` that an autoencoder of so many blocks of features takes."""
    return 19 * blocks + 2


@inlined
def by_unit(at: int, blocks: int) -> int:
    """Where the rows of D begin; those of W begin at `at`."""
    return at + LANES * blocks


@inlined
def hidden(at: int, blocks: int) -> int:
    """The row of the hidden units' biases; next is a row of zeros."""
    return at + 2 * LANES * blocks


@inlined
def visible(at: int, blocks: int) -> int:
    """Where the features' biases begin."""
    return at + 2 * LANES * blocks + 2


@inlined
def errors(at: int, blocks: int) -> int:
    """Where the features' usual squared errors begin."""
    return at + (2 * LANES + 1) * blocks + 2


@inlined
def means(at: int, blocks: int) -> int:
    """Where the features' means begin, which stand for missing ones."""
    return at + (2 * LANES + 2) * blocks + 2


@inlined
def tanh(x: Any) -> Any:
    """Lambert's continued fraction (1770), cut where it reaches 1; off by at most 1e-4."""
    a = larger(smaller(x, MOST_TANH), ZERO - MOST_TANH)
    s = a * a
    above = a * (f32(135135) + s * (f32(17325) + s * (f32(378) + s)))
    return above / (f32(135135) + s * (f32(62370) + s * (f32(3150) + s * f32(28))))


@unmanaged
def total(rows: Any, row: int) -> Any:
    """The sum of a row, in pairs, so that additions do not wait for one another."""
    first = (rows[row, 0] + rows[row, 4]) + (rows[row, 1] + rows[row, 5])
    return first + ((rows[row, 2] + rows[row, 6]) + (rows[row, 3] + rows[row, 7]))


@unmanaged
def forward(cells: Any, at: int, blocks: int, units: int, work: Any, row: int, unit: int) -> None:
    """Reconstruct `work.x` from row `row` on into `work.v`, the error of what is there into `work.e`; hidden units into `work.h[unit]`."""
    pre, other = load(cells, hidden(at, blocks)), load(cells, hidden(at, blocks) + 1)
    for block in range(blocks):
        first = at + block * LANES
        for lane in range(0, LANES, 2):
            pre = pre + work.x[row + block, lane] * load(cells, first + lane)
            other = other + work.x[row + block, lane + 1] * load(cells, first + lane + 1)
    store(work.h, unit, tanh(pre + other))
    for block in range(blocks):
        told = load(cells, visible(at, blocks) + block)
        for one in range(units):
            told = told + work.h[unit, one] * load(cells, by_unit(at, blocks) + one * blocks + block)
        store(work.v, row + block, told)
        store(work.e, row + block, (load(work.x, row + block) - told) * load(work.there, row + block))


@unmanaged
def error(cells: Any, at: int, blocks: int, work: Any, row: int, least: Any) -> Any:
    """How large the errors are in units of each feature's usual one, their squares into `work.z`; -1 where nothing is there.

    The fourth root of the mean fourth power: between the root mean square, in which seven usual features drown one odd one, and the
    largest, which forgets the others. Errors below `least` count as that.
    """
    powers, count = ZERO, ZERO
    for block in range(blocks):
        e = larger(load(work.e, row + block), least)
        z = e * e / load(cells, errors(at, blocks) + block)
        store(work.z, row + block, z * z)
        powers += total(work.z, row + block)
        store(work.z, row + block, z)
        count += total(work.there, row + block)
    return np.sqrt(np.sqrt(powers / count)) if count > ZERO else -ONE


@unmanaged
def learn(cells: Any, at: int, blocks: int, units: int, work: Any, row: int, unit: int, step: Any) -> None:
    """One step down the gradient of the loss at what `forward` has just left in `work`, of `step` over the squared sizes."""
    h, spare = load(work.h, unit), work.h.shape[0] - 1
    store(work.h, spare, h * h)
    size = ONE + total(work.h, spare)
    for block in range(blocks):
        x, e = load(work.x, row + block), cut(load(work.e, row + block), MOST_ERROR)
        store(work.z, row + block, x * x)
        size += total(work.z, row + block)
        store(work.e, row + block, e)
    step /= size
    store(work.h, spare, h * ZERO)
    for one in range(units):
        for block in range(blocks):
            place, e = by_unit(at, blocks) + one * blocks + block, load(work.e, row + block)
            weights = load(cells, place)
            store(work.z, row + block, e * weights)
            work.h[spare, one] += total(work.z, row + block)
            store(cells, place, cut(weights + step * work.h[unit, one] * e, MOST_WEIGHT))
    back = step * load(work.h, spare) * (ONE - h * h)
    add(cells, hidden(at, blocks), back)
    for block in range(blocks):
        add(cells, visible(at, blocks) + block, step * load(work.e, row + block))
        for lane in range(LANES):
            add(cells, at + block * LANES + lane, work.x[row + block, lane] * back)


@inlined
def cut(x: Any, most: Any) -> Any:
    """The lanes, none further from 0 than `most`."""
    return larger(smaller(x, most), ZERO - most)


@unmanaged
def add(cells: Any, row: int, lanes: Any) -> None:
    """Move a row of weights."""
    store(cells, row, cut(load(cells, row) + lanes, MOST_WEIGHT))


@unmanaged
def follow(cells: Any, at: int, blocks: int, work: Any, row: int, rate: Any) -> None:
    """Move the usual squared errors and the means towards an event; before `learn`, which cuts the errors."""
    for block in range(blocks):
        place = errors(at, blocks) + block
        e, there, usual = load(work.e, row + block), load(work.there, row + block), load(cells, place)
        square = smaller(e * e, usual * MOST_SQUARES)
        usual = larger(usual + rate * there * (square - usual), LEAST_VARIANCE)
        store(cells, place, usual)
        place = means(at, blocks) + block
        mean = load(cells, place)
        store(cells, place, mean + rate * there * (load(work.x, row + block) - mean))
