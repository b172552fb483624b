"""Lanes put together of single numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.vector import assembled, store


@unmanaged
def _copy(one: npt.NDArray[np.float32], rows: Floats) -> None:
    store(rows, 1, assembled(one[0], one[1], one[2], one[3], one[4], one[5], one[6], one[7]))


def test_lanes_are_in_the_order_given_and_nothing_else_is_written() -> None:
    rows = np.zeros((3, 8), np.float32)
    numbers = np.array([1, -2, np.inf, 4, np.nan, 6, 1e30, 8], np.float32)
    _copy(numbers, rows)
    np.testing.assert_array_equal(rows[1], numbers)
    assert not rows[[0, 2]].any()
