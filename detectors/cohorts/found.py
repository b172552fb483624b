"""Writing findings down as they are at that moment: `row.FOUND`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.baseline.lanes import Floats, unmanaged
from detectors.cohorts import row as r
from detectors.cohorts.parameters import Parameters

ZERO = np.float32(0)


@unmanaged
def place(one: Any, kind: int, row: int, home: int, metric: int, time_us: int, active: float) -> None:
    """What every finding says; `since_us` holds how long it has lasted, and afterwards since when."""
    one.kind, one.row, one.cohort, one.metric = kind, row, home, metric
    one.since_us = time_us - one.since_us
    one.peers = active
    one.first = one.second = one.third = -1


@unmanaged
def write_member(
    one: Any,
    members: Floats,
    base: int,
    cohorts: Floats,
    at: int,
    lane: int,
    value: float,
    far: float,
    wide: np.float32,
    p: Parameters,
) -> None:
    """A device beside its cohort in one lane; `far` is its mean deviation in bounds, `wide` times as wide as usual, more for a new one."""
    units = members[base + r.UNITS, lane]
    one.actual = value
    one.centre = cohorts[at + r.CENTRE, lane]
    one.apart = math.sqrt(cohorts[at + r.APART, lane])
    one.own = math.sqrt(cohorts[at + r.OWN, lane])
    trust = units / (units + p.trusted_units)
    one.place = trust * members[base + r.PLACE, lane]
    one.z = members[base + r.SMOOTH, lane]
    one.bound = (
        members[base + r.SMOOTH, lane]
        / max(far, 1e-6)
        * wide
        * (1.0 + p.new_wider * max(p.new_trust - trust, 0.0))
    )
    one.outside = cohorts[at + r.OUTSIDE, lane]
    one.since_us = np.int64(members[base + r.RUN_AGE, lane] * np.float32(1e3)) * 1000


@unmanaged
def write_shift(one: Any, cohorts: Floats, at: int, lane: int, move: float, bound: float) -> None:
    """A cohort's centre that moved by `move` deviations, further than `bound`."""
    one.actual = cohorts[at + r.CENTRE, lane]
    one.centre = cohorts[at + r.SLOW, lane]
    one.apart = math.sqrt(cohorts[at + r.APART, lane])
    one.own = math.sqrt(cohorts[at + r.OWN, lane])
    one.place = one.outside = 0.0
    one.since_us = 0
    one.z = move
    one.bound = bound


@unmanaged
def write_divergence(one: Any, ratio: float, bound: float) -> None:
    """A model that is `ratio` times as unusual as its reference allows for."""
    one.actual = one.z = ratio
    one.bound = bound
    one.centre = one.apart = one.own = one.place = one.outside = 0.0
    one.since_us = 0
    one.p_value = 1.0


@unmanaged
def write_contributors(one: Any, members: Floats, base: int, groups: int) -> None:
    """The three metrics that are furthest away at the moment."""
    for metric in range(groups * r.LANES):
        size = _distance(members, base, metric)
        if size > _distance(members, base, one.first):
            one.first, one.second, one.third = metric, one.first, one.second
        elif size > _distance(members, base, one.second):
            one.second, one.third = metric, one.second
        elif size > _distance(members, base, one.third):
            one.third = metric


@unmanaged
def _distance(members: Floats, base: int, metric: int) -> Any:
    if metric < 0:
        return ZERO
    return abs(members[base + metric // r.LANES * r.MEMBER_FIELDS + r.SMOOTH, metric % r.LANES])
