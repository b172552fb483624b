"""What the time of a report comes to: weights of what is learned, the time of day, how long is long."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import Floats, fused
from detectors.baseline.parameters import Parameters

US = 1e6
MINUTES = 24 * 60


def waves() -> Floats:
    """Sine and cosine of the day, for every minute of the day (UTC)."""
    turns = 2 * np.pi * np.arange(MINUTES) / MINUTES
    return np.stack([np.sin(turns), np.cos(turns)], axis=1).astype(np.float32)


TABLE = waves()


class Weights(NamedTuple):
    """How much a report counts for level and spread after a gap."""

    gap_s: float
    level: np.float32
    spread: np.float32


@fused
def weigh(gap_s: float, p: Parameters) -> Weights:
    """The weights after a gap."""
    level = np.float32(1.0 - math.exp(-gap_s / p.level_tau_s))
    return Weights(gap_s, level, np.float32(1.0 - math.exp(-gap_s / p.spread_tau_s)))


class Moment(NamedTuple):
    """What a report's time comes to, for all its metrics: weights of what is learned (the longer the gap, the larger) and the like.

    `wave` are the rhythm's terms now, `ripe` (0 to 1) how far it has been seen long enough; `lasted` how long equal values have lasted
    since the last report, `patience` how long they must.
    """

    wave: Any
    ripe: np.float32
    gap: np.float32
    level_weight: np.float32
    spread_weight: np.float32
    lasted: np.float32
    patience: np.float32


@fused
def moment_of(
    head: Any, time_us: int, gap_s: float, weights: Weights, table: Floats, p: Parameters
) -> Moment:
    """What the report's time comes to."""
    days = (time_us / US - head.first_s) / 86_400.0
    return Moment(
        table[(time_us // 60_000_000) % MINUTES],
        np.float32(min(max(days - 2.0, 0.0), 1.0)),
        np.float32(gap_s),
        weights.level,
        weights.spread,
        # A long silence is not a long time of equal values.
        np.float32(min(gap_s, 2.0 * head.usual_s)),
        np.float32(max(p.stuck_s, p.stuck_reports * head.usual_s)),
    )
