"""Rows of numbers and words that try to break a detector."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from detectors.checks import Floats, Rows

Words = npt.NDArray[np.uint64]
Times = npt.NDArray[np.int64]
HARD = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324]


@st.composite
def hostile_rows(draw: st.DrawFn) -> Rows:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 400))
    values = random.normal(0.0, draw(st.sampled_from([0.0, 1.0, 1e9])), (count, 3))
    odd = random.random((count, 3)) < draw(st.sampled_from([0.0, 0.05, 0.5]))
    values[odd] = random.choice(HARD, int(odd.sum()))
    steps = random.integers(-3, 10, count) * draw(st.sampled_from([0, 1_000_000, 86_400_000_000]))
    return Rows(random.integers(0, 3, count), np.cumsum(steps), values)


def columns_of(rows: Rows) -> tuple[Words, Times, Floats, Words]:
    """Rows of three values as devices, times, two numbers and a word, in the order in which a detector takes them."""
    words = np.abs(np.nan_to_num(rows.values[:, 2:], nan=7.0, posinf=8.0, neginf=9.0)) % 5
    return rows.devices.astype(np.uint64), rows.times_us, rows.values[:, :2], words.astype(np.uint64)
