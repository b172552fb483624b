"""The rollouts (e) and (f): firmware goes to half of a tenant's devices, the gate is asked, and its verdict is acted on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infra.simulator.condition import Condition
from infra.simulator.control import Control
from infra.simulator.fleet import Device, Fleet
from infra.simulator.message import utc
from infra.simulator.uplink import Uplink
from schemas.errors import VedetteError
from schemas.rollout import GatePolicy
from schemas.security import UpdateProgressed

FAULTY = 0.35
CRASHES_S = 25.0
ASK_EVERY_S = 1.0
ACTS_ON = {"PROMOTE": "promoted", "ROLLBACK": "rolled_back"}


@dataclass(frozen=True, slots=True)
class Plan:
    """One rollout: `faulty` firmware makes a share of its devices reboot by themselves and another fall silent."""

    letter: str
    tenant: str
    firmware: str
    faulty: bool
    expects: str


PLANS = (
    Plan("e", "acme", "5.0.0", faulty=False, expects="promoted"),
    Plan("f", "globex", "4.0.0", faulty=True, expects="rolled_back"),
)


class Campaign(threading.Thread):
    """Carries one rollout through in its own thread, until the gate lets it act or `stop` is set; `truth` says how it went."""

    def __init__(
        self,
        plan: Plan,
        control: Control,
        fleet: Fleet,
        uplink: Uplink,
        condition: Condition,
        stop: threading.Event,
        pace: float,
    ) -> None:
        super().__init__(name=f"rollout {plan.letter}", daemon=True)
        self.letter = plan.letter
        self._plan, self._uplink, self._condition, self._halt = plan, uplink, condition, stop
        self._control, self._pace = control, pace
        self._treatment = fleet.arm(plan.tenant, "treatment")
        self._untreated = fleet.arm(plan.tenant, "control")
        self._policy = GatePolicy(soak_s=30.0 * pace, silence_s=max(15.0 * pace, 8.0), max_reboots=1)
        self._random = np.random.default_rng([fleet.seed, 4])
        # A rollout's id is taken for ever; the time makes room for the next run.
        self._rollout = f"firmware-{plan.firmware}-{utc(uplink.clock())[11:19].replace(':', '')}"
        self._previous = self._treatment[0].firmware
        self._crashes: list[tuple[float, Device]] = []
        self.truth: dict[str, Any] = {
            "tenant": plan.tenant,
            "rollout": self._rollout,
            "expects": plan.expects,
            "outcome": None,
            "verdict": None,
            "gate": None,
            "problem": None,
        }

    def run(self) -> None:
        """Define, start, install, ask, finish."""
        try:
            self._begin()
            self._install()
            if self._plan.faulty:
                self._break()
            self._decide()
        except VedetteError as error:
            self.truth["problem"] = str(error)

    def _begin(self) -> None:
        plan, policy = self._plan, self._policy
        self._control.define(plan.tenant, self._rollout, plan.firmware, self._previous, policy)
        treatment = [device.name for device in self._treatment]
        untouched = [device.name for device in self._untreated]
        self._control.start(plan.tenant, self._rollout, treatment, untouched, policy)
        self.truth["began"] = utc(self._uplink.clock())

    def _install(self) -> None:
        """Every treated device installs the new firmware and starts anew once, which the policy allows."""
        for status in ("downloading", "installing"):
            self._progress(self._treatment, status)
            self._halt.wait(2.0 * self._pace)
        for device in self._treatment:
            self._condition.firmware[device.index] = self._plan.firmware
            self._condition.reboot(device, self._uplink.clock())
        self._progress(self._treatment, "booted")

    def _break(self) -> None:
        """What the firmware does to some: half of them hang, the other half will crash, twice each."""
        chosen = self._random.permutation(len(self._treatment))[: round(len(self._treatment) * FAULTY)]
        crashing = [self._treatment[place] for place in chosen[::2]]
        hanging = [self._treatment[place] for place in chosen[1::2]]
        self.truth["crashing"] = [device.name for device in crashing]
        self.truth["hanging"] = [device.name for device in hanging]
        for device in hanging:
            self._condition.silent[device.index] = True
        began_s = self._uplink.clock()
        crashes = [
            (began_s + self._random.uniform(0, CRASHES_S) * self._pace, device)
            for device in [*crashing, *crashing]
        ]
        self._crashes = sorted(crashes, key=lambda crash: crash[0])

    def _crash(self) -> None:
        """Let those crash whose moment has come."""
        while self._crashes and self._crashes[0][0] <= self._uplink.clock():
            _, device = self._crashes.pop(0)
            self._condition.reboot(device, self._uplink.clock())

    def _decide(self) -> None:
        plan = self._plan
        while not self._halt.wait(ASK_EVERY_S):
            self._crash()
            gate = self._control.gate(plan.tenant, self._rollout)
            self.truth["gate"] = {name: gate.get(name) for name in ("outcome", "explanation")}
            outcome = ACTS_ON.get(str(gate.get("outcome")))
            if outcome:
                verdict = str(gate.get("verdict") or "")
                self._control.finish(plan.tenant, self._rollout, outcome, verdict)
                self.truth |= {"outcome": outcome, "verdict": verdict, "finished": utc(self._uplink.clock())}
                self._conclude(outcome)
                return

    def _conclude(self, outcome: str) -> None:
        if outcome == "promoted":
            self._progress(self._treatment, "healthy")
            return
        for device in self._treatment:
            self._condition.firmware[device.index] = self._previous
            self._condition.silent[device.index] = False
            self._condition.reboot(device, self._uplink.clock())
        self._progress(self._treatment, "rolled_back")

    def _progress(self, devices: Sequence[Device], status: Any) -> None:
        firmware = self._previous if status == "rolled_back" else self._plan.firmware
        update = UpdateProgressed(rollout=self._rollout, firmware=firmware, status=status)
        for device in devices:
            if not self._condition.silent[device.index]:
                self._uplink.event(device, update)
