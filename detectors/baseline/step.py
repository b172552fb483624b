"""The compiled heart of the baseline: eight metrics of one report judged, then learned, in one straight run of float32 arithmetic.

What is too far is measured by what the device itself and its cohort reached on healthy days (`cohort`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.baseline.drift import drift_of, learn_drift
from detectors.baseline.episode import episode_of
from detectors.baseline.lanes import DRIFT, NEAR, NOISE, NONE, SPIKE, STUCK, Floats, fused
from detectors.baseline.moment import Moment
from detectors.baseline.noise import learn_noise, noise_of
from detectors.baseline.parameters import Parameters
from detectors.baseline.report import read
from detectors.baseline.spike import learn_spike, spike_of
from detectors.baseline.stuck import learn_stuck, stuck_of
from detectors.baseline.tide import learn_tide, tide_of
from detectors.baseline.usual import learn_usual, usual_of
from detectors.baseline.vector import any_of, larger, load, select, store


@fused
def step(
    cells: Floats,
    base: int,
    limits: Floats,
    at: int,
    commons: Floats,
    pace: np.float32,
    work: Floats,
    moment: Moment,
    alone: Any,
    anew: Any,
    widening: Any,
    p: Parameters,
) -> Any:
    """Judge and learn one report's values of one group of lanes.

    `cells` holds the device's fields from row `base`, `limits` its cohort's margins from row `at` and `commons` what it does together,
    learned at `pace` (0: the cohort is too small). `work` has the values (NaN: none), and afterwards the kind of finding each completed,
    or NEAR, and below it how far that went in its aspect. `alone` says whether the reports before are long ago,
    `anew` whether the level is found anew, `widening` whether what is new is expected and taken into the range. Returns whether there is a
    finding or NEAR.
    """
    busiest_known = load(limits, at + 3)
    report = read(cells, base, work, alone, anew, widening, p)
    usual = usual_of(cells, base, report, moment, p)
    spike = spike_of(cells, base, load(limits, at), report, usual, p)
    tide = tide_of(cells, base, commons, at, report, moment)
    idle = report.known & (report.active == NONE) & ~spike.found
    drift = drift_of(cells, base, limits, at, report, usual, tide.height, idle, moment, p)
    idle = idle & ~drift.found
    noise = noise_of(cells, base, busiest_known, report, usual.sd, idle, p)
    stuck = stuck_of(cells, base, report, tide.height, drift, idle & ~noise.found, moment, p)
    found = select(noise.found, NOISE, select(stuck.found, STUCK, NONE))
    found = select(spike.found, SPIKE, select(drift.found, DRIFT, found))
    episode = episode_of(cells, base, report, found, usual.size, drift, noise.energy, stuck.equal, moment, p)
    mean, bound = learn_usual(
        cells, base, busiest_known, report, usual, noise.energy, episode, tide, moment, p
    )
    learn_spike(cells, base, report, spike, usual.size, episode)
    learn_drift(cells, base, report, usual, tide.height, drift, episode, p)
    learn_noise(cells, base, report, noise, episode)
    learn_stuck(cells, base, report, stuck, episode, moment)
    learn_tide(cells, base, commons, at, report, usual, tide, episode, moment, pace, mean, bound)
    far = select(noise.found, noise.energy, spike.jump)
    store(work, 1, select(drift.found, larger(drift.rise, drift.fall), far))
    store(work, 0, select(found > NONE, found, select(drift.near, NEAR, NONE)))
    return any_of((found > NONE) | drift.near)
