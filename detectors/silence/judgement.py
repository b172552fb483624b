"""Whether devices that are due are silent each by itself, with an outage that is known, or with a new one."""

from __future__ import annotations

import numpy as np

from detectors.silence import reasons, sweeping
from detectors.silence.compiled import Ints
from detectors.silence.finding import Finding
from detectors.silence.layout import FLOOR, GROUPED, SILENT
from detectors.silence.memory import Memory
from detectors.silence.outage import is_outage, tail


def judge(memory: Memory, place: int, due: Ints) -> list[Finding]:
    """Tell a place's devices that are due, and what is found by that; what was told is marked in the memory."""
    due = _along(memory, place, due)
    if not len(due):
        return []
    overdue, total = _muster(memory, place, due) if place else (due[:0], 0)
    found: list[Finding] = []
    if is_outage(len(overdue), total, memory.parameters):
        found.append(_outage(memory, place, overdue, total))
        due = np.setdiff1d(due, overdue)
    memory.tell(due, SILENT)
    return found + [_silence(memory, int(slot)) for slot in due]


def _along(memory: Memory, place: int, due: Ints) -> Ints:
    """Take those that fell silent with an outage that is known into it; the others."""
    told = memory.places[place]
    if not told["is_out"]:
        return due
    before = memory.heads["last_us"][due] <= told["told_us"]
    along, others = due[np.flatnonzero(before)], due[np.flatnonzero(~before)]
    told["members"] += len(along)
    memory.tell(along, GROUPED)
    return others


def _muster(memory: Memory, place: int, due: Ints) -> tuple[Ints, int]:
    members = memory.members(place)
    overdue = np.empty(len(members), np.int64)
    floor_us = int(memory.totals[FLOOR])
    horizon_us = memory.now_us - max(int(memory.heads["last_us"][due].min()), floor_us)
    number, total = sweeping.muster(
        *(memory.heads, memory.hours, memory.cohort_hours, members),
        *(memory.now_us, floor_us, horizon_us, overdue),
    )
    return np.union1d(overdue[:number], due), total + len(np.setdiff1d(due, overdue[:number]))


def _outage(memory: Memory, place: int, members: Ints, total: int) -> Finding:
    since_us = int(memory.heads["last_us"][members].max())
    before = memory.places[place]
    if before["is_out"]:
        before["members"] += len(members)
        before["told_us"] = memory.now_us
        if before["lead"] < 0:
            before["lead"] = members[0]
    else:
        told = (True, since_us, memory.now_us, before["closed_us"], len(members), 0, 0, members[0])
        memory.places[place] = told
    memory.tell(members, GROUPED)
    missing = int(memory.places[place]["members"])
    chance = tail(len(members), total, memory.parameters.overdue_share)
    why = reasons.of_group(memory, members, total, chance)
    return Finding(
        "outage",
        int(memory.places[place]["lead"]),
        place,
        memory.now_us,
        since_us,
        len(members),
        total,
        why=why,
        members=tuple(members.tolist()),
        missing=missing,
        seen=missing - len(members) + total,
    )


def _silence(memory: Memory, slot: int) -> Finding:
    head = memory.heads[slot]
    why = reasons.of_device(memory, slot)
    return Finding("silent", slot, int(head["place"]), memory.now_us, int(head["last_us"]), why=why)
