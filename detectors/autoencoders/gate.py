"""How far an event is learned: fully where it is usual, less the odder it is and the more such events there were lately.

P-values of usual events are spread evenly. `LEVELS` cuts them into bands. Where more odd events came lately than chance makes there is a
flood, and nothing is learned of anything, neither by the nets nor by the usual scores: learning only those that look usual would shrink
what is usual, until nothing is. Where one band is crowded, though its events are not odd, only those of the band are not learned. A slow
change fills the bands slowly and is followed; a change of everything at once stays odd until the model is learned anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors import conformal
from detectors.baseline.lanes import unmanaged

LEVELS = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 1.0])
BANDS = len(LEVELS) - 1
# What is remembered of a band: the share of the latest events in it, and what of its events was not counted among usual ones yet.
SHARE, CREDIT = 0, 1
SURE = 3.0  # usual errors up to which an event is not doubted for its size
CROWD = 2.0  # so many times the events a band should have are still chance
CROWD_POWER, SIZE_POWER = 4, 4
LATELY = 400.0  # latest events of which the shares are
TRUST_S = 3600.0  # in so long half of what is known of the shares is forgotten


def fresh() -> Any:
    """The bands as they should be."""
    return np.stack([np.diff(LEVELS), np.zeros(BANDS)])


@unmanaged
def band_of(p: float) -> int:
    """The band of a p-value."""
    place = 0
    while place < BANDS - 1 and p > LEVELS[place + 1]:
        place += 1
    return place


@unmanaged
def forgive(bands: Any, passed_us: float) -> None:
    """Move the shares towards what they should be, by the time since the event before; a clock running backwards forgives nothing."""
    left = 2.0 ** (-max(passed_us, 0.0) / 1e6 / TRUST_S)
    for place in range(BANDS):
        due = LEVELS[place + 1] - LEVELS[place]
        bands[SHARE, place] = due + left * (bands[SHARE, place] - due)


@unmanaged
def calm(bands: Any, band: int) -> float:
    """1, or less where there were too many events of this band lately, or too many odd ones at any level."""
    found = CROWD * (LEVELS[band + 1] - LEVELS[band]) / bands[SHARE, band]
    below = bands[SHARE, 0]
    for place in range(1, BANDS):
        below += bands[SHARE, place]
        found = min(found, CROWD * LEVELS[place + 1] / below)
    return float(min(found, 1.0))


@unmanaged
def weigh(bands: Any, usual: Any, score: float, p: float, trust: float) -> float:
    """The weight with which an event is learned; counts its score among the usual ones as far as it deserves."""
    band = band_of(p)
    for place in range(BANDS):
        bands[SHARE, place] += trust * ((1.0 if place == band else 0.0) - bands[SHARE, place]) / LATELY
    weight = trust * calm(bands, band) ** CROWD_POWER
    bands[CREDIT, band] += weight
    if bands[CREDIT, band] >= 1.0:
        bands[CREDIT, band] -= 1.0
        conformal.add(usual, score)
    return float(weight)


@unmanaged
def doubt(score: float) -> float:
    """What an event counts for by its size where a net learns it.

    Not where usual errors and ranges are learned, which no single event moves far: left out there, rare but ordinary events would seem
    ever odder.
    """
    return float(min(SURE / max(score, SURE), 1.0) ** SIZE_POWER)
