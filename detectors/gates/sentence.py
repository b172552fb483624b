"""The sentences a person reads about a verdict: subject, number, what was expected, and what it waits for."""

from __future__ import annotations

from detectors.gates.comparison import Comparison
from schemas.rollout import ArmCounts


def points(share: float) -> str:
    """A difference of rates in percentage points, at most three significant digits."""
    return f"{share * 100:.3g}" if abs(share) < 0.1 else f"{share * 100:.1f}".removesuffix(".0")


def devices(number: int) -> str:
    """A number of devices with its noun."""
    return f"{number} device{'' if number == 1 else 's'}"


def reasons(arm: ArmCounts) -> str:
    """Why an arm's failed devices failed."""
    return f"{arm.rebooted} rebooted, {arm.silent} silent"


def _arms(compared: Comparison) -> str:
    treatment, control = compared.treatment, compared.control
    return (
        f"{treatment.failed} of {treatment.assigned} treated devices failed"
        + (f" ({reasons(treatment)})" if treatment.failed else "")
        + f", {control.failed} of {control.assigned} controls"
    )


def _range(compared: Comparison) -> str:
    return f"the difference is between {points(compared.low)} and {points(compared.high)} points"


def _pending(compared: Comparison) -> str:
    pending = compared.treatment.pending + compared.control.pending
    return f"; {pending} without an outcome yet" if pending else ""


def promote(compared: Comparison) -> str:
    """A rise of the margin is excluded."""
    worse = ", worse but within what the policy accepts" if compared.low > 0 else ""
    return (
        f"{_arms(compared)}; {_range(compared)}{worse}, "
        f"so a {points(compared.policy.margin)}-point rise is excluded{_pending(compared)}"
    )


def rollback(compared: Comparison) -> str:
    """Harm is shown."""
    return f"{_arms(compared)}; treatment fails at least {points(compared.low)} points more often{_pending(compared)}"


def rollback_early(compared: Comparison) -> str:
    """Harm is shown by who fails first."""
    failed = compared.treatment.failed + compared.control.failed
    return (
        f"{compared.treatment.failed} of the first {failed} devices to fail are treated ones ({reasons(compared.treatment)}), "
        f"of {compared.treatment.assigned} treated and {compared.control.assigned} controls; "
        f"no need to wait for the {compared.treatment.pending + compared.control.pending} without an outcome"
    )


def hold(compared: Comparison) -> str:
    """Neither is shown, and what would change that."""
    margin = points(compared.policy.margin)
    known = min(compared.treatment.known, compared.control.known)
    if known >= compared.needed:
        return (
            f"{_arms(compared)}; {_range(compared)}, which neither excludes a {margin}-point rise nor shows harm"
            f"{_pending(compared)}"
        )
    assigned = min(compared.treatment.assigned, compared.control.assigned)
    small = (
        f"; the stage has only {assigned} an arm, so it can't show that" if assigned < compared.needed else ""
    )
    return (
        f"{known} of about {devices(compared.needed)} an arm needed to exclude a {margin}-point rise"
        f"{small}{_pending(compared)}"
    )


def mismatch(assigned: tuple[int, int], announced: tuple[int, int]) -> str:
    """More devices take part than the stage was started with."""
    return (
        f"{assigned[0]} treated and {assigned[1]} control devices take part, but the stage was started with "
        f"{announced[0]} and {announced[1]}; its arms are no longer a random split"
    )
