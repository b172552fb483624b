"""What an event may teach, and what is taken for usual.

Usual sizes are kept damped in a tree, `gate`: its p-values decide what is learned. An event below `EXTREME` teaches nothing, and all such
together are never more than that share of the tree; a suspected device's odd events are not in it at all. So a flood of any share stays
extreme, and the largest usual events don't become ever rarer by being left out. Suspicion is a CUSUM a device and one for everybody.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic.behaviour import faded
from detectors.traffic.calibration import grow
from detectors.traffic.memory import BASE, EVENTS, EXTREMES, GATE_UNIT

USUAL_EVENTS = 2_000.0  # until what is usual has half its weight
GATE = 0.02  # the p-value from which on an event teaches in full
EXTREME = 0.005  # the p-value at which it teaches nothing
RANKS = 2.0  # the same as a rank, while few usual ones are known: the largest of all counts half
ECHO_FADED = 0.5 ** (1.0 / 3000.0)  # what a count of odd events keeps with each event
DOUBTING = 1.2  # how steeply suspicion sets in as events are less plausible
YOUNG = 256.0  # events until extreme ones are kept few
LOWEST = 0.05  # the share of events whose risk is taken as this fleet's least


@unmanaged
def plausible(p: float, suspicion: float) -> float:
    """The weight of an event by its p-value: 1 for a usual one, less the less plausible it is and the more suspect its sender."""
    doubt = min(GATE / p, 1.0) ** DOUBTING * suspicion
    return float(min(max(p - EXTREME, 0.0) / (GATE - EXTREME), 1.0) ** 2 / (1.0 + doubt) ** 2)


@unmanaged
def accept(memory: Any, place: int, p: float, trust: float) -> None:
    """Count an event among usual ones; extreme ones together never weigh more than their share of what is calibrated."""
    scalars = memory.scalars
    share = trust
    if p < EXTREME:
        total = memory.gate[0] / scalars[GATE_UNIT]
        share *= min(max(EXTREME * total - scalars[EXTREMES], 0.0), 1.0) if scalars[EVENTS] > YOUNG else 1.0
        scalars[EXTREMES] += share
    if share > 0.0:
        grow(memory.gate, place, scalars[GATE_UNIT] * share)
        growth = 2.0 ** (share / USUAL_EVENTS)
        scalars[GATE_UNIT] *= growth
        scalars[EXTREMES] /= growth


@unmanaged
def echoed(memory: Any, kind: Any, unlearned: Any, p: float) -> float:
    """How many odd events of this kind there were lately; counts this one. A lone oddity has no precedent, an attack soon has.

    A kind that was not there before has the precedents of what was not learned (`unlearned`), one of which it was until now.
    What is odd is told by the p-value, not by the odds: counts of odd events must not make events odd.
    """
    place, events = np.int64(kind % np.uint64(b.KINDS)), memory.scalars[EVENTS]
    if memory.echoes[place, 1] == 0.0:
        other = np.int64(unlearned % np.uint64(b.KINDS))
        memory.echoes[place, 0], memory.echoes[place, 1] = memory.echoes[other, 0], memory.echoes[other, 1]
    was = memory.echoes[place, 0] * ECHO_FADED ** (events - memory.echoes[place, 1])
    known = memory.gate[0] / memory.scalars[GATE_UNIT]
    odd = max(GATE, RANKS / (known + 1.0))
    memory.echoes[place, 0], memory.echoes[place, 1] = was + max(1.0 - p / odd, 0.0), events
    return float(was)


@unmanaged
def overly(scalars: Any, risk: float) -> float:
    """How much riskier (nats) an event is than the least risky ones of this fleet, whose level follows it."""
    over = max(risk - scalars[BASE], 0.0)
    scalars[BASE] = max(scalars[BASE] + 0.02 * (LOWEST if risk > scalars[BASE] else LOWEST - 1.0), 0.0)
    return float(over)


@unmanaged
def suspicion_of(memory: Any, slot: int, now_us: Any) -> float:
    """How much a device is suspected; the last slot is everybody."""
    return float(faded(memory.suspicions[slot], memory.suspect_us[slot], now_us, b.TRUST_S))
