"""A rollout from definition to its end against a control API that answers as the real one does."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

import httpx
import pytest

from infra.simulator.behaviour import METRICS, Behaviour
from infra.simulator.campaign import PLANS, Campaign
from infra.simulator.condition import Condition
from infra.simulator.control import Control
from infra.simulator.fleet import Device, make
from infra.simulator.uplink import Uplink
from schemas.errors import Fatal
from schemas.event import Event
from schemas.security import UpdateProgressed
from schemas.settings import Settings

FLEET = make(7)
NOW_S = 1.79e9
TOKEN = "a-token-of-the-control-api"
SETTINGS = Settings(control_token=TOKEN)


@dataclass
class Api:
    """A control API whose gate says HOLD twice and then `says`; asked a fifth time, it sets `halt`."""

    says: str
    calls: list[tuple[str, Any]] = field(default_factory=list)
    asked: int = 0
    halt: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        if request.method == "GET":
            self.asked += 1
            if self.asked == 5:
                self.halt.set()
            outcome = self.says if self.asked > 2 else "HOLD"
            return httpx.Response(200, json={"outcome": outcome, "explanation": outcome, "verdict": "gate-1"})
        self.calls.append((request.url.path.rpartition("/")[2], json.loads(request.content)))
        return httpx.Response(201, json={})


@dataclass
class Reports:
    """Takes the place of the way to Vedette: remembers events; a second passes each time somebody looks at the clock."""

    events: list[tuple[Device, Event]] = field(default_factory=list)
    seconds: count[int] = field(default_factory=count)

    def clock(self) -> float:
        return NOW_S + next(self.seconds)

    def event(self, device: Device, data: Event) -> float:
        self.events.append((device, data))
        return NOW_S


def _run(letter: str, says: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Campaign, Api, Reports, Condition]:
    monkeypatch.setattr("infra.simulator.campaign.ASK_EVERY_S", 0.001)
    plan = next(plan for plan in PLANS if plan.letter == letter)
    api, reports = Api(says), Reports()
    condition = Condition(FLEET, Behaviour(FLEET))
    control = Control(SETTINGS, httpx.MockTransport(api.answer))
    campaign = Campaign(plan, control, FLEET, cast(Uplink, reports), condition, api.halt, 0.001)
    campaign.run()
    control.close()
    return campaign, api, reports, condition


def test_a_healthy_firmware_is_promoted_once_the_gate_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, api, reports, condition = _run("e", "PROMOTE", monkeypatch)
    assert [name for name, _ in api.calls] == ["rollouts", "1", "finish"]
    plan, end = api.calls[1][1], api.calls[2][1]
    assert (len(plan["treatment"]), len(plan["control"])) == (72, 72)
    assert not set(plan["treatment"]) & set(plan["control"])
    assert end == {"outcome": "promoted", "verdict": "gate-1"}
    assert campaign.truth["outcome"] == "promoted"
    assert campaign.truth["problem"] is None
    told = Counter(data.status for _, data in reports.events if isinstance(data, UpdateProgressed))
    assert told == dict.fromkeys(("downloading", "installing", "booted", "healthy"), 72)
    treated = FLEET.arm("acme", "treatment")
    assert {condition.firmware[device.index] for device in treated} == {"5.0.0"}
    assert {condition.firmware[device.index] for device in FLEET.arm("acme", "control")} == {"4.2.0"}
    # One boot for the installation, as many as the policy allows.
    assert {_boots(condition, device) for device in treated} == {1}
    assert plan["policy"]["max_reboots"] == 1
    assert not condition.silent.any()


def test_a_bad_firmware_is_rolled_back_and_its_devices_recover(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, api, _, condition = _run("f", "ROLLBACK", monkeypatch)
    assert api.calls[-1] == ("finish", {"outcome": "rolled_back", "verdict": "gate-1"})
    crashing, hanging = campaign.truth["crashing"], campaign.truth["hanging"]
    assert len(crashing) + len(hanging) == 25
    assert not set(crashing) & set(hanging)
    treated = FLEET.arm("globex", "treatment")
    assert {condition.firmware[device.index] for device in treated} == {"3.8.1"}
    assert not condition.silent.any()
    assert {_boots(condition, device) for device in FLEET.arm("globex", "control")} == {0}


def test_without_a_verdict_nothing_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, api, _, _ = _run("e", "HOLD", monkeypatch)
    assert [name for name, _ in api.calls if name == "finish"] == []
    assert api.asked == 5
    assert campaign.truth["outcome"] is None
    assert campaign.truth["gate"]["outcome"] == "HOLD"


def test_a_refusal_is_told_and_names_the_reason() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(409, json={"detail": "exists already"}))
    control = Control(SETTINGS, refusing)
    with pytest.raises(Fatal, match="exists already"):
        control.gate("acme", "firmware")
    control.close()


def test_a_missing_token_says_what_to_do(tmp_path: Any) -> None:
    with pytest.raises(Fatal, match=r"control\.token is missing: start the stack"):
        Control(Settings(home=tmp_path, control_token=""))


def _boots(condition: Condition, device: Device) -> int:
    healthy = Behaviour(FLEET).at(NOW_S, NOW_S)
    row = METRICS.index("boot_count")
    return int((condition.apply(healthy, NOW_S) - healthy)[row, device.index])
