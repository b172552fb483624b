"""Whether a whole cohort moves: its centre against its own last hours, and that against what it did on the days before."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import Floats, inlined
from detectors.baseline.vector import any_of, larger, load, magnitude, root, select, store
from detectors.cohorts import row as r
from detectors.cohorts.parameters import DAY_S, EVERY, Parameters

f32 = np.float32
ZERO, ONE, FEW, FADED, DAY, STEP = f32(0), f32(1), f32(2 * EVERY), f32(0.97), f32(DAY_S), f32(EVERY)
CENTRE, APART, COUNT, SLOW = r.CENTRE, r.APART, r.COUNT, r.SLOW
ROSE, ROSE_TODAY, FELL, FELL_TODAY, SHIFT_AGE = r.ROSE, r.ROSE_TODAY, r.FELL, r.FELL_TODAY, r.SHIFT_AGE


class Move(NamedTuple):
    """After `count` reports of the cohort: its centre's own last hours (`slow`), and how far it is from there in deviations."""

    count: Any
    slow: Any
    move: Any


@inlined
def watch(
    cohorts: Floats,
    home: int,
    work: Floats,
    share: Any,
    settled: Any,
    ripe: Any,
    ended: Any,
    margin: Any,
    p: Parameters,
) -> Any:
    """Learn how the centres of one group of lanes move; whether any moved further than in a day before.

    `share` are the seconds since last time, `settled` 1 where the centres have been found, `ripe` 1 where shifts may be told, `ended` 1
    with the first report of a day (UTC), `margin` by how much a shift must exceed what was before.
    `work[0]` becomes 1 where a shift is found, `work[1]` the move in deviations, `work[2]` its bound. While a shift is known (a day), and
    until the centres have been found, nothing is learned of moves, so it does not become what is usual.
    """
    one = _move_of(cohorts, home, share, p)
    count, move = one.count, one.move
    rose, fell = load(cohorts, home + ROSE), load(cohorts, home + FELL)
    bound = f32(p.shift_factor) * select(move > ZERO, rose, fell) + margin
    age = load(cohorts, home + SHIFT_AGE)
    found = (magnitude(move) > bound) & (age == ZERO) & (count * ripe > ZERO)
    age_next = select(found, share + ONE, select((age > ZERO) & (age < DAY), age + share, ZERO))
    calm = (age_next == ZERO) & (count * settled > ZERO)
    _learn_days(cohorts, home, move, calm, one.slow * ZERO + ended > ZERO, rose, fell)
    store(cohorts, home + SHIFT_AGE, age_next)
    store(cohorts, home + SLOW, one.slow)
    store(work, 0, select(found, ONE, ZERO))
    store(work, 1, move)
    store(work, 2, bound)
    return any_of(found)


@inlined
def _move_of(cohorts: Floats, home: int, share: Any, p: Parameters) -> Move:
    """How far the centres are from their own last hours."""
    centre, count = load(cohorts, home + CENTRE), load(cohorts, home + COUNT)
    slow = select(count < FEW, centre, load(cohorts, home + SLOW))
    slow = slow + larger(share / f32(p.shift_tau_s), STEP / (count + STEP)) * (centre - slow)
    least = larger(f32(p.floor_share) * magnitude(centre), f32(p.floor))
    # How far devices are from the centre; that has in it how much each varies about its own place.
    spread = root(load(cohorts, home + APART)) + least
    return Move(count, slow, (centre - slow) / spread)


@inlined
def _learn_days(cohorts: Floats, home: int, move: Any, calm: Any, new_day: Any, rose: Any, fell: Any) -> None:
    """Learn how far up and down centres move in a day, on those days that are over; what they did before fades."""
    today_up, today_down = load(cohorts, home + ROSE_TODAY), load(cohorts, home + FELL_TODAY)
    today_up = select(calm, larger(today_up, move), today_up)
    today_down = select(calm, larger(today_down, ZERO - move), today_down)
    store(cohorts, home + ROSE, select(new_day, larger(rose * FADED, today_up), rose))
    store(cohorts, home + FELL, select(new_day, larger(fell * FADED, today_down), fell))
    store(cohorts, home + ROSE_TODAY, select(new_day, ZERO, today_up))
    store(cohorts, home + FELL_TODAY, select(new_day, ZERO, today_down))
