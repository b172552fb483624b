"""Why a row is odd: the features that carry the error, each with what all of them together make of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from detectors.autoencoders.ensemble import Ensemble
from detectors.autoencoders.judgement import ROWS
from detectors.autoencoders.kernel import examine
from detectors.autoencoders.network import errors
from detectors.autoencoders.scaling import value_at
from detectors.explanation import contribution, most_telling
from schemas.detection import Contribution, Nearest
from schemas.errors import Rejected


class Reasons(NamedTuple):
    """The features that are furthest from their reconstruction, and the nearest normal value of the furthest one."""

    contributions: tuple[Contribution, ...]
    nearest: Nearest | None


def reasons(ensemble: Ensemble, row: Any, names: Sequence[str]) -> Reasons:
    """What carries a row's error, by the ensemble as it is now; it learns nothing.

    Asked behind the batch that held the row the numbers may differ a little from those it was scored with, for the ensemble has learned
    the rows after it; an odd row itself teaches next to nothing. Nothing before the ensemble is ready. Rejected for another number of
    values or names.
    """
    values = np.ascontiguousarray(row, np.float64)
    if values.shape != (ensemble.features,) or len(names) != ensemble.features:
        raise Rejected("wrong_shape", "row", f"not {ensemble.features} values and as many names")
    if not ensemble.ready:
        return Reasons((), None)
    examine(ensemble.memory, ensemble.work, values, np.empty(len(values)))
    told = [
        _told(ensemble, group, lane, values, names)
        for group, features in enumerate(ensemble.groups)
        for lane in range(len(features))
    ]
    found = most_telling(told)
    if not found:
        return Reasons(found, None)
    first = found[0]
    return Reasons(found, Nearest(metric=first.metric, value=first.expected, distance=abs(first.score)))


def _told(
    ensemble: Ensemble, group: int, lane: int, values: Any, names: Sequence[str]
) -> Contribution | None:
    """One feature; nothing of a missing one."""
    memory, work = ensemble.memory, ensemble.work
    if not work.there[group, lane]:
        return None
    feature = int(memory.places[group, lane])
    middle, usual = float(work.v[group, lane]), math.sqrt(memory.cells[errors(group * ROWS, 1), lane])
    low, expected, high = (
        value_at(memory.ranges, feature, middle + step * usual, memory.origin[feature])
        for step in (-1.0, 0.0, 1.0)
    )
    score = float(work.e[group, lane]) / usual
    return contribution(names[feature], values[feature], expected, (high - low) / 2.0, score=score)
