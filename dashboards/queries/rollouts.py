"""Firmware campaigns, their stages and the gate's verdicts on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store

ROLLOUTS = "rollouts(tenants={tenants:Array(String)})"
STAGES = "rollout_stages(tenants={tenants:Array(String)})"
HISTORY = "gate_history(tenants={tenants:Array(String)})"


@dataclass(frozen=True, slots=True)
class Rollout:
    """One campaign with its policy; `stage` is the last one started, 0 before the first; `gate` the newest outcome of that stage."""

    tenant: str
    rollout: str
    firmware: str
    previous: str
    stages: int
    margin: float
    alpha: float
    min_devices: int
    soak_s: float
    silence_s: float
    defined_time: datetime
    stage: int
    state: str
    gate: str
    gate_explanation: str
    gate_time: datetime | None
    updated_time: datetime


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage that has started; `outcome` is what was done about it, empty while it runs."""

    tenant: str
    rollout: str
    stage: int
    started_time: datetime
    treatment: int
    control: int
    finished_time: datetime | None
    outcome: str
    gate: str
    gate_explanation: str
    gate_time: datetime | None


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """One verdict of the gate: the devices of both arms, the estimate, its interval and what it is compared to."""

    outcome: str
    explanation: str
    time: datetime
    newest: datetime | None
    treatment_assigned: int
    treatment_healthy: int
    treatment_rebooted: int
    treatment_silent: int
    treatment_pending: int
    control_assigned: int
    control_healthy: int
    control_rebooted: int
    control_silent: int
    control_pending: int
    difference: float
    low: float
    high: float
    margin: float
    alpha: float
    needed: int
    kafka_offset: int

    @property
    def known_an_arm(self) -> int:
        """Devices whose outcome is known, in the arm that has fewer of them."""
        treatment = self.treatment_healthy + self.treatment_rebooted + self.treatment_silent
        return min(treatment, self.control_healthy + self.control_rebooted + self.control_silent)


def campaigns(store: Store, tenants: Sequence[str]) -> list[Rollout]:
    """Every campaign: those that go on first, then the one that changed last."""
    source = f"""{ROLLOUTS}
        ORDER BY indexOf(['running', 'waiting', 'defined', 'rolled_back'], state) = 0,
            state = 'rolled_back', updated_time DESC, rollout LIMIT 200"""
    return store.rows(Rollout, source, {"tenants": tenants})


def stages(store: Store, tenants: Sequence[str], rollout: str) -> list[Stage]:
    """A campaign's stages in order."""
    source = f"{STAGES} WHERE rollout = {{rollout:String}} ORDER BY stage"
    return store.rows(Stage, source, {"tenants": tenants, "rollout": rollout})


def verdicts(
    store: Store, tenants: Sequence[str], rollout: str, stage: int, limit: int = 400
) -> list[GateVerdict]:
    """The newest `limit` verdicts on a stage in the order they were given."""
    source = f"""(
        SELECT * FROM {HISTORY} WHERE rollout = {{rollout:String}} AND stage = {{stage:UInt32}}
        ORDER BY kafka_offset DESC LIMIT {{limit:UInt32}}
    ) ORDER BY kafka_offset"""
    parameters = {"tenants": tenants, "rollout": rollout, "stage": stage, "limit": limit}
    return store.rows(GateVerdict, source, parameters)
