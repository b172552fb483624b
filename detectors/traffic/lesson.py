"""What is learned of an event, as far as it is trusted (`trust`).

The price is that a change of a whole fleet (a new service everywhere) stays unusual until the model is learned anew by a replay; comparing
a cohort with itself is another detector's task.
"""

from __future__ import annotations

import math
from typing import Any

from detectors import conformal
from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic.behaviour import suspect
from detectors.traffic.event import Event, Room
from detectors.traffic.levels import numbers_learned, settle
from detectors.traffic.memory import KEPT, LEARNED, TAUGHT, TOTAL, UNIT, VIEW_UNIT
from detectors.traffic.reference import keep, renew
from detectors.traffic.survey import record, teach
from detectors.traffic.symbols import stretch
from detectors.traffic.testimony import Testimony
from detectors.traffic.trust import GATE, accept, overly, plausible
from detectors.traffic.verdict import Verdict

MEMORY_EVENTS = 50_000.0  # learned events until a count has half its weight
VIEW_EVENTS = 4_000.0  # the same for what views said
LEAST_WEIGHT = 1e-5
SURE = 300.0  # learned events until suspicion counts in full
SUSPECTED = 3.0  # suspicion from which on odd events are not taken for usual ones
KEPT_WEIGHT = 0.3  # above which an event is one of the reference


@unmanaged
def learn(memory: Any, room: Room, event: Event, said: Testimony, verdict: Verdict, words: Any) -> None:
    """Learn an event; what its device is suspected of, too."""
    harmless = math.exp(-overly(memory.scalars, said.risk))
    sure = min(memory.scalars[LEARNED] / SURE, 1.0)
    plain = plausible(verdict.p, verdict.most_suspicion * sure)
    weight = max(said.budget * plain * harmless, LEAST_WEIGHT)
    suspect(memory.suspicions, memory.suspect_us, event.mine, event.now_us, verdict.p, b.RELIEF)
    suspect(memory.suspicions, memory.suspect_us, b.DEVICES, event.now_us, verdict.p, b.RELIEF_TOGETHER)
    memory.scalars[TAUGHT] += weight
    _follow(memory, room, event, said.square, weight)
    if event.judged:
        _take(memory, verdict, harmless, said.budget)
        _count(memory, room, event, weight)
    if memory.scalars[LEARNED] < KEPT and weight > KEPT_WEIGHT:
        keep(memory, room.values, words, event.device, room.near, room.extras)
    renew(memory)


@unmanaged
def _follow(memory: Any, room: Room, event: Event, square: float, weight: float) -> None:
    """Move levels, relations and ranges of numbers towards the event's."""
    numbers_learned(memory, room.values, event.slot, event.base, event.settled, room.x, square, weight)
    if event.base != event.slot:
        settle(room.values, memory.ages, event.base, memory.levels, weight)
    stretch(room.values, memory.widths, memory.ranges, weight)


@unmanaged
def _take(memory: Any, verdict: Verdict, harmless: float, budget: float) -> None:
    """Take the event for usual, as far as its device is trusted, and its odds for what they are while nobody is suspected."""
    suspected = verdict.suspicion > SUSPECTED and verdict.p < GATE
    trust = 0.0 if suspected else 1.0 / (1.0 + verdict.suspicion) ** 2
    accept(memory, verdict.place, verdict.p, trust * harmless * budget)
    if verdict.most_suspicion < SUSPECTED:
        conformal.add(memory.usual, verdict.alone)


@unmanaged
def _count(memory: Any, room: Room, event: Event, weight: float) -> None:
    """Count what the event was and what the views said of it; what was counted before fades."""
    scalars = memory.scalars
    teach(memory, event.device, room.fine, room.coarse, weight * scalars[UNIT])
    record(memory, room.found, weight * scalars[VIEW_UNIT])
    scalars[VIEW_UNIT] *= 2.0 ** (weight / VIEW_EVENTS)
    scalars[TOTAL] += weight * scalars[UNIT]
    scalars[UNIT] *= 2.0 ** (weight / MEMORY_EVENTS)
