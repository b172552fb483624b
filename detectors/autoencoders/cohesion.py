"""How far features go together: the share of a feature's variance that all others explain, in the middle of the features.

One less the reciprocal of the diagonal of the inverse correlations is the squared multiple correlation of each feature with all others
(Guttman 1953). An ensemble of autoencoders says something new where it is large, and mostly noise where it is small.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.autoencoders.ensemble import Ensemble
from detectors.compiling import compiled
from detectors.elimination import eliminate

RIDGE = 1e-3
# A feature whose variance (of symmetric logarithms) is less is constant: nothing explains it.
LEAST_VARIANCE = 1e-12


def cohesion(ensemble: Ensemble) -> float:
    """0 (nothing goes together) to 1, of the events the map was learned from; 0 before there is a map."""
    if not ensemble.ready:
        return 0.0
    return float(_cohesion(ensemble.memory.kept[: ensemble.fitted].astype(np.float64)))


@compiled
def _cohesion(events: Any) -> float:
    """The median over the features that vary; missing values are at their mean."""
    table, count = np.zeros(events.shape), 0
    for feature in range(events.shape[1]):
        values = events[:, feature]
        there = ~np.isnan(values)
        if not there.any():
            continue
        centred = np.where(there, values - np.mean(values[there]), 0.0)
        variance = np.mean(centred * centred)
        if variance >= LEAST_VARIANCE:
            table[:, count] = centred / np.sqrt(variance)
            count += 1
    if count < 2:
        return 0.0
    return float(np.median(_explained(_correlations(table, count))))


@compiled
def _correlations(table: Any, count: int) -> Any:
    """The correlations of the first columns, with a ridge."""
    found = np.zeros((count, count))
    for one in range(count):
        for other in range(one + 1):
            found[one, other] = found[other, one] = np.sum(table[:, one] * table[:, other]) / len(table)
        found[one, one] += RIDGE
    return found


@compiled
def _explained(correlations: Any) -> Any:
    """Of each feature the share of its variance that the others explain; the ridge makes the correlations positive definite."""
    count = len(correlations)
    work, inverse = correlations.copy(), np.eye(count)
    eliminate(work, inverse)
    return np.array(
        [1.0 - 1.0 / (inverse[place, place] * correlations[place, place]) for place in range(count)]
    )
