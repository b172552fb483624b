"""The rows of a batch of telemetry as compiled code takes them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import Floats


class Batch(NamedTuple):
    """A batch's rows: who, when (microseconds since 1970), the values (columns, rows; NaN: none), and what tells of a start.

    `boots` and `uptimes_s` are NaN where a report says nothing, `firmware` a number for each firmware, 0 for none.
    """

    slots: npt.NDArray[np.int64]
    times_us: npt.NDArray[np.int64]
    values: Floats
    boots: Floats
    uptimes_s: Floats
    firmware: npt.NDArray[np.int32]


def plain(slots: npt.NDArray[np.int64], times_us: npt.NDArray[np.int64], values: Floats) -> Batch:
    """A batch that tells nothing of starts and firmware."""
    silent = np.full(len(slots), np.nan, np.float32)
    return Batch(slots, times_us, values, silent, silent, np.zeros(len(slots), np.int32))
