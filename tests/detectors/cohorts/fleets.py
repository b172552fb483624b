"""Reports of a made-up cohort in plain arrays, a pure function of its arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.cohorts.cohorts import Cohorts

START_US = 1_767_225_600_000_000
DAY_S = 86_400.0
Floats = npt.NDArray[np.float64]


class Reports(NamedTuple):
    """Who reports when (seconds since the start, ascending), and what, a column a metric."""

    device: npt.NDArray[np.int64]
    time_s: Floats
    values: Floats


def made(devices: int = 20, days: float = 10.0, every_s: float = 600.0, seed: int = 1) -> Reports:
    """Four metrics: each device has its own level, all share a daily rhythm; in each device the first two go up and down together."""
    chance = np.random.default_rng(seed)
    rounds = int(days * DAY_S / every_s)
    time_s = (np.arange(rounds)[:, None] * every_s + chance.uniform(0, every_s, (rounds, devices))).ravel()
    device = np.tile(np.arange(devices), rounds)
    level = chance.normal(100, 6, (devices, 4))[device]
    daily = 10 * np.sin(2 * np.pi * time_s / DAY_S)[:, None]
    noise = chance.normal(0, 1, (len(device), 4))
    noise[:, 0] = 2 * noise[:, 2] + 0.2 * noise[:, 0]
    noise[:, 1] = 2 * noise[:, 2] + 0.2 * noise[:, 1]
    noise[:, 2] = chance.normal(0, 1, len(device))
    order = np.argsort(time_s, kind="stable")
    return Reports(device[order], time_s[order], (level + daily + noise)[order])


def part(reports: Reports, which: Any) -> Reports:
    """Some of the reports."""
    return Reports(*(column[which] for column in reports))


def watched(
    cohorts: Cohorts, reports: Reports, firmware: str = "1", uptimes_s: npt.NDArray[np.float32] | None = None
) -> tuple[Any, npt.NDArray[np.float32]]:
    """What the models find in reports of one cohort, in one batch, and the scores of each."""
    count = len(reports.device)
    homes = np.full(count, cohorts.number((0, firmware)))
    found, scores = cohorts.observe(
        np.arange(count),
        reports.device,
        homes,
        START_US + np.rint(reports.time_s * 1e6).astype(np.int64),
        np.ascontiguousarray(reports.values.T.astype(np.float32)),
        np.arange(reports.values.shape[1]),
        uptimes_s,
    )
    return found.copy(), scores
