"""What the read models say of a rollout, asked of the real engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.event import Envelope, Event
from schemas.rollout import (
    ArmCounts,
    DeviceAssigned,
    GateJudged,
    GatePolicy,
    RolloutDefined,
    StageFinished,
    StageStarted,
)
from tests.schemas.clickhouse.story import Story, about, at, of
from tests.streams.archive.sample import EPOCH

pytestmark = pytest.mark.clickhouse
POLICY = GatePolicy(margin=0.1)


def told(number: int, data: Event) -> Envelope:
    return about(number, data, "r1")


def verdict(number: int, outcome: Any) -> Envelope:
    data = GateJudged(
        rollout="r1", stage=1, outcome=outcome, explanation=f"{outcome}: so", treatment=ArmCounts(assigned=2, rebooted=1),
        control=ArmCounts(assigned=1, healthy=1), difference=0.5, low=0.1, high=0.9, margin=0.1, alpha=0.05, needed=40,
        newest=EPOCH + timedelta(seconds=number), frontier={"rollouts": {"0": 4}},
    )  # fmt: skip
    return told(number, data)


DEFINED = told(1, RolloutDefined(firmware="2", previous="1", stages=2, policy=POLICY))
STARTED = (
    told(2, DeviceAssigned(stage=1, arm="treatment", device="d1", policy=POLICY)),
    told(3, DeviceAssigned(stage=1, arm="control", device="d2", policy=POLICY)),
    told(4, StageStarted(stage=1, treatment=1, control=1)),
    verdict(5, "HOLD"),
    verdict(6, "PROMOTE"),
)


def test_a_rollout_that_is_defined_has_no_stage_and_no_verdict(story: Story) -> None:
    story.tell(DEFINED)
    row = story.one("rollouts", "acme")
    assert of(row, "state stage margin alpha soak_s gate") == ("defined", 0, 0.1, 0.05, 30, "")


def test_a_running_stage_has_its_devices_and_its_newest_verdict(story: Story) -> None:
    story.tell(DEFINED, *STARTED)
    row = story.one("rollouts", "acme")
    assert of(row, "state stage gate gate_time") == ("running", 1, "PROMOTE", at(6))
    arms = {device["device"]: device["arm"] for device in story.ask("rollout_devices", "acme")}
    assert arms == {"d1": "treatment", "d2": "control"}
    history = story.ask("gate_history", "acme", where="1 ORDER BY kafka_offset")
    assert [judged["outcome"] for judged in history] == ["HOLD", "PROMOTE"]
    newest = story.one("gate_verdicts", "acme")
    assert of(newest, "outcome treatment_rebooted difference") == ("PROMOTE", 1, 0.5)


def test_a_rollout_waits_after_a_stage_and_ends_with_one_that_was_rolled_back(story: Story) -> None:
    story.tell(DEFINED, *STARTED, told(7, StageFinished(stage=1, outcome="promoted", verdict="v")))
    assert story.one("rollouts", "acme")["state"] == "waiting"
    story.tell(
        told(8, StageStarted(stage=2, treatment=9, control=9)),
        told(9, StageFinished(stage=2, outcome="rolled_back")),
    )
    row = story.one("rollouts", "acme")
    assert of(row, "state stage updated_time") == ("rolled_back", 2, at(9))
    stages = {
        s["stage"]: of(s, "outcome verdict treatment gate") for s in story.ask("rollout_stages", "acme")
    }
    assert stages == {1: ("promoted", "v", 1, "PROMOTE"), 2: ("rolled_back", "", 9, "")}
