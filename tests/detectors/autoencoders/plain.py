"""An autoencoder written plainly in float64, and one in lanes with the same weights, to be compared."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.autoencoders.memory import Work
from detectors.autoencoders.network import LANES, by_unit, errors, hidden, rows_of, visible
from detectors.checks import Floats


class Plain(NamedTuple):
    """The weights: `w` a row a hidden unit, `d` a row a feature."""

    w: Floats
    b: Floats
    d: Floats
    c: Floats

    def hidden(self, x: Floats) -> Floats:
        """The hidden units."""
        return np.asarray(np.tanh(self.w @ x + self.b), np.float64)

    def told(self, x: Floats) -> Floats:
        """The reconstruction."""
        return np.asarray(self.d @ self.hidden(x) + self.c, np.float64)

    def loss(self, x: Floats, there: Floats) -> float:
        """Half the squared error of what is there."""
        return float(0.5 * ((x - self.told(x)) ** 2 * there).sum())


def drawn(seed: int, features: int, units: int) -> Plain:
    """Weights that are drawn."""
    random = np.random.default_rng(seed)
    shapes: list[tuple[int, ...]] = [(units, features), (units,), (features, units), (features,)]
    w, b, d, c = (np.round(random.uniform(-0.5, 0.5, shape), 3) for shape in shapes)
    return Plain(w, b, d, c)


def in_lanes(plain: Plain, blocks: int, at: int = 3) -> Any:
    """The rows of the same autoencoder, from row `at` on; usual errors are 1."""
    cells = np.zeros((at + rows_of(blocks), LANES), np.float32)
    units, features = plain.w.shape
    cells[at : at + features, :units] = plain.w.T
    cells[hidden(at, blocks), :units] = plain.b
    for lane in range(features):
        cells[visible(at, blocks) + lane // LANES, lane % LANES] = plain.c[lane]
        for unit in range(units):
            cells[by_unit(at, blocks) + unit * blocks + lane // LANES, lane % LANES] = plain.d[lane, unit]
    cells[errors(at, blocks) : errors(at, blocks) + blocks] = 1.0
    return cells


def out_of_lanes(cells: Any, features: int, units: int, blocks: int, at: int = 3) -> Plain:
    """What `in_lanes` put in."""
    d = np.zeros((features, units))
    for lane in range(features):
        for unit in range(units):
            d[lane, unit] = cells[by_unit(at, blocks) + unit * blocks + lane // LANES, lane % LANES]
    first = visible(at, blocks)
    return Plain(
        cells[at : at + features, :units].T.astype(np.float64),
        cells[hidden(at, blocks), :units].astype(np.float64),
        d,
        cells[first : first + blocks].ravel()[:features].astype(np.float64),
    )


def work_of(x: Floats, there: Floats, blocks: int, row: int = 1) -> Work:
    """Room with values in it, from row `row` on."""
    values, known, v, e, z = (np.zeros((row + blocks, LANES), np.float32) for _ in range(5))
    values[row:].reshape(-1)[: len(x)] = x
    known[row:].reshape(-1)[: len(x)] = there
    return Work(values, known, v, e, z, np.zeros((4, LANES), np.float32))
