"""The habits of a tenant's devices: damped statistics of each port a device uses, judged by one ensemble of autoencoders.

What single flows cannot show: more of what is usual, bytes that leave little by little, calls home that look like others. Rows are compared
with what the tenant's other rows lately deviate, so that what all do (a night, an update) is nobody's oddity. The ensemble learns of a row
as far as the traffic detector trusts its flows.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.autoencoders import detector as autoencoders
from detectors.autoencoders.ensemble import Ensemble
from detectors.autoencoders.kernel import LIMIT
from detectors.autoencoders.reasons import reasons
from detectors.damped.detector import mixed, observe
from detectors.damped.kernel import STATISTICS, TOLD
from detectors.damped.streams import Streams
from detectors.flows.columns import KEPT, Flow, word_of
from detectors.flows.habit import (
    ASPECTS,
    HALF_LIVES_S,
    RATE,
    RECEIVED,
    SENT,
    US,
    WEIGHT,
    Extent,
    Floats,
    Habit,
    extents_of,
    row_of,
)
from detectors.flows.parameters import (
    EVERY_S,
    FEW_FLOWS,
    FLEET_HALF_LIVES_S,
    KNOWN_ROWS,
    MOST_DEVIATIONS,
    MOST_ERRORS,
    MOST_HABITS,
    YOUNG_S,
)
from detectors.flows.place import Place

# Aspects whose common deviations are kept together, and their streams.
PAIRS = ((RATE, RATE), (SENT, SENT + 1), (RECEIVED, RECEIVED + 1))
PAIR_KEYS = np.arange(1, len(PAIRS) + 1, dtype=np.uint64)
MEANS = [STATISTICS.index("mean"), STATISTICS.index("other_mean")]
STDS = [STATISTICS.index("std"), STATISTICS.index("other_std")]
FLEET_PLACES = 8


class Changed(NamedTuple):
    """A device's habit on a port is another one: how odd (1: the limit), since when, its aspects, and how far each is off.

    `scores` are in usual errors of the ensemble, or in deviations where these are what is odd; NaN for an aspect that is missing.
    """

    channel: str
    size: float
    p_value: float
    since_us: int
    extents: list[Extent]
    scores: list[float]


class Habits:
    """At most `MOST_HABITS` channels; the one without a flow for longest is forgotten first, and counted.

    `common` is what all rows lately deviate, `spread` how much they differ in a week.
    """

    def __init__(self) -> None:
        self.streams = Streams(MOST_HABITS, HALF_LIVES_S)
        self.fleet = Streams(FLEET_PLACES, FLEET_HALF_LIVES_S)
        self.common, self.spread = np.zeros(len(ASPECTS)), np.ones(len(ASPECTS))
        self.ensemble = Ensemble(len(ASPECTS))
        self.known: dict[int, Habit] = {}
        self.forgotten = 0

    def take(self, flow: Flow, at: Place, trust: float) -> Changed | None:
        """Count a flow, and judge its channel now and then: what has changed, told once until a row is usual again."""
        channel = channel_of(flow)
        key = key_of(at.device, channel)
        habit = self._habit(int(key[0]), at.time_us)
        habit.tick(at.time_us)
        sizes = (np.array([_size(flow, column)]) for column in ("bytes_sent", "bytes_received"))
        told = observe(self.streams, key, [habit.clock_us], *sizes)[0].reshape(len(HALF_LIVES_S), TOLD)
        if told[-1, WEIGHT] == 1.0:  # Its statistics made room, or it is new.
            habit.first_us = habit.clock_us
        habit.flows += 1
        habit.trust += trust
        if at.time_us - habit.row_us < EVERY_S * US:
            return None
        return self._judged(habit, told.tolist(), at, channel)

    def _habit(self, key: int, time_us: int) -> Habit:
        """The channel's habit, the one with the latest flow last."""
        habit = self.known.pop(key, None)
        if habit is None:
            habit = Habit(first_us=time_us, clock_us=time_us, last_us=time_us, row_us=time_us)
        self.known[key] = habit
        if len(self.known) > MOST_HABITS:
            del self.known[next(iter(self.known))]
            self.forgotten += 1
        return habit

    def _judged(self, habit: Habit, told: Any, at: Place, channel: str) -> Changed | None:
        age_s, before_us = habit.age_s, habit.row_us
        trust = habit.rest(at.time_us)
        if age_s < YOUNG_S or told[0][WEIGHT] < FEW_FLOWS:
            return None
        row, deviations = self._beside_others(row_of(told, age_s), at)
        found = autoencoders.observe(self.ensemble, row[None], [at.time_us], trust)
        errors, far = _errors(float(found.scores[0])) / MOST_ERRORS, _largest(deviations) / MOST_DEVIATIONS
        size, last = max(errors, far), habit.size
        if self.ensemble.fitted < KNOWN_ROWS or not habit.is_due(size, before_us):
            return None
        scores = deviations.tolist() if far > errors else self._scores(row)
        p_value, extents = float(found.p_values[0]), extents_of(told, age_s)
        return Changed(channel, min(size, last), p_value, habit.since_us, extents, scores)

    def _scores(self, row: Floats) -> list[float]:
        """How far each aspect is from what the ensemble makes of all of them."""
        said = {one.metric: one.score for one in reasons(self.ensemble, row, ASPECTS).contributions}
        return [said.get(aspect, math.nan) for aspect in ASPECTS]

    def _beside_others(self, row: Floats, at: Place) -> tuple[Floats, Floats]:
        """A row less what earlier ones deviate, and the same in units of their spread; it is one of them from now on."""
        beside, spread = row - self.common, self.spread.copy()
        ones, others = (row[[pair[side] for pair in PAIRS]] for side in (0, 1))
        told = observe(self.fleet, PAIR_KEYS, [at.time_us] * len(PAIRS), ones, others)
        told = np.nan_to_num(told).reshape(len(PAIRS), len(FLEET_HALF_LIVES_S), TOLD)
        for place, pair in enumerate(PAIRS):
            self.common[list(pair)] = told[place, 0][MEANS]
            self.spread[list(pair)] = np.maximum(told[place, 1][STDS], 1.0)
        return beside, beside / spread


@lru_cache(KEPT)
def key_of(device: str, channel: str) -> npt.NDArray[np.uint64]:
    """The stream of a device's flows on a channel; not to be changed."""
    return mixed([word_of(device)], [word_of(channel)])


def channel_of(flow: Flow) -> str:
    """What a device does on one port, as a person calls it."""
    port, protocol, direction = flow.word("port"), flow.word("protocol"), flow.word("direction")
    way = "inbound " if direction == "inbound" else ""
    return f"{way}{protocol} port {port}" if port else f"{way}{protocol}"


def _errors(score: float) -> float:
    """A score of the ensemble in usual errors."""
    return LIMIT * score / max(1.0 - score, 1e-12)


def _largest(deviations: Floats) -> float:
    """The largest one, whatever its sign; the rate is never missing."""
    return float(np.nanmax(np.abs(deviations)))


def _size(flow: Flow, column: str) -> float:
    value = flow.number(column)
    return math.nan if value is None else math.log1p(value)
