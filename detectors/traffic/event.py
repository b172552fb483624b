"""What an event is: its numbers and texts as they are compared, its kind, and the slots of what was learned of such events."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic import behaviour as b
from detectors.traffic import relations as r
from detectors.traffic.acquaintance import recognise
from detectors.traffic.behaviour import kind_of
from detectors.traffic.memory import LEARNED, START, Memory
from detectors.traffic.relations import slot_of
from detectors.traffic.symbols import cut

COHORT = np.uint64(14)  # stands for the device of what any device sent


class Room(NamedTuple):
    """Room to take one event apart in, written over by the next.

    `values` are its squeezed numbers (NaN: missing), `near` what each counts for where it is rare, `x` numbers less their level; `fine` and
    `coarse` symbols a column, `far` how far outside its range (nats), `learned` whether its text was learned before,
    `familiar` whether it is known, `as_is` all true.
    `found` is what each view says; `together` and `lately` are those parts of it that numbers and the device's latest events say, `extras`
    both.
    """

    values: Any
    near: Any
    x: Any
    fine: Any
    coarse: Any
    far: Any
    learned: Any
    familiar: Any
    as_is: Any
    found: Any
    together: Any
    lately: Any
    extras: Any


class Event(NamedTuple):
    """Who sent it and when; its kind, where texts that are not known are one (`kind`), where all are that were not learned (`unlearned`),
    and where none are (`literal`; `common` is that of any device).

    `mine` is the device's slot, `slot` that of its events of this kind, `base` that of any device's; `settled` whether the numbers of
    either may be compared, `judged` whether enough was learned to judge rarity.
    """

    device: Any
    now_us: Any
    kind: Any
    unlearned: Any
    literal: Any
    common: Any
    mine: int
    slot: int
    base: int
    settled: bool
    judged: bool


def room_of(memory: Memory) -> Room:
    """Room for events of this memory's columns."""
    numbers, columns, views = len(memory.lows), len(memory.kinds), len(memory.weights)
    found = np.zeros(views)
    first = views - memory.kept_extras.shape[1]
    acts = views - len(b.SPANS_S) - b.FANS
    return Room(
        np.zeros(numbers),
        np.ones(numbers),
        np.zeros(len(memory.precision)),
        np.zeros(columns, np.uint64),
        np.zeros(columns, np.uint64),
        np.zeros(columns),
        np.ones(columns, np.bool_),
        np.ones(columns, np.bool_),
        np.ones(columns, np.bool_),
        found,
        found[first:acts],
        found[acts:],
        found[first:],
    )


@unmanaged
def event_of(memory: Any, room: Room, device: Any, now_us: Any, numbers: Any, words: Any) -> Event:
    """Take an event apart; a kind that is new takes its slot."""
    _squeezed(memory, numbers, room.values)
    cut(room.values, words, memory.lows, memory.widths, memory.ranges, room.fine, room.coarse, room.far)
    recognise(memory, room.coarse, room.learned, room.familiar)
    kind = kind_of(device, room.coarse, memory.kinds, room.familiar)
    everyones = kind_of(COHORT, room.coarse, memory.kinds, room.familiar)
    base = slot_of(everyones, memory.owners, memory.ages, memory.levels, -1)
    slot = slot_of(kind, memory.owners, memory.ages, memory.levels, base)
    return Event(
        device,
        now_us,
        kind,
        kind_of(device, room.coarse, memory.kinds, room.learned),
        kind_of(device, room.coarse, memory.kinds, room.as_is),
        kind_of(COHORT, room.coarse, memory.kinds, room.as_is),
        int(device % np.uint64(b.DEVICES)),
        slot,
        base,
        memory.ages[slot] >= r.SETTLED or memory.ages[base] >= r.SETTLED,
        memory.scalars[LEARNED] >= START,
    )


@unmanaged
def _squeezed(memory: Any, numbers: Any, values: Any) -> None:
    """Numbers as they are compared."""
    for column in range(len(values)):
        values[column] = math.asinh((numbers[column] - memory.middles[column]) / memory.cores[column])
