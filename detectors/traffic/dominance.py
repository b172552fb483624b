"""One device that outweighs all others: what its events may teach, and how risky its most frequent kind is.

Counts fade by events, not by time, so a slow flood is one. There is no dominance of one device alone, nor of a kind all devices share.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic.memory import ALL, EVENTS

FADED = 1.0 - 1.0 / 700.0  # a count keeps with each event
ACTIVE_EVENTS = 1000.0  # within which a device counts as there
FAIR, FAIR_KIND = 2.0, 3.0  # times an equal share that a device, and one kind of its events, may have
ENOUGH = 30.0  # events counted until shares are judged


@unmanaged
def dominated(memory: Any, device: Any, kind: Any, mine: int) -> tuple[float, float]:
    """What a device's events may weigh, so that one that sends far more teaches less; how far one kind of its events outweighs others."""
    counts, scalars = memory.counts, memory.scalars
    events = scalars[EVENTS]
    scalars[ALL] = scalars[ALL] * FADED + 1.0
    at = np.int64(kind % np.uint64(b.KINDS - b.DEVICES)) + np.int64(b.DEVICES)
    for turn in range(2):
        place = at if turn == 0 else np.int64(mine)
        counts[place, 0] = counts[place, 0] * FADED ** (events - counts[place, 1]) + 1.0
        counts[place, 1] = events
    memory.active[int((device >> np.uint64(17)) % np.uint64(b.CELLS))] = events + 1.0
    full = 0
    for cell in range(b.CELLS):
        full += memory.active[cell] > 0.0 and events - memory.active[cell] < ACTIVE_EVENTS
    devices = b.CELLS * math.log(b.CELLS / max(b.CELLS - full, 1.0))
    if scalars[ALL] < ENOUGH:
        return 1.0, 0.0
    share, part = counts[mine, 0] / scalars[ALL], counts[at, 0] / scalars[ALL]
    fair = min(FAIR / (share * devices + 1e-9), 1.0)
    return fair * fair, max(math.log(part * devices / FAIR_KIND + 1e-9), 0.0)
