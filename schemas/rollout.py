"""A firmware campaign as events (topic `rollouts`, subject: the rollout id) and the gate's verdicts on it (`gate-verdicts`)."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from schemas.event import Event, Time

Arm = Literal["treatment", "control"]
GateOutcome = Literal["PROMOTE", "HOLD", "ROLLBACK", "INVALID"]


class GatePolicy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What must be shown before the next stage: the treatment arm fails at most `margin` more often (absolute, 0-1) than control.

    `alpha` is the error probability of the whole sequential test. A device counts as healthy only after it has reported for
    `soak_s` seconds of event time since its update, and as failed when it rebooted by itself or stayed silent for `silence_s`.
    """

    margin: float = 0.15
    alpha: float = 0.05
    min_devices: int = 20
    soak_s: float = 30.0
    silence_s: float = 15.0
    max_reboots: int = 0


class RolloutEvent(Event, frozen=True, kw_only=True):
    """Base of everything on `rollouts`."""

    TOPIC: ClassVar[str] = "rollouts"


class RolloutDefined(RolloutEvent, frozen=True, kw_only=True):
    """A campaign exists."""

    TYPE: ClassVar[str] = "rollout.defined.v1"
    firmware: str
    previous: str
    stages: int
    policy: GatePolicy


class DeviceAssigned(RolloutEvent, frozen=True, kw_only=True):
    """One device takes part in a stage, in an arm; it is observed from the envelope's time on. Carries the policy in force."""

    TYPE: ClassVar[str] = "rollout.device_assigned.v1"
    stage: int
    arm: Arm
    device: str
    policy: GatePolicy


class StageStarted(RolloutEvent, frozen=True, kw_only=True):
    """A stage's devices are all assigned and its test runs."""

    TYPE: ClassVar[str] = "rollout.stage_started.v1"
    stage: int
    treatment: int
    control: int


class StageFinished(RolloutEvent, frozen=True, kw_only=True):
    """The rollout controller acted on a verdict: the next stage may start, or everything goes back."""

    TYPE: ClassVar[str] = "rollout.stage_finished.v1"
    stage: int
    outcome: Literal["promoted", "rolled_back", "stopped"]
    verdict: str = ""


class ArmCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the devices of one arm stand: all assigned, those with a known outcome, and why the failed ones failed."""

    assigned: int = 0
    healthy: int = 0
    rebooted: int = 0
    silent: int = 0
    pending: int = 0

    @property
    def failed(self) -> int:
        """Devices with a bad outcome."""
        return self.rebooted + self.silent

    @property
    def known(self) -> int:
        """Devices with an outcome, good or bad."""
        return self.healthy + self.failed


class GateJudged(Event, frozen=True, kw_only=True):
    """The gate's verdict on one stage, a pure function of the log's prefix named by `frontier` (partition -> offset per topic).

    `difference` is the estimated failure-rate difference treatment - control with its anytime-valid interval `low`..`high` at
    level 1 - alpha; `explanation` is the sentence a person reads; `needed` is about how many known devices an arm a
    clean PROMOTE would take.
    """

    TYPE: ClassVar[str] = "gate.judged.v1"
    TOPIC: ClassVar[str] = "gate-verdicts"
    rollout: str
    stage: int
    outcome: GateOutcome
    explanation: str
    treatment: ArmCounts
    control: ArmCounts
    difference: float
    low: float
    high: float
    margin: float
    alpha: float
    needed: int
    newest: Time
    frontier: dict[str, dict[str, int]]
