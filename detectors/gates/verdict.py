"""The verdict on a stage: PROMOTE, HOLD, ROLLBACK or INVALID, from its standing alone.

PROMOTE when the upper end of the difference is below the margin. ROLLBACK when the lower end is above zero (not above the margin: that a
firmware is worse need not be shown to be *unacceptably* worse, which would take many times as many broken devices), or when treated
devices fail too early in the order of failures. Where both hold, the harm is shown to be within what the policy accepts: PROMOTE. In
effect a true rise below half the margin tends to PROMOTE and one above it to ROLLBACK.
"""

from __future__ import annotations

import math

from detectors.gates import sentence
from detectors.gates.comparison import Comparison, compare
from detectors.gates.standing import Standing, count
from schemas.rollout import ArmCounts, GateJudged, GateOutcome, GatePolicy

CONTROL_FAILING = 0.5


def judge(rollout: str, stage: int, standing: Standing) -> GateJudged:
    """The verdict on one stage. Never raises for a standing of whole counts: what can't be compared is INVALID and says why."""
    policy = standing.policies[0] if standing.policies else GatePolicy()
    wrong = wrong_policy(policy)
    policy = GatePolicy() if wrong else policy
    treatment = count(standing, "treatment", policy)
    control = count(standing, "control", policy)
    compared = compare(treatment, control, policy)
    outcome, explanation = _decide(standing, compared, wrong)
    return GateJudged(
        rollout=rollout,
        stage=stage,
        outcome=outcome,
        explanation=f"{outcome}: {explanation}",
        treatment=treatment,
        control=control,
        difference=compared.difference,
        low=compared.low,
        high=compared.high,
        margin=policy.margin,
        alpha=policy.alpha,
        needed=compared.needed,
        newest=standing.newest,
        frontier=standing.frontier,
    )


def wrong_policy(policy: GatePolicy) -> str:
    """What is impossible about a policy, naming the field; empty where nothing is."""
    if not 0 < policy.margin < 1:
        return "margin must be between 0 and 1"
    if not 0 < policy.alpha < 1:
        return "alpha must be between 0 and 1"
    if policy.min_devices < 1:
        return "min_devices must be at least 1"
    if not (0 <= policy.soak_s < math.inf and 0 < policy.silence_s < math.inf):
        return "soak_s must not be negative and silence_s must be positive"
    return "" if policy.max_reboots >= 0 else "max_reboots must not be negative"


def _decide(standing: Standing, compared: Comparison, wrong: str) -> tuple[GateOutcome, str]:
    broken = f"the policy is impossible: {wrong}" if wrong else _broken(standing, compared)
    if broken:
        return "INVALID", broken
    waiting = _waiting(standing, compared)
    if waiting:
        return "HOLD", waiting
    if compared.high < compared.policy.margin:
        return "PROMOTE", sentence.promote(compared)
    if compared.low > 0:
        return "ROLLBACK", sentence.rollback(compared)
    if compared.early:
        return "ROLLBACK", sentence.rollback_early(compared)
    return "HOLD", sentence.hold(compared)


def _broken(standing: Standing, compared: Comparison) -> str:
    """Why the two arms can't be compared at all, empty where they can."""
    crossed = sum(group.devices for group in standing.groups if group.crossed)
    if crossed:
        return f"{sentence.devices(crossed)} in both arms; a device may be in one arm of a stage only"
    if len(standing.policies) > 1:
        return "the policy changed within the stage; finish the stage and start another with the new one"
    if standing.announced is None:
        return ""
    return _wrong_size(standing.announced, compared) or _failing_control(compared.control)


def _wrong_size(announced: tuple[int, int], compared: Comparison) -> str:
    assigned = (compared.treatment.assigned, compared.control.assigned)
    if any(now > then for now, then in zip(assigned, announced, strict=True)):
        return sentence.mismatch(assigned, announced)
    if min(announced) < compared.policy.min_devices:
        return (
            f"{announced[0]} treated and {announced[1]} control devices; the policy asks for at least "
            f"{compared.policy.min_devices} an arm"
        )
    return ""


def _failing_control(control: ArmCounts) -> str:
    if control.failed >= CONTROL_FAILING * control.assigned > 0:
        return (
            f"{control.failed} of {control.assigned} control devices failed themselves ({sentence.reasons(control)}); "
            "something else is wrong, so the firmware can't be judged"
        )
    return ""


def _waiting(standing: Standing, compared: Comparison) -> str:
    """What the test itself still waits for, empty once it runs."""
    assigned = (compared.treatment.assigned, compared.control.assigned)
    if standing.announced is None:
        return f"the stage is being assigned, {sentence.devices(sum(assigned))} so far"
    missing = sum(standing.announced) - sum(assigned)
    if missing:
        return f"waiting for the assignment of {missing} of {sentence.devices(sum(standing.announced))}"
    return ""
