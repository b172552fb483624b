"""The ensemble as a detector: rows of numbers of one cohort in, a score, a p-value and the feature that says most a row out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.autoencoders import fitting, kernel
from detectors.autoencoders import memory as m
from detectors.autoencoders.ensemble import Ensemble
from schemas.errors import Rejected


class Findings(NamedTuple):
    """What each row says, all arrays of one length.

    `scores` are in [0, 1): 0.5 is `kernel.LIMIT` times the usual error, 0 while the first `memory.FITS[0]` trusted rows are learned.
    `p_values` are shares of usual rows that scored as high (1 where nothing is known). `features` are columns, -1 where nothing speaks.
    `evidence` has the columns actual, expected, low and high, in the feature's unit, for rows that score at least `kernel.TELL`: the
    value, its reconstruction from all features together (the nearest normal one), and three usual errors around that; NaN else.
    """

    scores: npt.NDArray[np.float64]
    p_values: npt.NDArray[np.float64]
    features: npt.NDArray[np.int64]
    evidence: npt.NDArray[np.float64]


def observe(ensemble: Ensemble, rows: Any, times_us: Any, trust: Any = 1.0) -> Findings:
    """Score rows (a column a feature), then learn each as far as it deserves: strictly causal; the inputs are not changed.

    `times_us` are microseconds since 1970 in any order: they only say how soon a flood is forgiven. `trust` is 0 to 1, one number or one
    a row: what other detectors think of it; at 0 nothing is learned. NaN, infinite or absurd values are missing and left out of the
    error; a row of nothing else scores 0 and teaches nothing. Rejected, with nothing learned, for another shape or a trust out of range.
    """
    table, times = np.ascontiguousarray(rows, np.float64), np.ascontiguousarray(times_us, np.int64)
    if table.ndim != 2 or table.shape != (len(times), ensemble.features):
        raise Rejected("wrong_shape", "rows", f"not a row of {ensemble.features} features for each time")
    given = np.asarray(trust, np.float64)
    if (given.ndim and given.shape != times.shape) or not ((given >= 0.0) & (given <= 1.0)).all():
        raise Rejected("wrong_trust", "trust", "not one number of 0 to 1, or one for each row")
    weights = np.ascontiguousarray(np.broadcast_to(given, times.shape))
    count = len(times)
    found = Findings(
        np.zeros(count), np.ones(count), np.full(count, -1, np.int64), np.full((count, 4), np.nan)
    )
    values, at, scalars = np.empty(ensemble.features), 0, ensemble.memory.scalars
    while at < count:
        at = kernel.observe(ensemble.memory, ensemble.work, values, at, table, times, weights, *found)
        kept = int(scalars[m.KEPT_EVENTS])
        if kept in m.FITS and kept > scalars[m.FITTED]:
            fitting.fit(ensemble.memory, ensemble.work)
    return found


def compile_all() -> None:
    """Compile everything now (half a minute the first time, then from numba's cache) so that no row waits for it."""
    ensemble = Ensemble(1)
    rows = np.arange(m.FITS[0] + 1.0)[:, None]
    observe(ensemble, rows, np.zeros(len(rows)))
    kernel.examine(ensemble.memory, ensemble.work, rows[0], np.empty(1))
