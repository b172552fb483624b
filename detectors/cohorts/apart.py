"""A device's value taken apart into where its cohort is, its own place beside that, and the rest.

Where the cohort is now is `CENTRE`, a running mean of what is cut as in Huber 1964, the device's own place beside that `PLACE`. The place
of a device that is hardly known counts little and the spread between devices counts instead (empirical Bayes shrinkage; James & Stein
1961), so a new device is judged by its cohort from its first report.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import MOST, Floats, inlined
from detectors.baseline.vector import larger, load, magnitude, root, select, smaller
from detectors.cohorts import row as r
from detectors.cohorts.parameters import Parameters

f32 = np.float32
ZERO, ONE = f32(0), f32(1)
UNITS, PLACE = r.UNITS, r.PLACE
CENTRE, APART, OWN, COUNT = r.CENTRE, r.APART, r.OWN, r.COUNT


class Apart(NamedTuple):
    """Eight values taken apart (`ok`: where there is one), after `count` reports of the cohort and `units` of time of the device.

    Each is `away` from the `centre`: by the `trust` in the device's own `place` of that, and by a `rest`, which is `z` times the usual
    `spread`. That is made of the variances about places (`own`) and between them (`apart`).
    """

    ok: Any
    count: Any
    units: Any
    trust: Any
    centre: Any
    place: Any
    away: Any
    rest: Any
    own: Any
    apart: Any
    spread: Any
    z: Any


@inlined
def apart_of(members: Floats, base: int, cohorts: Floats, home: int, v: Any, p: Parameters) -> Apart:
    """Take values apart (NaN: none)."""
    ok = magnitude(v) <= MOST
    v = select(ok, v, ZERO)
    n = load(cohorts, home + COUNT)
    units, place = load(members, base + UNITS), load(members, base + PLACE)
    centre = select(n == ZERO, v, load(cohorts, home + CENTRE))
    apart, own = load(cohorts, home + APART), load(cohorts, home + OWN)
    trust = units / (units + f32(p.trusted_units))
    away = v - centre
    rest = away - trust * place
    least = larger(f32(p.floor_share) * magnitude(centre), f32(p.floor))
    spread = root(own + (ONE - trust) * apart + least * least)
    z = smaller(larger(rest / spread, ZERO - f32(p.clip_z)), f32(p.clip_z))
    return Apart(ok, n, units, trust, centre, place, away, rest, own, apart, spread, z)
