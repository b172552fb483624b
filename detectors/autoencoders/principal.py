"""How an autoencoder starts: its hidden units are the principal components of what it saw first, which is where a linear one would end.

A linear autoencoder's best weights span the principal components (Bourlard & Kamp 1988; Baldi & Hornik 1989), so training only has to
find what is not linear. Started from drawn weights, as Kitsune is, sixty passes over a thousand events did not get as far.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.autoencoders.network import LANES, by_unit, errors, hidden, means, visible
from detectors.cohorts.subspace import diagonalise
from detectors.compiling import compiled

EXPLAINED = 0.95  # of the variance, by hidden units
NOISE = 1e-4  # a variance below is none
SLOPE = 0.7  # of a hidden unit for a component's standard deviation


@compiled
def covariance(seen: Any, there: Any, scratch: Any) -> None:
    """The covariance of what an autoencoder saw, a missing feature at its mean, into the first rows of `scratch`."""
    size = seen.shape[1]
    for one in range(size):
        for other in range(one + 1):
            both = (there[:, one] * there[:, other]).sum()
            found = ((seen[:, one] * there[:, one]) * (seen[:, other] * there[:, other])).sum()
            scratch[one, other] = scratch[other, one] = found / max(both, 1.0)


@compiled
def start(cells: Any, at: int, blocks: int, seen: Any, there: Any, middle: Any) -> int:
    """First weights: the hidden units are principal components with unit variance (Bourlard & Kamp 1988); how many they are.

    They are as many as explain `EXPLAINED` of the variance, fewer than the features, for with all of them nothing would be odd.
    """
    size = seen.shape[1]
    scratch = np.zeros((2 * size, size))
    covariance(seen, there, scratch)
    diagonalise(scratch, size)
    cells[at : at + 2 * LANES * blocks + 2] = 0.0
    whole, reached, units = np.trace(scratch[:size]), 0.0, 0
    moving = (np.diag(scratch[:size]) > NOISE).sum()
    while units < min(moving - 1, LANES) and reached < EXPLAINED * whole:
        place = int(np.argmax(np.diag(scratch[:size])))
        scale = SLOPE / math.sqrt(scratch[place, place])
        reached += scratch[place, place]
        scratch[place, place] = -1.0
        for lane in range(size):
            part = scratch[size + lane, place]
            cells[at + lane, units] = part * scale
            cells[hidden(at, blocks), units] -= part * scale * middle[lane]
            cells[by_unit(at, blocks) + units * blocks + lane // LANES, lane % LANES] = part / scale
        units += 1
    first = visible(at, blocks)
    for lane in range(size):
        cells[first + lane // LANES, lane % LANES] = middle[lane]
    cells[errors(at, blocks) : means(at, blocks)] = 1.0
    return units
