"""What is learned of a report, of its cohort and its device: nothing of one that is outside, unless so many are that the cohort has moved.

A device counts the less the further it is on its way out, and for where cohort and device are the less the odder it is (Tukey's biweight;
Beaton & Tukey 1974).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import Floats, inlined
from detectors.baseline.vector import choose, larger, load, magnitude, select, smaller, store
from detectors.cohorts import row as r
from detectors.cohorts.apart import Apart
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.parameters import Parameters
from detectors.cohorts.standing import Standing

f32 = np.float32
ZERO, ONE, THREE, FOUR = f32(0), f32(1), f32(3), f32(4)
LEAST_NEAR, TINY, MOST_COUNT, FEW = f32(0.3), f32(1e-12), f32(1 << 23), f32(50)
UNITS, PLACE, SMOOTH, TOP, BOTTOM = r.UNITS, r.PLACE, r.SMOOTH, r.TOP, r.BOTTOM
CENTRE, APART, OWN, COUNT = r.CENTRE, r.APART, r.OWN, r.COUNT
TOP_MEAN, BOTTOM_MEAN = r.TOP_MEAN, r.BOTTOM_MEAN


class Lesson(NamedTuple):
    """Which lanes learn (`learns`), how much a report counts (`faith`), how much for places (`pull`), and the rest that is learned (`cut`).

    `share` are the report's seconds of the cohort's time, `once` the weight with which all reports so far would count alike.
    """

    learns: Any
    faith: Any
    pull: Any
    cut: Any
    share: Any
    once: Any


@inlined
def learn(
    members: Floats,
    base: int,
    cohorts: Floats,
    home: int,
    one: Apart,
    standing: Standing,
    now: Circumstances,
    p: Parameters,
) -> None:
    """Learn a report that was taken apart and judged."""
    lesson = _lesson(one, standing, now, p)
    _learn_centre(cohorts, home, one, lesson, p)
    _learn_place(members, base, one, standing.adopted, lesson, now, p)
    smooth, learns = standing.smooth, lesson.learns
    store(members, base + SMOOTH, select(standing.adopted, ZERO, smooth))
    counted = learns & (one.units >= f32(p.trusted_units))
    weight = select(counted, larger(lesson.share * f32(1 / p.top_tau_s), lesson.once), ZERO)
    faded = ONE - now.gap * f32(1 / p.top_decay_s)
    _learn_largest(members, base + TOP, cohorts, home + TOP_MEAN, smooth, faded, learns, weight)
    _learn_largest(members, base + BOTTOM, cohorts, home + BOTTOM_MEAN, ZERO - smooth, faded, learns, weight)


@inlined
def _lesson(one: Apart, standing: Standing, now: Circumstances, p: Parameters) -> Lesson:
    """What a report is to be learned with."""
    new, crowd = one.count < FEW, standing.crowd
    # From half way out on, to nothing at three quarters.
    faith = smaller(larger(THREE - FOUR * standing.far, ZERO), ONE)
    # While nobody can be told of nobody is left out: who would be has only not been given the right place yet.
    faith = select(crowd | new | (one.count * now.settled == ZERO), ONE, faith)
    near = larger(ONE - one.z * one.z * f32(1 / (p.place_clip_z * p.place_clip_z)), LEAST_NEAR)
    near = select(crowd | new, ONE, near * near)
    limit = f32(p.learn_clip_z) * one.spread * select(crowd, FOUR, ONE)
    cut = select(new, one.rest, smaller(larger(one.rest, ZERO - limit), limit))
    learns = one.ok & (~standing.out | crowd)
    return Lesson(learns, faith, faith * near, cut, now.gap / now.active, ONE / (one.count + ONE))


@inlined
def _learn_centre(cohorts: Floats, home: int, one: Apart, lesson: Lesson, p: Parameters) -> None:
    """Learn where the cohort is, how far devices are from their places and those from each other."""
    learns, cut, own, apart = lesson.learns, lesson.cut, one.own, one.apart
    away = one.trust * one.place + cut
    slow = lesson.faith * larger(lesson.share * f32(1 / p.spread_tau_s), lesson.once)
    quick = lesson.pull * larger(lesson.share * f32(1 / p.centre_tau_s), lesson.once)
    store(cohorts, home + COUNT, select(learns, smaller(one.count + ONE, MOST_COUNT), one.count))
    store(cohorts, home + CENTRE, select(learns, one.centre + quick * cut, one.centre))
    store(cohorts, home + OWN, select(learns, own + slow * (cut * cut - own), own))
    store(cohorts, home + APART, select(learns, apart + slow * (away * away - apart), apart))


@inlined
def _learn_place(
    members: Floats,
    base: int,
    one: Apart,
    adopted: Any,
    lesson: Lesson,
    now: Circumstances,
    p: Parameters,
) -> None:
    """Learn where the device is beside its cohort: at once where what it was found with has been adopted."""
    learns, place, units = lesson.learns, one.place, one.units
    unit = now.gap * f32(1 / p.unit_s)
    # Where one that joins a known cohort is from its beginning on is its place, however far from its peers that is.
    comes = units < f32(p.trusted_units) * now.joins
    most = f32(p.place_clip_z) * one.spread
    rest = select(comes, smaller(larger(one.rest, ZERO - most), most), lesson.cut)
    pull = select(comes, ONE, lesson.pull)
    settling = pull * larger(now.gap * f32(1 / p.place_tau_s), unit / (units + unit + TINY))
    away = one.trust * place + rest
    place_next = select(adopted, one.away, place + settling * (away - place))
    store(members, base + PLACE, select(choose(adopted, one.ok, learns), place_next, place))
    store(members, base + UNITS, select(learns, smaller(units + unit, MOST_COUNT), units))


@inlined
def _learn_largest(
    members: Floats, at: int, cohorts: Floats, mean_at: int, smooth: Any, faded: Any, learns: Any, weight: Any
) -> None:
    """Learn a device's largest mean deviation on one side, and of the cohort's devices the mean and mean difference (next row) of those."""
    largest = load(members, at)
    grown = larger(largest * faded, smooth)
    mean, spread = load(cohorts, mean_at), load(cohorts, mean_at + 1)
    miss = grown - mean
    store(members, at, select(learns, grown, largest))
    store(cohorts, mean_at, mean + weight * miss)
    store(cohorts, mean_at + 1, spread + weight * (magnitude(miss) - spread))
