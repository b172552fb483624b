"""What a device does on one port, lately against all week: the row that an ensemble of autoencoders judges, and what it says in units.

Both are damped statistics (`detectors/damped`) of the logarithms of bytes sent and received, the one of a day's half-life, the other of a
week's. Numbers of flows are compared as square roots (Anscombe 1948), means and spreads in units of what chance does to them, so that busy
and quiet channels have rows alike and a fleet can be judged by one ensemble.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.damped.kernel import STATISTICS

Floats = npt.NDArray[np.float64]
US = 1_000_000
DAY_S = 86_400.0
LATELY_S, WEEK_S = DAY_S, 7 * DAY_S
HALF_LIVES_S = (LATELY_S, WEEK_S)
# As much of a time without a flow counts.
PAUSE_S = 3600
# The columns of a row.
ASPECTS = ("flows_per_h", "bytes_sent", "bytes_sent_spread", "bytes_received", "bytes_received_spread")
RATE, SENT, RECEIVED = 0, 1, 3
# Spreads of logarithms that count as none, lately and all week.
LEAST, LEAST_USUAL = 0.02, 0.05
# Where damped statistics have them: the weight, and mean and spread of bytes sent and received.
WEIGHT = STATISTICS.index("weight")
SIDES = tuple((STATISTICS.index(f"{side}mean"), STATISTICS.index(f"{side}std")) for side in ("", "other_"))


class Habit(msgspec.Struct, kw_only=True, array_like=True):
    """One channel: times of its first and its latest flow by its own clock, and by events; when a row was last taken, and since then its
    flows and the trust in them; how odd the last row was, since when rows are odd, and whether that was told. Microseconds since 1970.

    Its own clock stands still while nothing is heard of it for long, so that a device that sleeps or is switched off has no other habit.
    """

    first_us: int
    clock_us: int
    last_us: int
    row_us: int
    flows: int = 0
    trust: float = 0.0
    size: float = 0.0
    since_us: int = 0
    told: bool = False

    def tick(self, time_us: int) -> None:
        """A flow came; a time before the latest one's moves nothing."""
        self.clock_us += min(max(time_us - self.last_us, 0), PAUSE_S * US)
        self.last_us = max(self.last_us, time_us)

    @property
    def age_s(self) -> float:
        """How long the channel is known, without its pauses."""
        return (self.clock_us - self.first_us) / US

    def rest(self, time_us: int) -> float:
        """A row is taken now: the mean trust in the flows since the last one, which are done with."""
        trust = self.trust / self.flows
        self.row_us, self.flows, self.trust = time_us, 0, 0.0
        return trust

    def is_due(self, size: float, before_us: int) -> bool:
        """Whether rows are odd twice in a row for the first time since one was usual; `before_us` is when the row before was taken."""
        lasting, self.size = min(size, self.size), size
        if size < 1.0:
            self.since_us, self.told = 0, False
            return False
        self.since_us = self.since_us or before_us
        if lasting < 1.0 or self.told:
            return False
        self.told = True
        return True


class Extent(NamedTuple):
    """An aspect in its unit: what it was lately, what it is usually, and three deviations of chance around that."""

    actual: float
    expected: float
    low: float
    high: float


def row_of(told: Any, age_s: float) -> Floats:
    """The aspects as deviations; `told` are the statistics of both half-lives, NaN in them gives NaN.

    A young channel's week is hardly longer than its day, so that both are much alike: the deviations are what they would be if they
    were of different times.
    """
    lately, week = told
    apart = math.sqrt(1.0 - window_s(LATELY_S, age_s) / window_s(WEEK_S, age_s))
    expected = _expected(told, age_s)
    count = max(lately[WEIGHT], 1.0)
    row = [2.0 * (math.sqrt(lately[WEIGHT] + 0.375) - math.sqrt(expected + 0.375))]
    for mean, spread in SIDES:
        usual = max(week[spread], LEAST_USUAL)
        row.append((lately[mean] - week[mean]) / usual * math.sqrt(count))
        row.append(math.log(max(lately[spread], LEAST) / usual) * math.sqrt(2.0 * count))
    return np.array(row) / apart


def extents_of(told: Any, age_s: float) -> list[Extent]:
    """The aspects in their units: flows an hour, bytes (geometric means), factors of spread."""
    lately, week = told
    expected, hours = _expected(told, age_s), window_s(LATELY_S, age_s) / 3600.0
    near, count = 3.0 * math.sqrt(expected), max(lately[WEIGHT], 1.0)
    counts = (lately[WEIGHT], expected, max(expected - near, 0.0), expected + near)
    found = [Extent(*(one / hours for one in counts))]
    for mean, spread in SIDES:
        usual = max(week[spread], LEAST_USUAL)
        apart, wider = 3.0 * usual / math.sqrt(count), 3.0 / math.sqrt(2.0 * count)
        middles = (lately[mean], week[mean], week[mean] - apart, week[mean] + apart)
        found.append(Extent(*(math.expm1(min(max(one, 0.0), 700.0)) for one in middles)))
        spreads = (lately[spread], usual, usual * math.exp(-wider), usual * math.exp(wider))
        found.append(Extent(*(math.exp(min(one, 700.0)) for one in spreads)))
    return found


def window_s(half_life_s: float, age_s: float) -> float:
    """How many seconds a damped count is of, for a channel of that age."""
    return half_life_s / math.log(2.0) * (1.0 - math.exp2(-max(age_s, 1.0) / half_life_s))


def _expected(told: Any, age_s: float) -> float:
    """How many flows there would be lately at the week's rate."""
    return float(told[1][WEIGHT] / window_s(WEEK_S, age_s) * window_s(LATELY_S, age_s))
