"""What a cohort's devices did on their healthy days, as weights by size (see `bins`), and what they do together just now.

Each device gives a number a day and an aspect: the largest of the day. Memory is bounded: cohorts or metrics beyond a number have none.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.baseline.bins import ASPECTS, BINS, bin_of
from detectors.baseline.lanes import Floats, fused, unmanaged
from detectors.baseline.margin import limit_of
from detectors.baseline.parameters import Parameters
from detectors.baseline.row import LANES

MOST_COHORTS, MOST_GROUPS = 2048, 4


class Cohorts(NamedTuple):
    """Arrays by cohort and group of metrics: row `(cohort + 1) * groups + group` of each, the first `groups` rows for no cohort.

    `weights` is (rows, LANES, ASPECTS, BINS), `firsts` (rows, LANES, ASPECTS) the day from which on it is learned, `limits` (rows *
    ASPECTS, LANES) the size that sets the margin (0: not known yet), `commons` as many rows of which the first four are what is done
    together (see `tide`), `moved` (rows, LANES, 2) how many devices left their range upward and downward lately and `moved_us` when that
    was counted; `days` and `members` are by cohort + 1: the newest day and how many devices.
    """

    weights: Floats
    firsts: npt.NDArray[np.int32]
    limits: Floats
    commons: Floats
    common_us: npt.NDArray[np.int64]
    moved: Floats
    moved_us: npt.NDArray[np.int64]
    days: npt.NDArray[np.int32]
    members: npt.NDArray[np.int32]
    parents: npt.NDArray[np.int32]


def make(cohorts: int, groups: int) -> Cohorts:
    """Empty ones for so many cohorts and groups of metrics."""
    rows = (cohorts + 1) * groups
    return Cohorts(
        np.zeros((rows, LANES, ASPECTS, BINS), np.float32),
        np.zeros((rows, LANES, ASPECTS), np.int32),
        np.zeros((rows * ASPECTS, LANES), np.float32),
        np.zeros((rows * ASPECTS, LANES), np.float32),
        np.zeros((rows, 1), np.int64),
        np.zeros((rows, LANES, 2), np.float32),
        np.zeros((rows, LANES, 2), np.int64),
        np.zeros(cohorts + 1, np.int32),
        np.zeros(cohorts + 1, np.int32),
        np.zeros(cohorts + 1, np.int32),
    )


def grown(old: Cohorts, cohorts: int, groups: int, before: int) -> Cohorts:
    """The same with room for so many cohorts and groups of metrics; `before` is the number of groups now."""
    new, known = make(cohorts, groups), len(old.days)
    into: Any
    of: Any
    for into, of in zip(new, old, strict=True):
        if into.ndim == 1:
            into[:known] = of
        elif before:
            per = len(into) // (cohorts + 1) // groups
            shape = (-1, groups, per, *into.shape[1:])
            into.reshape(shape)[:known, :before] = of.reshape(known, before, per, *of.shape[1:])
    return new


@unmanaged
def learn(
    cohorts: Cohorts, place: int, parent: int, lane: int, aspect: int, score: float, day: int, p: Parameters
) -> None:
    """Take in one device's day, for its cohort and for the tenant as a whole (`parent`), which stands in for a cohort of few days."""
    general = 0.0
    if parent != place:
        weights = cohorts.weights[parent, lane, aspect]
        weights[bin_of(score, aspect)] += np.float32(1)
        general = limit_of(weights, aspect, 0.0, lived(cohorts, parent, lane, aspect, day), p)
        cohorts.limits[parent * ASPECTS + aspect, lane] = general
    weights = cohorts.weights[place, lane, aspect]
    weights[bin_of(score, aspect)] += np.float32(1)
    known = lived(cohorts, place, lane, aspect, day)
    cohorts.limits[place * ASPECTS + aspect, lane] = limit_of(weights, aspect, general, known, p)


@unmanaged
def lived(cohorts: Cohorts, place: int, lane: int, aspect: int, day: int) -> Any:
    """How many days long something has been learned, this one included."""
    first = cohorts.firsts[place, lane, aspect]
    if first == 0:
        first = cohorts.firsts[place, lane, aspect] = day
    return max(day - first, 0) + 1


@unmanaged
def age(cohorts: Cohorts, cohort: int, groups: int, day: int, p: Parameters) -> None:
    """Let the weights of a cohort (its number + 1) fade up to this day."""
    passed = day - cohorts.days[cohort]
    if passed <= 0:
        return
    known = cohorts.days[cohort] > 0
    cohorts.days[cohort] = day
    if not known:
        return
    weight = np.float32(p.day_weight**passed)
    lift = (cohorts.parents[cohort] - cohort) * groups
    for place in range(cohort * groups, (cohort + 1) * groups):
        for lane in range(LANES):
            for aspect in range(ASPECTS):
                weights = cohorts.weights[place, lane, aspect]
                for number in range(BINS):
                    weights[number] *= weight
                general = cohorts.limits[(place + lift) * ASPECTS + aspect, lane] if lift else 0.0
                known = max(day - cohorts.firsts[place, lane, aspect], 0) + 1
                cohorts.limits[place * ASPECTS + aspect, lane] = limit_of(weights, aspect, general, known, p)


@fused
def place_of(cohorts: Cohorts, number: int, groups: int, group: int) -> Any:
    """The row of `Cohorts` of a cohort's group of metrics, 0 for a cohort or metric without."""
    known = 0 <= number < cohorts.days.shape[0] - 1 and group < MOST_GROUPS
    return (number + 1) * min(groups, MOST_GROUPS) + group if known else 0


@fused
def pace_of(cohorts: Cohorts, cohort: int, place: int, time_us: int, p: Parameters) -> Any:
    """The weight of one report in what the cohort does together: its share of the members, more after a pause; 0 for a few members."""
    members = cohorts.members[cohort]
    if place == 0 or members < p.common_members:
        return np.float32(0)
    passed_s = (time_us - cohorts.common_us[place, 0]) / 1e6
    cohorts.common_us[place, 0] = max(time_us, cohorts.common_us[place, 0])
    return np.float32(min(max(passed_s / p.common_tau_s, 1.0 / members), 1.0))


@unmanaged
def note_moved(cohorts: Cohorts, place: int, lane: int, side: int, time_us: int, p: Parameters) -> None:
    """One more device has left its range."""
    before_us = cohorts.moved_us[place, lane, side]
    fade = math.exp(-max(time_us - before_us, 0) / 1e6 / p.moved_tau_s)
    cohorts.moved[place, lane, side] = cohorts.moved[place, lane, side] * fade + 1.0
    cohorts.moved_us[place, lane, side] = max(time_us, before_us)


@unmanaged
def moves(
    cohorts: Cohorts, cohort: int, place: int, lane: int, side: int, time_us: int, p: Parameters
) -> Any:
    """Whether so many of the cohort's devices left their range lately that the cohort moves; the one in question counts as one."""
    fade = math.exp(-max(time_us - cohorts.moved_us[place, lane, side], 0) / 1e6 / p.moved_tau_s)
    others = cohorts.moved[place, lane, side] * fade - 1.0
    return others >= max(p.moved_peers, p.moved_share * cohorts.members[cohort])
