"""Rollouts as the control API knows them: the fold of the events it wrote itself, and what may be written next. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from schemas.event import Envelope
from schemas.ids import derive
from schemas.rollout import (
    Arm,
    DeviceAssigned,
    GatePolicy,
    RolloutDefined,
    RolloutEvent,
    StageFinished,
    StageStarted,
)
from streams.control.actions import SOURCE
from streams.control.plan import Definition, StageEnd, StagePlan, arms_of, aware
from streams.control.problem import Problem


@dataclass(slots=True)
class Stage:
    """A stage so far: arm and time of each device, and its start and end once they are written."""

    devices: dict[str, tuple[Arm, datetime]] = field(default_factory=dict)
    started: StageStarted | None = None
    finished: StageFinished | None = None
    policy: GatePolicy | None = None


@dataclass(slots=True)
class Campaign:
    """One rollout so far; `define`, `start` and `finish` give the events still to write, none where all are written."""

    tenant: str
    rollout: str
    definition: RolloutDefined | None = None
    stages: dict[int, Stage] = field(default_factory=dict)

    def fold(self, envelope: Envelope) -> None:
        """Take in one event of this rollout; one seen before changes nothing."""
        match envelope.data:
            case RolloutDefined() as data:
                self.definition = data
            case DeviceAssigned() as data:
                stage = self._stage(data.stage)
                stage.devices.setdefault(data.device, (data.arm, envelope.time))
                stage.policy = data.policy
            case StageStarted() as data:
                self._stage(data.stage).started = data
            case StageFinished() as data:
                self._stage(data.stage).finished = data
            case _:
                pass

    def define(self, body: Definition, now: datetime) -> list[Envelope]:
        """Problem 409 where the id is taken by a different rollout."""
        policy = body.policy.plain()
        data = RolloutDefined(
            firmware=body.firmware, previous=body.previous, stages=body.stages, policy=policy
        )
        if self.definition is None:
            return [self._event(data, now, "defined")]
        if self.definition != data:
            raise Problem(409, "conflict", "rollout", "exists already and is defined differently")
        return []

    def start(self, number: int, plan: StagePlan, now: datetime) -> list[Envelope]:
        """Problem 409 where the stage's turn has not come or it was started with other devices."""
        definition = self.check_stage(number)
        policy = definition.policy if plan.policy is None else plan.policy.plain()
        arms = arms_of(plan)
        stage = self.stages.get(number, Stage())
        if stage.started is not None:
            self._check_same(stage, arms, policy)
            return []
        self._check_turn(number)
        if any(arms.get(device) != arm for device, (arm, _) in stage.devices.items()):
            raise Problem(
                409,
                "conflict",
                "treatment",
                "other devices were assigned before; repeat that request to finish it",
            )
        at = now if plan.at is None else aware(plan.at)
        assigned = [
            self._event(
                DeviceAssigned(stage=number, arm=arm, device=device, policy=policy),
                stage.devices[device][1] if device in stage.devices else at,
                f"assigned/{number}/{device}/{arm}",
            )
            for device, arm in arms.items()
        ]
        counts = StageStarted(stage=number, treatment=len(plan.treatment), control=len(plan.control))
        return [*assigned, self._event(counts, at, f"started/{number}")]

    def finish(self, number: int, end: StageEnd, now: datetime) -> list[Envelope]:
        """Problem 409 where the stage is not running or was finished with another outcome."""
        self.check_stage(number)
        stage = self.stages.get(number, Stage())
        if stage.started is None:
            raise Problem(409, "not_started", "stage", "has not been started")
        if stage.finished is not None:
            if stage.finished.outcome != end.outcome:
                raise Problem(
                    409, "conflict", "outcome", f"the stage was finished before: {stage.finished.outcome}"
                )
            return []
        data = StageFinished(stage=number, outcome=end.outcome, verdict=end.verdict)
        return [self._event(data, now, f"finished/{number}")]

    def check_stage(self, number: int) -> RolloutDefined:
        """The definition, if this rollout has such a stage; Problem 404 otherwise."""
        if self.definition is None:
            raise Problem(404, "unknown_rollout", "rollout", "has not been defined")
        if not 1 <= number <= self.definition.stages:
            raise Problem(
                404, "unknown_stage", "stage", f"the rollout has stages 1 to {self.definition.stages}"
            )
        return self.definition

    def _stage(self, number: int) -> Stage:
        return self.stages.setdefault(number, Stage())

    def _check_turn(self, number: int) -> None:
        for earlier in range(1, number):
            finished = self.stages.get(earlier, Stage()).finished
            if finished is None or finished.outcome != "promoted":
                how = "not finished" if finished is None else finished.outcome
                raise Problem(
                    409,
                    "not_its_turn",
                    "stage",
                    f"stage {earlier} is {how}; only a promoted stage lets the next start",
                )

    def _check_same(self, stage: Stage, arms: dict[str, Arm], policy: GatePolicy) -> None:
        if {device: arm for device, (arm, _) in stage.devices.items()} != arms:
            raise Problem(409, "conflict", "treatment", "the stage was started with other devices")
        if policy != stage.policy:
            raise Problem(409, "conflict", "policy", "the stage was started with another policy")

    def _event(self, data: RolloutEvent, time: datetime, what: str) -> Envelope:
        return Envelope(
            id=derive("rollout", self.tenant, self.rollout, what),
            type=data.TYPE,
            source=SOURCE,
            subject=self.rollout,
            tenant=self.tenant,
            time=time,
            data=data,
        )
