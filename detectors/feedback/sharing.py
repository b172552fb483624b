"""Verdicts of other partitions: what is told of one, and what a partition that has not seen the alert makes of it.

A verdict reaches the triage of its alert's device, which sees about a quarter of a tenant's devices. So each other partition is told by an
action of its own, in its own log, and folds nothing but that log. The first verdict told of an alert counts, as in the partition
that has it; told again it changes nothing. Verdicts on different alerts give the same bar in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from detectors.feedback.bar import Cell, Judged
from detectors.feedback.bounds import PROTECTED
from detectors.feedback.sign import key_of
from schemas.action import VerdictShare
from schemas.lesson import Lesson, VerdictLearned
from schemas.weighed import Weighed

Cells = dict[str, Cell]


def lessons_of(findings: Iterable[Weighed]) -> tuple[Lesson, ...]:
    """What a verdict on an alert with these findings is about: each kind and direction with its weakest strength."""
    weakest: dict[str, Weighed] = {}
    for one in findings:
        key = key_of(one.kind, one.direction)
        if key not in weakest or one.strength < weakest[key].strength:
            weakest[key] = one
    return tuple(
        Lesson(kind=one.kind, direction=one.direction, strength=one.strength)
        for _, one in sorted(weakest.items())
    )


def learned(
    cells: Mapping[str, Cell], tenant: str, told: VerdictShare, protected: Collection[str] = PROTECTED
) -> VerdictLearned | None:
    """What follows from a verdict told here; None where all of it is known, or it would teach what triage never sets aside."""
    if not told.true and any(one.kind in protected for one in told.lessons):
        return None
    if all(told.alert in _judged(cells, tenant, one) for one in told.lessons):
        return None
    return VerdictLearned(alert=told.alert, true=told.true, judged=told.time, lessons=told.lessons)


def learn(cells: Cells, tenant: str, said: VerdictLearned) -> None:
    """Count a verdict of another partition in `cells`, on a device that is none of this one's."""
    for one in said.lessons:
        if said.alert in _judged(cells, tenant, one):
            continue
        name = _name(tenant, one)
        cell = cells.get(name, Cell(weakest=one.strength))
        verdict = Judged(device="", time=said.judged, true=said.true, strength=one.strength)
        cells[name] = cell.with_verdict(said.alert, verdict)


def _judged(cells: Mapping[str, Cell], tenant: str, lesson: Lesson) -> Collection[str]:
    cell = cells.get(_name(tenant, lesson))
    return cell.judged if cell else ()


def _name(tenant: str, lesson: Lesson) -> str:
    return f"{tenant}/{key_of(lesson.kind, lesson.direction)}"
