"""How the Skoltech Anomaly Benchmark scores: alarm rates over rows, and change points by windows in the manner of NAB.

From its description and leaderboard (Katser & Kozitsin, "Skoltech Anomaly Benchmark", 2020). Each change point opens a window of
`WINDOW_S` seconds; its first announcement scores from +1 at the window's start down to `FALSE` at its end, by a hyperbolic tangent; a
window without one scores `missed`; an announcement outside all windows scores `FALSE`. The sum is normalised so that silence is 0 and an
announcement at each change point 100. The metric is lenient to noise: announcing a change every 20 rows scores 45 on the
sixteen runs of `valve1`, so the number of false announcements belongs beside every score.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

WINDOW_S = 30.0
Flags = npt.NDArray[np.bool_]


class Profile(NamedTuple):
    """What a false announcement and a missed change point cost."""

    name: str
    false: float
    missed: float


PROFILES = (Profile("standard", -0.11, -1.0), Profile("low_fp", -0.22, -1.0), Profile("low_fn", -0.11, -2.0))


class Changes(NamedTuple):
    """What became of the change points of one run: the share of its window gone at each caught one's announcement."""

    delays: list[float]
    missed: int
    false: int


class Rates(NamedTuple):
    """Rows counted over all runs."""

    true: int
    false: int
    missed: int
    quiet: int

    @property
    def f1(self) -> float:
        """2 true / (2 true + false + missed); 0 where nothing was there to find."""
        return ratio(2 * self.true, 2 * self.true + self.false + self.missed)

    @property
    def false_alarm_rate(self) -> float:
        """The share of normal rows with an alarm."""
        return ratio(self.false, self.false + self.quiet)

    @property
    def missed_alarm_rate(self) -> float:
        """The share of anomalous rows without one."""
        return ratio(self.missed, self.missed + self.true)


def ratio(part: float, whole: float) -> float:
    """A share; 0 of nothing."""
    return part / whole if whole else 0.0


def rates(alarms: Flags, labels: Flags) -> Rates:
    """The four counts of one run."""
    return Rates(
        int((alarms & labels).sum()),
        int((alarms & ~labels).sum()),
        int((~alarms & labels).sum()),
        int((~alarms & ~labels).sum()),
    )


def total(all_rates: list[Rates]) -> Rates:
    """Counts of several runs together."""
    return Rates(*(sum(column) for column in zip(*all_rates, strict=True)))


def match(announced: Flags, labels: Flags, seconds: npt.NDArray[np.float64]) -> Changes:
    """Match announcements with the windows behind labelled change points, overlapping windows cut at the next one's start."""
    starts, at = seconds[labels], seconds[announced]
    delays, missed, used = [], 0, np.zeros(len(at), np.bool_)
    for number, start in enumerate(starts):
        end = start + WINDOW_S
        if number + 1 < len(starts):
            end = min(end, starts[number + 1])
        inside = (at >= start) & (at <= end) & ~used
        used |= inside
        if inside.any() and end > start:
            delays.append(float((at[inside][0] - start) / (end - start)))
        else:
            missed += 1
    return Changes(delays, missed, int((~used).sum()))


def worth(delay: float, profile: Profile) -> float:
    """What an announcement scores when that share of its window is gone: 1 at its start, `false` at its end."""
    fall = math.tanh(math.pi * (delay - 0.5)) / math.tanh(math.pi / 2)
    return (1.0 + profile.false) / 2 - (1.0 - profile.false) / 2 * fall


def score(runs: list[Changes], profile: Profile) -> float:
    """The normalised score of several runs: 0 for silence, 100 for each change point at once and nothing else."""
    points = sum(worth(delay, profile) for one in runs for delay in one.delays)
    points += sum(one.missed * profile.missed + one.false * profile.false for one in runs)
    count = sum(len(one.delays) + one.missed for one in runs)
    return 100.0 * ratio(points - count * profile.missed, count * (1.0 - profile.missed))
