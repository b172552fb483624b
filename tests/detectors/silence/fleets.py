"""Simulated fleets whose devices report as real ones do: when each was heard, a pure function of its arguments."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from detectors.silence.heartbeats import Heartbeats

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SECOND_US, HOUR_S, DAY_S = 1_000_000, 3600.0, 86_400.0
MONDAY_US = 1_767_571_200_000_000  # Monday, 5 January 2026, 0:00 UTC
KINDS = ("steady", "fast", "lossy", "random", "bursts", "night", "weekend", "hourly", "daily", "hourly night")
# The usual distance of reports in s while awake; of bursts that between them.
PERIODS_S = {
    "steady": 60.0,
    "fast": 10.0,
    "lossy": 60.0,
    "random": 120.0,
    "bursts": 600.0,
    "night": 60.0,
    "weekend": 120.0,
    "hourly": HOUR_S,
    "daily": DAY_S,
    "hourly night": HOUR_S,
}


def reports(kind: str, days: int, random: np.random.Generator) -> Floats:
    """When one device was heard, in seconds from a Monday's midnight on, in order."""
    period, length = PERIODS_S[kind], days * DAY_S
    count = int(length / period)
    regular = (np.arange(count) + random.random()) * period
    times = regular + random.normal(0.0, min(period * 0.05, 300.0), count)
    if kind == "lossy":
        times = times[random.random(count) > 0.05]
    elif kind == "random":
        times = np.cumsum(random.exponential(period, count * 2))
    elif kind == "bursts":
        times = (np.cumsum(random.uniform(0.5, 1.5, count * 2) * period)[:, None] + np.arange(20)).ravel()
    elif kind.endswith("night"):
        times = times[awake(times, random, days)]
    elif kind == "weekend":
        times = times[awake(times, random, days) & (times // DAY_S % 7 < 5)]
    return np.sort(times[(times >= 0) & (times < length)])


def awake(times: Floats, random: np.random.Generator, days: int) -> npt.NDArray[np.bool_]:
    """Whether a device that sleeps from about 20:30 to about 6:00, with half an hour of difference from day to day, is awake."""
    day = np.clip((times // DAY_S).astype(np.int64), 0, days - 1)
    start, stop = random.normal(6.0, 0.4, days), random.normal(20.5, 0.4, days)
    hour = times % DAY_S / HOUR_S
    return (hour >= start[day]) & (hour < stop[day])


class Fleet:
    """Devices of several kinds, `each` of a kind; a kind is a cohort and a place where `grouped`, else nobody has any."""

    def __init__(
        self, days: int, each: int, kinds: tuple[str, ...] = KINDS, seed: int = 1, grouped: bool = True
    ) -> None:
        random = np.random.default_rng(seed)
        self.days, self.grouped = days, grouped
        self.kinds = [kind for kind in kinds for _ in range(each)]
        self.heard = [reports(kind, days, random) for kind in self.kinds]

    def kill(self, slot: int, day: float) -> float:
        """The device says nothing from then on; when it was heard last, in s."""
        self.heard[slot] = self.heard[slot][self.heard[slot] < day * DAY_S]
        return float(self.heard[slot][-1])

    def rows(self) -> tuple[Ints, Ints]:
        """All reports as slots and times, in the order of their times."""
        slots = np.repeat(np.arange(len(self.heard)), [len(one) for one in self.heard])
        times = MONDAY_US + (np.concatenate(self.heard) * SECOND_US).astype(np.int64)
        order = np.argsort(times, kind="stable")
        return slots[order], times[order]

    def batches(self, rows: int = 16_384) -> Iterator[tuple[Ints, Ints]]:
        """The reports in batches."""
        slots, times = self.rows()
        for start in range(0, len(slots), rows):
            yield slots[start : start + rows], times[start : start + rows]

    def enrolled(self) -> Heartbeats:
        """A fresh state that knows the fleet's devices."""
        beats = Heartbeats()
        names = list(dict.fromkeys(self.kinds))
        groups = np.array([names.index(kind) + 1 if self.grouped else 0 for kind in self.kinds])
        beats.enrol(np.arange(len(groups)), groups, groups)
        return beats
