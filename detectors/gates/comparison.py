"""What the sequential test says about the two arms of a stage.

Devices without an outcome count against whatever would be decided: for PROMOTE every pending treated device has failed and every pending
control is well, for ROLLBACK the other way round. So a verdict under peeking is one the complete data would have given too, and
missing data can hold a stage but never promote it.

Each error, promoting a rise of at least the margin or rolling back where there is no harm, has probability at most `alpha` over the whole
stage: `INTERVAL_SHARE` of it belongs to the interval, the rest to the order of failures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from detectors.gates import interval, order
from schemas.rollout import ArmCounts, GatePolicy

INTERVAL_SHARE = 0.9
RATE_STEP = 0.005


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two arms and what the sequential test says about treatment - control; rates and differences are 0-1."""

    policy: GatePolicy
    treatment: ArmCounts
    control: ArmCounts
    difference: float
    low: float
    high: float
    needed: int
    early: bool


def compare(treatment: ArmCounts, control: ArmCounts, policy: GatePolicy) -> Comparison:
    """The sequential test on these counts; the policy must be a possible one (see `wrong_policy`)."""
    alpha = policy.alpha * INTERVAL_SHARE
    n1, n0 = treatment.assigned, control.assigned
    low = interval.lowest(treatment.failed, n1, control.failed + control.pending, n0, alpha)
    high = interval.highest(treatment.failed + treatment.pending, n1, control.failed, n0, alpha)
    evidence = order.log_evidence(treatment.failed, n1, control.failed, n0)
    usual = round(rate(control) / RATE_STEP) * RATE_STEP
    return Comparison(
        policy=policy,
        treatment=treatment,
        control=control,
        difference=rate(treatment) - rate(control),
        low=low,
        high=high,
        needed=interval.needed(usual, policy.margin, alpha),
        early=evidence >= -math.log(policy.alpha * (1 - INTERVAL_SHARE)),
    )


def rate(arm: ArmCounts) -> float:
    """The share of failed devices among those with an outcome; 0 while there is none."""
    return arm.failed / arm.known if arm.known else 0.0
