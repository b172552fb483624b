"""Reports of made-up devices as the clock detector sees them: whose, when they came, and by how much later than they say."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.clocks.clocks import Clocks

START_US = 1_767_225_600_000_000
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Reports(NamedTuple):
    """In the order in which they came (seconds since the start); `lag_s` is received minus event time."""

    device: Ints
    came_s: Any
    lag_s: Any


def steady(device: int, count: int, every_s: float, lag_s: float, first_s: float = 0.0) -> Reports:
    """A device that reports regularly with one lag, but for a second."""
    step = np.arange(count)
    return Reports(np.full(count, device), first_s + step * every_s, lag_s + step * 0.7 % 1.0)


def backlog(made_s: Floats, back_s: float, pace: float) -> Reports:
    """What was stored at these times and is sent from `back_s` on, oldest first, so many times as quickly as it was made."""
    came_s = np.maximum(back_s + (made_s - made_s[0]) / pace, made_s)
    return Reports(np.zeros(len(made_s), np.int64), came_s, came_s - made_s)


def mixed(*parts: Reports) -> Reports:
    """All of them, in the order in which they come."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[1], kind="stable")
    return Reports(*(column[order] for column in columns))


def watched(clocks: Clocks, reports: Reports, places: tuple[int, ...] = ()) -> npt.NDArray[Any]:
    """What is found; `places` are the places of the devices 0, 1, ... (none: each has none)."""
    received = START_US + np.rint(reports.came_s * 1e6).astype(np.int64)
    times = received - np.rint(reports.lag_s * 1e6).astype(np.int64)
    # Each device has a cohort of its own.
    known = max(len(places), int(reports.device.max(initial=-1)) + 1)
    cohorts = np.arange(known, dtype=np.int32) if places else np.full(known, -1, np.int32)
    return clocks.observe(reports.device.copy(), times, received, cohorts, np.array([*places, 0])).copy()
