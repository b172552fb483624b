"""One report of a device judged beside its cohort, then learned: eight metrics in one straight run, as in `detectors.baseline.lanes`.

Everything is inlined, so it is one run of instructions; each part loads and stores fields of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import Floats, inlined
from detectors.baseline.vector import select, store
from detectors.cohorts.apart import apart_of
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.learning import learn
from detectors.cohorts.parameters import Parameters
from detectors.cohorts.standing import standing_of

ZERO, ONE, NAN = np.float32(0), np.float32(1), np.float32(np.nan)


class Judged(NamedTuple):
    """Of each lane the deviation (`z`; NaN: no value), how `far` the mean deviation is, in bounds as they are once enough is known, whether
    it is outside of them (`out`) and whether a finding is complete (`found`).
    """

    z: Any
    far: Any
    out: Any
    found: Any


@inlined
def judge(
    members: Floats, base: int, cohorts: Floats, home: int, v: Any, now: Circumstances, p: Parameters
) -> Judged:
    """Judge and learn one group of lanes; `v` are the values (NaN: none)."""
    one = apart_of(members, base, cohorts, home, v, p)
    standing = standing_of(members, base, cohorts, home, one, now, p)
    learn(members, base, cohorts, home, one, standing, now, p)
    # How far others usually are must not depend on how much was known then.
    far = select(one.ok, standing.wide * standing.far, ZERO)
    return Judged(select(one.ok, one.z, NAN), far, standing.out, standing.found)


@inlined
def hand_over(work: Floats, one: Judged) -> None:
    """For whoever writes findings down, lane by lane: `work[0]` is 1 where one is complete, `work[1]` how far it is."""
    store(work, 0, select(one.found, ONE, ZERO))
    store(work, 1, one.far)
