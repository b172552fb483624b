"""How the devices of a stage stand at one moment of the log: groups of like devices in, counts per arm out.

Time is data: "now" is the newest event time seen in the stage, so the same prefix of the log gives the same counts, live or replayed, and
a late report corrects them. Nothing here knows a clock: while no device of a stage reports, none becomes silent and nothing is promoted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from schemas.rollout import Arm, ArmCounts, GatePolicy

State = Literal["healthy", "rebooted", "silent", "pending"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Devices of one arm that are alike: `last_s` is the whole second (Unix) of their last sign, a report or the assignment itself.

    `crossed`: assigned to both arms. `soaked`: reported until at least `soak_s` after the assignment.
    """

    arm: Arm
    crossed: bool
    rebooted: bool
    soaked: bool
    last_s: int
    devices: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known about a stage at one prefix of the log, named by `frontier`: topic -> partition -> offset of the first
    record *not* included.

    `announced` are the sizes of treatment and control the stage was started with, None before that. `policies` are the different
    ones its events carried (one, where nothing is wrong). `newest` is the newest event time seen in the stage.
    """

    policies: tuple[GatePolicy, ...]
    groups: tuple[Group, ...]
    newest: datetime
    announced: tuple[int, int] | None = None
    frontier: dict[str, dict[str, int]] = {}


def state_of(group: Group, newest: datetime, policy: GatePolicy) -> State:
    """The state of each device of a group. Failed beats healthy, so a device that soaked and then rebooted or went quiet has failed.

    Quiet time is counted from the end of the device's last second, in the device's favour.
    """
    if group.rebooted:
        return "rebooted"
    quiet = newest - (EPOCH + timedelta(seconds=group.last_s + 1))
    if quiet > timedelta(seconds=policy.silence_s):
        return "silent"
    return "healthy" if group.soaked else "pending"


def count(groups: Iterable[Group], arm: Arm, newest: datetime, policy: GatePolicy) -> ArmCounts:
    """The counts of one arm; devices in both arms belong to neither."""
    tally: dict[State, int] = {"healthy": 0, "rebooted": 0, "silent": 0, "pending": 0}
    for group in groups:
        if group.arm == arm and not group.crossed:
            tally[state_of(group, newest, policy)] += group.devices
    return ArmCounts(
        assigned=sum(tally.values()),
        healthy=tally["healthy"],
        rebooted=tally["rebooted"],
        silent=tally["silent"],
        pending=tally["pending"],
    )
