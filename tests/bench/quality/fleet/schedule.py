"""When devices report and when that arrives: irregular, with losses, sleep, late reports and reports sent twice; a day at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from infra.simulator.behaviour import DAY_S, LOSS
from tests.bench.quality.fleet.population import Floats, Ints, Population

JITTER = 0.1
LATE_SHARE, REPEATED_SHARE = 0.003, 0.003


class Times(NamedTuple):
    """A day's reports, each device's together in ascending order: who, when, and when it is in the log (seconds)."""

    device: Ints
    time_s: Floats
    arrival_s: Floats


def of_day(population: Population, day: int) -> Times:
    """The reports devices make on a day (UTC); every device draws the same chances whatever befalls it later."""
    random = np.random.default_rng([population.seed, 2, day])
    interval = population.interval_s
    # Reports keep their rhythm over midnight: number k is made at phase + k intervals, and a little off.
    first = np.ceil((day * DAY_S - population.phase_s) / interval).astype(np.int64)
    number = np.ceil(((day + 1) * DAY_S - population.phase_s) / interval).astype(np.int64) - first
    device = np.repeat(np.arange(len(population)), number)
    step = np.arange(len(device)) - np.repeat(np.cumsum(number) - number, number)
    every = interval[device]
    off = random.uniform(0, JITTER, len(device)) * every
    time_s = population.phase_s[device] + (first[device] + step) * every + off
    late = np.where(random.random(len(device)) < LATE_SHARE, random.uniform(120, 3600, len(device)), 0.0)
    arrival_s = time_s + random.uniform(0.05, 1.0, len(device)) + late
    there = (time_s >= population.joins_s[device]) & ~population.asleep(device, time_s)
    sent = (random.random(len(device)) >= LOSS) & there
    return Times(device[sent], time_s[sent], arrival_s[sent])


def repeated(population: Population, day: int, rows: int) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which of a day's rows are sent a second time, and how many seconds after the first."""
    random = np.random.default_rng([population.seed, 3, day])
    return random.random(rows) < REPEATED_SHARE, random.uniform(60, 600, rows)
