"""Series made up for tests, and what the generic checks need to run on the series detector."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from detectors.checks import Floats, Rows, Subject
from detectors.series import state
from detectors.series.detector import observe
from detectors.series.state import States

DEVICES = 3
MINUTE_US = 60_000_000
DAY_ROWS = 288
HARD = [0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 1e-300, 1e16]


def observed(states: States, rows: Rows) -> Floats:
    """The detector as the checks call it."""
    return observe(states, rows.devices, rows.times_us, rows.values[:, 0]).scores


SUBJECT = Subject(lambda: state.fresh(DEVICES), observed, state.encode, state.decode)


def noise(rows: int, seed: int = 1) -> npt.NDArray[np.float64]:
    """A steady series around 50."""
    return 50.0 + np.random.default_rng(seed).normal(0.0, 1.0, rows)


def times(rows: int) -> npt.NDArray[np.int64]:
    """One row every five minutes from a midnight on."""
    return np.arange(rows, dtype=np.int64) * 5 * MINUTE_US


@st.composite
def hostile_rows(draw: st.DrawFn) -> Rows:
    """Long enough for each window to fill: noise with hard values in it, times that jump and run backwards, devices mixed."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 700))
    values = np.round(
        random.normal(draw(st.floats(-1e9, 1e9)), draw(st.sampled_from([0.0, 1.0, 1e6])), count), 1
    )
    odd = random.random(count) < draw(st.sampled_from([0.0, 0.02, 0.5]))
    values[odd] = random.choice(HARD, int(odd.sum()))
    steps = random.integers(-3, 10, count) * draw(st.sampled_from([0, MINUTE_US, 86_400_000_000]))
    times_us = draw(st.integers(-(10**15), 2 * 10**15)) + np.cumsum(steps)
    devices = random.integers(0, DEVICES, count)
    return Rows(devices.astype(np.int64), times_us.astype(np.int64), values.reshape(-1, 1))
