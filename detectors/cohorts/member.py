"""One report of a device judged beside its cohort, then learned: eight metrics in one straight run, as in `detectors.baseline.lanes`.

Everything is inlined, so it is one run of instructions; each part loads and stores fields of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.baseline.lanes import Floats, inlined
from detectors.baseline.vector import any_of, select, store
from detectors.cohorts.apart import apart_of
from detectors.cohorts.circumstances import Circumstances
from detectors.cohorts.learning import learn
from detectors.cohorts.parameters import Parameters
from detectors.cohorts.standing import standing_of

ZERO, ONE, NAN = np.float32(0), np.float32(1), np.float32(np.nan)


@inlined
def judge(
    members: Floats,
    base: int,
    cohorts: Floats,
    home: int,
    v: Any,
    work: Floats,
    now: Circumstances,
    p: Parameters,
) -> tuple[Any, Any]:
    """Judge and learn one group of lanes; whether a finding is complete in any, and whether any is outside.

    `v` are the values (NaN: none). `work[0]` becomes the deviations (NaN: none), `work[1]` 1 where a finding is complete, `work[2]`
    how far the mean deviation is, in bounds as they are once enough is known.
    """
    one = apart_of(members, base, cohorts, home, v, p)
    standing = standing_of(members, base, cohorts, home, one, now, p)
    learn(members, base, cohorts, home, one, standing, now, p)
    # How far others usually are must not depend on how much was known then.
    _hand_over(work, one.z, standing.wide * standing.far, one.ok, standing.found)
    return any_of(standing.found), any_of(standing.out)


@inlined
def _hand_over(work: Floats, z: Any, far: Any, ok: Any, found: Any) -> None:
    """What the caller needs of each lane."""
    store(work, 0, select(ok, z, NAN))
    store(work, 1, select(found, ONE, ZERO))
    store(work, 2, select(ok, far, ZERO))
