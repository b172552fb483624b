"""Whether a rollout may go on, and what its picture does not show."""

from __future__ import annotations

from dashboards.components.numbers import count, counted
from dashboards.queries.rollouts import GateVerdict, Rollout


def rollout(found: Rollout) -> str:
    """Whether the next stage may start, in one sentence; what would change it is the gate's own explanation."""
    stage = f"stage {found.stage} of {found.stages}"
    settled = {
        "defined": f"{found.rollout} ({found.previous} to {found.firmware}) has no stage running: start stage 1 with the control API.",
        "rolled_back": f"{found.rollout} was rolled back in {stage}: {found.firmware} must not go on.",
        "promoted": f"{found.rollout} is finished: {found.firmware} passed all {counted(found.stages, 'stage')}.",
        "stopped": f"{found.rollout} was stopped in {stage}.",
        "waiting": f"{found.rollout}, {stage} passed: stage {found.stage + 1} may go on.",
    }
    judged = {
        "PROMOTE": "may go on",
        "HOLD": "may not go on yet",
        "ROLLBACK": "must go back",
        "INVALID": "may not go on: the comparison is not valid",
        "": "may not go on: the gate has not judged it yet",
    }
    running = f"{found.rollout}, {stage}, {judged.get(found.gate, 'may not go on')}."
    return settled.get(found.state, running)


def remaining(verdict: GateVerdict) -> str:
    """What the picture of a sequential test does not show: which rule decided, or how much is missing."""
    if verdict.outcome == "ROLLBACK" and verdict.low <= 0:
        return "The order in which devices failed decided, before the interval could: nearly all of the first ones are treated."
    pending = verdict.treatment_pending + verdict.control_pending
    if verdict.outcome == "HOLD" and pending and verdict.known_an_arm >= verdict.needed > 0:
        waits = f"It waits for {counted(pending, 'device')} without an outcome"
        return f"{waits}: until it is known, each counts as if it went against the verdict."
    return (
        f"About {count(verdict.needed)} devices an arm are needed for a clean PROMOTE."
        if verdict.needed
        else ""
    )
