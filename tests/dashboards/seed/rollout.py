"""One good and one bad rollout, judged 40 times each."""

from __future__ import annotations

import math

from schemas.rollout import (
    Arm,
    ArmCounts,
    DeviceAssigned,
    GateJudged,
    GateOutcome,
    GatePolicy,
    RolloutDefined,
    StageFinished,
    StageStarted,
)
from tests.dashboards.seed.past import Past


def rolled_out(past: Past) -> None:
    """camera-4-3 may go on, pump-3-0 fails for a third of its devices and is rolled back."""
    policy = GatePolicy(margin=0.15)
    for rollout, firmware, share in (("camera-4-3", "4.3.0", 0.0), ("pump-3-0", "3.0.0", 0.35)):
        defined = RolloutDefined(firmware=firmware, previous="4.2.0", stages=2, policy=policy)
        past.happened(900, "acme", rollout, defined)
        for number in range(4):
            arm: Arm = "treatment" if number % 2 else "control"
            assigned = DeviceAssigned(stage=1, arm=arm, device=f"cam-{44 + number:04}", policy=policy)
            past.happened(880, "acme", rollout, assigned)
        past.happened(880, "acme", rollout, StageStarted(stage=1, treatment=75, control=75))
        for number in range(40):
            past.happened(860 - 12 * number, "acme", rollout, _judged(past, rollout, number, share))
    finished = StageFinished(stage=1, outcome="rolled_back", verdict="x")
    past.happened(380, "acme", "pump-3-0", finished)


def _judged(past: Past, rollout: str, number: int, share: float) -> GateJudged:
    known = min(75, 2 * number)
    bad = round(known * share)
    width = 1.4 / math.sqrt(known + 1) if known else 1.0
    low, high = max(-1.0, share - width), min(1.0, share + width)
    outcome: GateOutcome = "ROLLBACK" if low > 0 else "PROMOTE" if high < 0.15 else "HOLD"
    told = {
        "PROMOTE": f"PROMOTE: 3.0.0 fails at most {100 * high:.0f} points more often than before, below the margin of 15.",
        "HOLD": f"HOLD: {known} of about 90 devices needed to exclude a 15-point rise.",
        "ROLLBACK": f"ROLLBACK: {bad} of {known} updated devices failed; at least {100 * low:.0f} points more than the control arm.",
        "INVALID": "",
    }
    return GateJudged(
        rollout=rollout, stage=1, outcome=outcome, explanation=told[outcome],
        treatment=ArmCounts(assigned=75, healthy=known - bad, rebooted=bad - bad // 3, silent=bad // 3, pending=75 - known),
        control=ArmCounts(assigned=75, healthy=known, pending=75 - known),
        difference=share, low=low, high=high, margin=0.15, alpha=0.05, needed=90, newest=past.at(860 - 12 * number),
        frontier={"telemetry": {"0": number}},
    )  # fmt: skip
