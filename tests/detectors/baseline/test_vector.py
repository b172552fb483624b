"""Lanes put together of single numbers, and single numbers of lanes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detectors.baseline.folding import lane_of, largest_of, total_of
from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.vector import assembled, filled, load, store


@unmanaged
def _copy(one: npt.NDArray[np.float32], rows: Floats) -> None:
    store(rows, 1, assembled(one[0], one[1], one[2], one[3], one[4], one[5], one[6], one[7]))


def test_lanes_are_in_the_order_given_and_nothing_else_is_written() -> None:
    rows = np.zeros((3, 8), np.float32)
    numbers = np.array([1, -2, np.inf, 4, np.nan, 6, 1e30, 8], np.float32)
    _copy(numbers, rows)
    np.testing.assert_array_equal(rows[1], numbers)
    assert not rows[[0, 2]].any()


@unmanaged
def _folded(rows: Floats, place: int, found: npt.NDArray[np.float32]) -> None:
    lanes = load(rows, 0)
    # A product, so that there is something that could be contracted into the sum.
    found[0], found[1], found[2] = total_of(lanes * load(rows, 1)), largest_of(lanes), lane_of(lanes, place)
    store(rows, 1, filled(found[2]))


@given(arrays(np.float32, (2, 8), elements=st.floats(-1e9, 1e9, width=32)), st.integers(0, 7))
@settings(max_examples=100)
def test_a_sum_is_taken_in_pairs_and_rounded_at_each_step(rows: npt.NDArray[np.float32], place: int) -> None:
    a, b, c, d, e, f, g, h = rows[0] * rows[1]
    largest, one, found = rows[0].max(), rows[0, place], np.empty(3, np.float32)
    _folded(rows, place, found)
    assert found.tolist() == [((a + e) + (b + f)) + ((c + g) + (d + h)), largest, one]
    assert (rows[1] == one).all()
