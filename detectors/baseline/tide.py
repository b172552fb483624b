"""What a cohort's devices do together, and how far a device does it too: taken off where it explains more than it costs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline import row as r
from detectors.baseline.episode import Episode
from detectors.baseline.lanes import FOUR, HALF, ONE, QUARTER, THIRD, TINY, TWO, ZERO, Floats, f32, fused
from detectors.baseline.moment import Moment
from detectors.baseline.report import Report
from detectors.baseline.usual import Usual
from detectors.baseline.vector import larger, load, magnitude, select, smaller, store

SLOWLY = f32(1 / 256)
# In a cohort that does something together at most this share of its devices has another share in it than about one; at twice as many (half
# of them in the sun) it is no movement of all.
UNLIKE_SHARE, MOST_UNLIKE = f32(0.2), f32(0.15)
SOON = f32(1 / 32)


class Tide(NamedTuple):
    """What it comes to for the device (`height`), the device's `share`, and of the cohort the movement `common` to all, how large it and
    what is left of devices' own usually are.
    """

    height: Any
    weight: Any
    share: Any
    common: Any
    together: Any
    apart: Any


@fused
def tide_of(cells: Floats, base: int, commons: Floats, at: int, report: Report, moment: Moment) -> Tide:
    """The cohort counts as far as it explains what its devices do, and only for a metric that moves all the time."""
    common, together, apart = load(commons, at), load(commons, at + 1), load(commons, at + 2)
    share = load(cells, base + r.SHARE)
    explained = FOUR * (together / (together + apart + TINY) - HALF)
    alike = TWO - load(commons, at + 3) / MOST_UNLIKE
    weight = smaller(larger(smaller(explained, alike), ZERO), ONE)
    moves = (load(cells, base + r.LONGEST_AGE) < THIRD * moment.patience) & (
        load(cells, base + r.BUSIEST) > ZERO
    )
    weight = select(moves & (report.days >= ONE), weight, ZERO)
    return Tide(weight * share * common, weight, share, common, together, apart)


@fused
def learn_tide(
    cells: Floats,
    base: int,
    commons: Floats,
    at: int,
    report: Report,
    usual: Usual,
    tide: Tide,
    episode: Episode,
    moment: Moment,
    pace: np.float32,
    mean: Any,
    bound: Any,
) -> None:
    """What the cohort does together, at its pace, and this device's share in that; `mean` and `bound` are the rhythm's."""
    joins = episode.learns & report.known & ~report.open & ~report.started
    common, together, apart, share = tide.common, tide.together, tide.apart, tide.share
    own = report.v - mean - common
    own = smaller(larger(own, ZERO - FOUR * usual.sd), FOUR * usual.sd)
    rest = report.v - mean - share * common
    rest = smaller(larger(rest, ZERO - bound), bound)
    slope = smaller(larger(rest * common / (together + TINY), ZERO - ONE), ONE)
    moved = smaller(larger(share + QUARTER * moment.spread_weight * slope, ZERO), TWO)
    moved = select(joins & (together > ZERO), moved, share)
    store(cells, base + r.SHARE, select(report.ok & report.first, ONE, moved))
    store(cells, base + r.TIDE, select(report.ok, tide.height, load(cells, base + r.TIDE)))
    slowly = SLOWLY * pace
    store(commons, at, common + select(joins, pace * own, ZERO))
    store(commons, at + 1, together + select(joins, slowly * (common * common - together), ZERO))
    unlike, other = load(commons, at + 3), select(magnitude(share - ONE) > UNLIKE_SHARE, ONE, ZERO)
    store(commons, at + 3, unlike + select(joins, SOON * pace * (other - unlike), ZERO))
    store(commons, at + 2, apart + select(joins, slowly * (rest * rest - apart), ZERO))
