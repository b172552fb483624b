"""What a rollout controller sends: the bodies of its requests, and what makes them impossible. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from schemas.errors import Rejected
from schemas.rollout import Arm, GatePolicy
from streams.control.problem import check_name

MAX_STAGES = 100
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Policy(GatePolicy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gate policy as asked for: a misspelt field is refused instead of silently taking its default."""

    def plain(self) -> GatePolicy:
        """The same as the events carry it; Rejected names the first field with which no gate can work."""
        check_policy(self)
        return GatePolicy(**msgspec.structs.asdict(self))


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body that defines a rollout; `rollout` is its id, chosen by the caller."""

    tenant: str
    rollout: str
    firmware: Text
    previous: Text
    stages: Annotated[int, msgspec.Meta(ge=1, le=MAX_STAGES)] = 1
    policy: Policy = Policy()


class StagePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body that starts a stage: device ids in each arm, observed from `at` on (default: now); `policy` default: the rollout's."""

    treatment: list[str]
    control: list[str]
    policy: Policy | None = None
    at: datetime | None = None


class StageEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body that finishes a stage: what was done, and the id of the verdict it was done for."""

    outcome: Literal["promoted", "rolled_back", "stopped"]
    verdict: str = ""


def arms_of(plan: StagePlan) -> dict[str, Arm]:
    """The arm of each device, treatment first; Rejected where an arm is empty or a device is no device id or named twice."""
    arms: dict[str, Arm] = {}
    sides: tuple[tuple[Arm, list[str]], ...] = (("treatment", plan.treatment), ("control", plan.control))
    for arm, devices in sides:
        if not devices:
            raise Rejected("missing_field", arm, "names no device")
        for index, device in enumerate(devices):
            name = check_name(device, f"{arm}[{index}]")
            if name in arms:
                raise Rejected("repeated", f"{arm}[{index}]", "the device is named twice")
            arms[name] = arm
    return arms


def check_policy(policy: GatePolicy) -> None:
    """Rejected names the first field with which no gate can work."""
    bounds = (
        ("margin", 0 < policy.margin < 1, "must be between 0 and 1"),
        ("alpha", 0 < policy.alpha < 0.5, "must be between 0 and 0.5"),
        ("min_devices", policy.min_devices >= 1, "must be at least 1"),
        ("soak_s", 0 <= policy.soak_s <= 30 * 86_400, "must be between 0 and 30 days"),
        ("silence_s", 0 < policy.silence_s <= 30 * 86_400, "must be above 0 and at most 30 days"),
        ("max_reboots", policy.max_reboots >= 0, "must not be negative"),
    )
    for name, holds, reason in bounds:
        if not holds:
            raise Rejected("bad_value", f"policy.{name}", reason)


def aware(time: datetime) -> datetime:
    """`time`, if it names its zone; Rejected otherwise."""
    if time.tzinfo is None:
        raise Rejected("bad_time", "at", "has no time zone; add Z or an offset")
    return time
