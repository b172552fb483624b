from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from detectors.gates.standing import EPOCH, Group, Standing, count, state_of
from schemas.rollout import ArmCounts, GatePolicy

POLICY = GatePolicy(silence_s=15, soak_s=30)
GROUP = Group(
    arm="treatment", crossed=False, rebooted=False, soaked=False, partition=0, last_s=100, devices=3
)


def standing(*groups: Group, now_s: float = 110, partitions: int = 2, other_s: float = 200) -> Standing:
    reached = {0: EPOCH + timedelta(seconds=now_s), 1: EPOCH + timedelta(seconds=other_s)}
    return Standing(
        policies=(POLICY,),
        groups=groups,
        newest=max(reached.values()),
        reached=reached,
        partitions=partitions,
    )


@pytest.mark.parametrize(
    ("changes", "now_s", "state"),
    [
        ({}, 110, "pending"),
        ({"soaked": True}, 110, "healthy"),
        ({"soaked": True}, 116, "healthy"),  # 15 s after the end of second 100
        ({"soaked": True}, 116.5, "silent"),
        ({}, 116.5, "silent"),
        ({"rebooted": True, "soaked": True}, 110, "rebooted"),
        ({"rebooted": True}, 500, "rebooted"),
    ],
)
def test_the_state_of_a_device(changes: dict[str, bool], now_s: float, state: str) -> None:
    group = msgspec.structs.replace(GROUP, **changes)
    assert state_of(group, standing(group, now_s=now_s), POLICY) == state


def test_a_partition_that_is_behind_makes_nobody_silent() -> None:
    assert state_of(GROUP, standing(GROUP, now_s=50, other_s=5000), POLICY) == "pending"


def test_a_device_never_heard_of_is_silent_once_the_slowest_partition_has_passed() -> None:
    never = msgspec.structs.replace(GROUP, partition=None)
    assert state_of(never, standing(now_s=110, other_s=5000), POLICY) == "pending"
    assert state_of(never, standing(now_s=117, other_s=5000), POLICY) == "silent"


def test_a_device_never_heard_of_waits_for_a_partition_without_data() -> None:
    never = msgspec.structs.replace(GROUP, partition=None)
    assert state_of(never, standing(now_s=5000, other_s=5000, partitions=3), POLICY) == "pending"


def test_without_any_telemetry_everybody_is_pending() -> None:
    empty = Standing(policies=(POLICY,), groups=(GROUP,), newest=EPOCH, reached={}, partitions=2)
    assert count(empty, "treatment", POLICY) == ArmCounts(assigned=3, pending=3)


def test_every_device_of_an_arm_is_counted_once_and_devices_in_both_arms_never() -> None:
    groups = (
        GROUP,
        msgspec.structs.replace(GROUP, soaked=True, devices=5),
        msgspec.structs.replace(GROUP, rebooted=True, devices=2),
        msgspec.structs.replace(GROUP, last_s=10, devices=4),
        msgspec.structs.replace(GROUP, crossed=True, devices=9),
        msgspec.structs.replace(GROUP, arm="control", devices=7),
    )
    counted = count(standing(*groups), "treatment", POLICY)
    assert counted == ArmCounts(assigned=14, healthy=5, rebooted=2, silent=4, pending=3)
    assert counted.known + counted.pending == counted.assigned
