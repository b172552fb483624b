"""How likely a cohort's scores are in health: the conformal levels of its single metrics and of its two pattern statistics."""

from __future__ import annotations

import numpy as np

from detectors import conformal
from detectors.baseline.lanes import inlined, unmanaged
from detectors.cohorts.arrays import Fleet

# A cohort's streams of scores: single metrics, T2, Q.
STREAMS = 3
STEERED = 8


@unmanaged
def chance(fleet: Fleet, stream: int, score: float) -> float:
    """The calibrated p-value of a score."""
    return conformal.calibrated(fleet.levels[stream], conformal.p_value(fleet.kept[stream], score))


@inlined
def keep(fleet: Fleet, stream: int, score: float) -> None:
    """Learn how large scores are; the levels are steered by every eighth of them."""
    if np.int64(fleet.kept[stream, conformal.COUNT]) & (STEERED - 1) == 0:
        conformal.adapt(fleet.levels[stream], conformal.p_value(fleet.kept[stream], score))
    conformal.add(fleet.kept[stream], score)
