"""The compiled heart of the traffic detector: events scored by how rare (`survey`, `levels`) and how risky they are, and learned.

An event's odds are its size in units of the usual largest 1%, and its risk: what is known of attacks (`evidence`), what the device did
lately (`actions`) unless it always does (`custom`), and whether it outweighs all others (`dominance`). It counts the more, the more events
of its kind were odd lately: an attack repeats itself, while a device that sent one odd event may send ordinary ones next.

Learning is gated (`trust`): the price is that a change of a whole fleet (a new service everywhere) stays unusual until the model is learned
anew by a replay; comparing a cohort with itself is another detector's task.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors import conformal
from detectors.compiling import compiled
from detectors.traffic import behaviour as b
from detectors.traffic import relations as r
from detectors.traffic.actions import acted
from detectors.traffic.behaviour import kind_of, suspect
from detectors.traffic.calibration import p_value, sized
from detectors.traffic.custom import excused
from detectors.traffic.dominance import dominated
from detectors.traffic.evidence import FAILED
from detectors.traffic.levels import numbers_learned, numbers_said, settle
from detectors.traffic.memory import (
    GATE_UNIT,
    JUMPED,
    KEPT,
    LEARNED,
    SCALE,
    START,
    TAUGHT,
    TOTAL,
    UNIT,
    USUAL,
    VIEW_UNIT,
)
from detectors.traffic.reference import PRECISION, keep, renew
from detectors.traffic.relations import nearness, slot_of
from detectors.traffic.survey import discount, judge, recognise, record, survey, teach
from detectors.traffic.symbols import cut, stretch
from detectors.traffic.trust import GATE, accept, echoed, overly, plausible, suspicion_of

VERSION = 5  # any change of a score or of the state
MEMORY_EVENTS = 50_000.0  # learned events until a count has half its weight
VIEW_EVENTS = 4_000.0  # the same for what views said
LEAST_WEIGHT = 1e-5
SURE = 300.0  # learned events until suspicion counts in full
DOUBT = 40.0  # learned events at which an event's odds are hardly more than 1
RARITY = 0.8  # the exponent of a rarity beside precedents: they say more than how rare one event is
RISK_NATS = 3.0  # of risk that count as much as the largest 1% of sizes
DOMINANCE_NATS = 2.0  # for each e-fold of a device's fair share
ECHO = 0.6  # for each e-fold of odd events of the same kind before
SUSPECTED = 3.0  # suspicion from which on odd events are not taken for usual ones
ALARM_ODDS = 3.5
COHORT = np.uint64(14)  # stands for the device of what any device sent


@compiled
def squeezed(memory: Any, numbers: Any, values: Any) -> None:
    """Numbers as they are compared."""
    for column in range(len(values)):
        values[column] = math.asinh((numbers[column] - memory.middles[column]) / memory.cores[column])


@compiled
def rated(scalars: Any, size: float) -> float:
    """A size in units of the usual largest 1%; while little is learned it cannot be much."""
    odds, sure = size / (scalars[SCALE] * scalars[USUAL]), (scalars[LEARNED] / DOUBT) ** 2
    return float(odds * sure / (odds + sure + 1e-9))


@compiled
def counted(memory: Any, device: Any, fine: Any, coarse: Any, found: Any, weight: float) -> None:
    """Learn what an event was and what the views said of it; what was learned before fades."""
    scalars = memory.scalars
    teach(memory, device, fine, coarse, weight * scalars[UNIT])
    record(memory, found, weight * scalars[VIEW_UNIT])
    scalars[VIEW_UNIT] *= 2.0 ** (weight / VIEW_EVENTS)
    scalars[TOTAL] += weight * scalars[UNIT]
    scalars[UNIT] *= 2.0 ** (weight / MEMORY_EVENTS)


@compiled
def observe(  # noqa: PLR0915 - one event's way through all parts; cut up, its twenty values would be passed around
    memory: Any,
    devices: Any,
    times_us: Any,
    numbers: Any,
    words: Any,
    evidence: Any,
    out: Any,
    p_values: Any,
    views: Any,
    rarities: Any,
    alone: Any,
) -> None:
    """Score events, then learn them."""
    columns, extras, scalars = len(memory.kinds), memory.kept_extras.shape[1], memory.scalars
    fine, coarse = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    familiar, as_is = np.ones(columns, np.bool_), np.ones(columns, np.bool_)
    far, found, x = np.zeros(columns), np.zeros(len(memory.weights)), np.zeros(len(memory.precision))
    values, near = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
    first = len(found) - extras
    lately = extras - len(b.SPANS_S) - b.FANS
    risks, outcomes, targets, ports = evidence
    for row in range(len(devices)):
        device, now_us = devices[row], times_us[row]
        squeezed(memory, numbers[row], values)
        cut(values, words[row], memory.lows, memory.widths, memory.ranges, fine, coarse, far)
        recognise(memory, coarse, familiar)
        kind = kind_of(device, coarse, memory.kinds, familiar)
        mine = int(device % np.uint64(b.DEVICES))
        base = slot_of(
            kind_of(COHORT, coarse, memory.kinds, familiar), memory.owners, memory.ages, memory.levels, -1
        )
        slot = slot_of(kind, memory.owners, memory.ages, memory.levels, base)
        known = memory.ages[slot] >= r.SETTLED or memory.ages[base] >= r.SETTLED
        budget, dominance = dominated(memory, device, kind, mine)
        square = numbers_said(memory, values, slot, base, known, x, found[first : first + lately])
        if known and scalars[JUMPED] >= r.SETTLED:
            nearness(values, memory.levels[slot], memory.scales, near)
        else:
            near[:] = 1.0
        doing = acted(
            memory,
            device,
            kind,
            coarse,
            now_us,
            outcomes[row],
            targets[row],
            ports[row],
            found[first + lately :],
        )
        literal = kind_of(device, coarse, memory.kinds, as_is)
        doing = excused(memory, literal, doing, outcomes[row] == FAILED)
        risk = max(risks[row] + DOMINANCE_NATS * dominance + doing, 0.0)
        size, p = 0.0, 1.0
        if scalars[LEARNED] >= START:
            survey(memory, device, fine, coarse, far, scalars[TOTAL], found)
            discount(memory, near, found)
            size, views[row] = judge(memory, found)
        place = sized(PRECISION * (size / scalars[SCALE] + risk / RISK_NATS))
        rare = rated(scalars, size)
        odds = rare + risk / RISK_NATS
        spoken = rare**RARITY
        rarities[row] = spoken / (spoken + risk / RISK_NATS + 1e-9)
        p, told = 1.0, 1.0
        if scalars[LEARNED] >= START:
            p, told = p_value(memory.gate, place, scalars[GATE_UNIT]), conformal.p_value(memory.usual, odds)
        was = suspicion_of(memory, mine, now_us)
        every = max(was, suspicion_of(memory, b.DEVICES, now_us))
        heard = echoed(memory, kind, p)
        alone[row] = odds
        out[row] = (spoken + risk / RISK_NATS) * (1.0 + ECHO * math.log(1.0 + heard))
        p_values[row] = told
        plain = plausible(p, every * min(scalars[LEARNED] / SURE, 1.0))
        harmless = math.exp(-overly(scalars, risk))
        weight = max(budget * plain * harmless, LEAST_WEIGHT)
        suspect(memory.suspicions, memory.suspect_us, mine, now_us, p, b.RELIEF)
        suspect(memory.suspicions, memory.suspect_us, b.DEVICES, now_us, p, b.RELIEF_TOGETHER)
        scalars[TAUGHT] += weight
        numbers_learned(memory, values, slot, base, known, x, square, weight)
        if base != slot:
            settle(values, memory.ages, base, memory.levels, weight)
        stretch(values, memory.widths, memory.ranges, weight)
        if scalars[LEARNED] >= START:
            trust = 0.0 if was > SUSPECTED and p < GATE else 1.0 / (1.0 + was) ** 2
            accept(memory, place, p, trust * harmless * budget)
            if every < SUSPECTED:
                conformal.add(memory.usual, odds)
            counted(memory, device, fine, coarse, found, weight)
        if scalars[LEARNED] < KEPT and weight > 0.3:
            keep(memory, values, words[row], device, near, found[first:])
        renew(memory)
