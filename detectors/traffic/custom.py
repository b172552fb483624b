"""What a device has done all along, and so is no attack's doing: failures that are customary are excused.

A service that is gone, a neighbour that is switched off: there are attempts that fail for ever as an attacker's do, but from the beginning,
evenly, and never as most of what happens. A kind of events, of one device or of any, is customary as far as it was in nearly every block
of events since the first; blocks are of events that teach, so a flood does not push what is usual out of them. Not seen through: a bot that
was there first and keeps below the share; its port, its words and its rate stay as risky as they are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic.dominance import FADED
from detectors.traffic.memory import ALL, EVENTS, TAUGHT

BLOCK_EVENTS, FIRST_BLOCKS = (
    100.0,
    3.0,
)  # that taught, in a block, and blocks there must be until anything is customary
COVERED = 0.7  # the share of blocks from which on a kind begins to be
MOST_SHARE = 0.2  # of all events lately, from which on it is not
MOST_EXCUSED, FAILURE = 4.0, 1.0  # nats of what a device did lately, and of the failure itself
BLOCKS, BLOCK, COUNT, LAST = range(
    4
)  # places in `memory.customs`: blocks it was in, the last of them, lately counted, when


@unmanaged
def customary(memory: Any, kind: Any) -> float:
    """How far events of this kind are customary, 0 to 1; counts this one. `dominated` must have counted it among all events."""
    events, customs = memory.scalars[EVENTS], memory.customs
    place, block = (
        np.int64(kind % np.uint64(b.KINDS)),
        math.floor(memory.scalars[TAUGHT] / BLOCK_EVENTS) + 1.0,
    )
    if customs[place, BLOCK] != block:
        customs[place, BLOCKS] += 1.0
        customs[place, BLOCK] = block
    customs[place, COUNT] = customs[place, COUNT] * FADED ** (events - customs[place, LAST]) + 1.0
    customs[place, LAST] = events
    if block < FIRST_BLOCKS:
        return 0.0
    share = customs[place, COUNT] / memory.scalars[ALL] / MOST_SHARE
    covered = (customs[place, BLOCKS] / block - COVERED) / (1.0 - COVERED)
    return float(min(max(covered, 0.0), 1.0) * max(1.0 - share * share, 0.0))


@unmanaged
def excused(custom: float, risk: float, failed: Any) -> float:
    """The risk (nats) that is left of what a device did lately; below 0 by what a customary failure is excused of.

    How far it is one, `custom`, is asked of texts as they are: if values that are new were one kind, what is learned late never would be.
    """
    return float(risk - custom * (min(risk, MOST_EXCUSED) + FAILURE * failed))
