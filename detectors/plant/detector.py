"""The plant detector: rows of several machines in, a score, a change flag and an explanation a row out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.plant import kernel, memory
from detectors.plant.state import States, fresh
from schemas.errors import Rejected


class Findings(NamedTuple):
    """What each row says, all arrays of one length.

    `scores` are in [0, 1): above 0.5 is an alarm, 0 while the plant is learned. `changes` are announced change points. `views` are places
    in `memory.VIEWS` and `channels` columns, -1 where nothing speaks. `evidence` has the columns actual, expected, low and high, in the
    channel's unit: its mean over the last rows (for the view "noise" its standard deviation) and the range that starts no alarm.
    """

    scores: npt.NDArray[np.float64]
    changes: npt.NDArray[np.bool_]
    views: npt.NDArray[np.int8]
    channels: npt.NDArray[np.int8]
    evidence: npt.NDArray[np.float64]


def observe(states: States, plants: Any, values: Any) -> Findings:
    """Judge rows (one a row of `values`, a column a channel); a plant's first `TRAIN_ROWS` rows are learned instead.

    Strictly causal: a row is judged by itself and rows before it; `states` is changed, the inputs are not. NaN, infinities and absurd
    values are missing: a channel without half a window of values says nothing. Rows count in their order, whatever their times. A plant
    must keep its columns. Rejected, with nothing learned, for a place that isn't there or too many channels.
    """
    places, rows = np.ascontiguousarray(plants, np.int64), np.ascontiguousarray(values, np.float64)
    if rows.ndim != 2 or len(rows) != len(places):
        raise Rejected("wrong_shape", "values", "not one row of channels for each plant given")
    if not 1 <= rows.shape[1] <= memory.MOST_CHANNELS:
        raise Rejected("too_many_channels", "values", f"not 1 to {memory.MOST_CHANNELS} channels")
    if len(places) and not 0 <= places.min() <= places.max() < len(states):
        raise Rejected("unknown_plant", "plants", f"a place is not one of the {len(states)} states")
    count = len(places)
    found = Findings(
        np.zeros(count),
        np.zeros(count, np.bool_),
        np.full(count, -1, np.int8),
        np.full(count, -1, np.int8),
        np.full((count, 4), np.nan),
    )
    kernel.observe(states, places, rows, *found)
    return found


def score_plant(values: Any) -> Findings:
    """Judge one recording from its start, with a fresh state."""
    return observe(fresh(1), np.zeros(len(values), np.int64), values)


def sentence(found: Findings, row: int, channels: list[str]) -> str:
    """What a row says, for a person: which channel, what it does, what is usual; empty where nothing is said."""
    view, channel = found.views[row], found.channels[row]
    if view < 0 or channel < 0:
        return ""
    actual, expected, low, high = found.evidence[row]
    name, usual = channels[channel], f"usually {expected:.3g}, {low:.3g} to {high:.3g} raise no alarm"
    match memory.VIEWS[view]:
        case "noise":
            return f"{name} varies by {actual:.3g} ({usual})"
        case "correlation":
            return f"{name} is at {actual:.3g} ({usual}), which doesn't go with the other channels now"
        case _:
            return f"{name} is at {actual:.3g} ({usual})"
