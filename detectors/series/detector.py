"""The series detector: rows of many series in, a score a row out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.series import kernel
from detectors.series.state import States, fresh
from schemas.errors import Rejected


class Scores(NamedTuple):
    """A score in [0, 1) a row, and the number of the aspect in `ASPECTS` that says most (-1: none).

    From 0.5 on a person who watches one recording wants to know: about once in 2,000 rows of steady noise. A fleet wants 0.6 (none in 1,800
    days of Gaussian noise with a daily rhythm, a row every five minutes) or, where heavy tails are usual, 0.7 (3 in 1,800 days of Student's
    t with two degrees of freedom).
    """

    scores: npt.NDArray[np.float64]
    aspects: npt.NDArray[np.int8]


def observe(states: States, series: Any, times_us: Any, values: Any) -> Scores:
    """Score rows and learn them: strictly causal, a row is judged by rows before it only; `states` is changed, the inputs are not.

    `series` are places in `states`, `times_us` microseconds since 1970, `values` any numbers; all of one length, in the order in which
    they count. NaN and infinities score 0, are counted in the state and teach nothing. Times may have any spacing and may run
    backwards: they are used for the rhythm of the day and the week only. Rejected, with nothing learned, for a place that isn't there.
    """
    places = np.ascontiguousarray(series, np.int64)
    times, numbers = np.ascontiguousarray(times_us, np.int64), np.ascontiguousarray(values, np.float64)
    if not len(places) == len(times) == len(numbers):
        raise Rejected("wrong_length", "series", "series, times and values are not equally many")
    if len(places) and not 0 <= places.min() <= places.max() < len(states):
        raise Rejected("unknown_series", "series", f"a place is not one of the {len(states)} states")
    found = Scores(np.zeros(len(numbers)), np.full(len(numbers), -1, np.int8))
    kernel.observe(states, places, times, numbers, *found)
    return found


def score_series(times_us: Any, values: Any) -> Scores:
    """Score one recording from its start, with a fresh state."""
    return observe(fresh(1), np.zeros(len(values), np.int64), times_us, values)
