"""How the devices of a stage stand at one moment of the log: groups of like devices in, counts per arm out.

Time is data, so the same prefix of the log gives the same counts, live or replayed, and a late report corrects them. "Now" for a device is
the newest event time in *its partition* of the telemetry, from any device of its tenant: a partition is in order, so what it has passed is
known, while another one may be far behind (after a restart, say) without its devices looking silent. Nothing here knows a clock: while
a partition brings nothing, its devices don't become silent, and nothing is promoted. So where *all* of a tenant's devices in a
partition stop at once, the stage holds; it takes one that still reports to tell silence from a broken pipe.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from schemas.rollout import Arm, ArmCounts, GatePolicy

State = Literal["healthy", "rebooted", "silent", "pending"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Devices of one arm that are alike: `last_s` is the whole second (Unix) of their last sign, a report or the assignment itself.

    `crossed`: assigned to both arms. `soaked`: reported until at least `soak_s` after the assignment. `partition` is where their
    telemetry is, None for devices that never sent any.
    """

    arm: Arm
    crossed: bool
    rebooted: bool
    soaked: bool
    partition: int | None
    last_s: int
    devices: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known about a stage at one prefix of the log.

    The prefix is named by `frontier`: topic -> partition -> offset of the first record *not* included. `announced` are the sizes of
    treatment and control the stage was started with, None before that. `policies` are the different ones its events carried (one,
    where nothing is wrong). `newest` is the newest event time seen; `reached` the one of each telemetry partition that has any
    of the tenant, of which there are `partitions`.
    """

    policies: tuple[GatePolicy, ...]
    groups: tuple[Group, ...]
    newest: datetime
    reached: dict[int, datetime]
    partitions: int
    announced: tuple[int, int] | None = None
    frontier: dict[str, dict[str, int]] = {}

    def now(self, partition: int | None) -> datetime:
        """The event time up to which a device would have been heard; for one whose partition isn't known, where the slowest one is."""
        if partition is not None:
            return self.reached.get(partition, EPOCH)
        return min(self.reached.values()) if len(self.reached) >= self.partitions else EPOCH


def state_of(group: Group, standing: Standing, policy: GatePolicy) -> State:
    """The state of each device of a group. Failed beats healthy, so a device that soaked and then rebooted or went quiet has failed.

    Quiet time is counted from the end of the device's last second, in the device's favour.
    """
    if group.rebooted:
        return "rebooted"
    quiet = standing.now(group.partition) - (EPOCH + timedelta(seconds=group.last_s + 1))
    if quiet > timedelta(seconds=policy.silence_s):
        return "silent"
    return "healthy" if group.soaked else "pending"


def count(standing: Standing, arm: Arm, policy: GatePolicy) -> ArmCounts:
    """The counts of one arm; devices in both arms belong to neither."""
    tally: dict[State, int] = {"healthy": 0, "rebooted": 0, "silent": 0, "pending": 0}
    for group in standing.groups:
        if group.arm == arm and not group.crossed:
            tally[state_of(group, standing, policy)] += group.devices
    return ArmCounts(
        assigned=sum(tally.values()),
        healthy=tally["healthy"],
        rebooted=tally["rebooted"],
        silent=tally["silent"],
        pending=tally["pending"],
    )
