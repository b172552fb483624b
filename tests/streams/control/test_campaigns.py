"""Rollouts over the API: stages in turn, the same request done once, and no promotion without the gate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rollout import DeviceAssigned, RolloutDefined, StageFinished, StageStarted
from streams.control.campaign import Campaign
from streams.control.plan import Definition, StagePlan
from tests.streams.control.memory import NOW, Api

DEFINITION = {"tenant": "acme", "rollout": "r1", "firmware": "2.0", "previous": "1.0", "stages": 2}
PLAN = {"treatment": ["d1", "d2"], "control": ["d3"]}
STAGE = "/v1/rollouts/acme/r1/stages"


def verdict(outcome: str = "PROMOTE", **more: Any) -> dict[str, Any]:
    arms = {
        f"{arm}_{n}": 0
        for arm in ("treatment", "control")
        for n in ("healthy", "rebooted", "silent", "pending")
    }
    numbers = dict.fromkeys(("difference", "low", "high", "margin", "alpha"), 0.1)
    told = {
        "verdict": "gate-1",
        "outcome": outcome,
        "explanation": f"{outcome}: so it is",
        "needed": 40,
        "frontier": {},
    }
    assigned = {"treatment_assigned": 2, "control_assigned": 1}
    return {**arms, **numbers, **told, **assigned, "time": NOW, "newest": NOW - timedelta(seconds=3), **more}


async def started(**views: Any) -> Api:
    api = Api(**views)
    assert (await api.post("/v1/rollouts", DEFINITION)).status_code == 201
    assert (await api.post(f"{STAGE}/1", PLAN)).status_code == 201
    return api


async def test_a_stage_starts_after_all_its_devices_are_assigned() -> None:
    api = await started()
    kinds = [type(e.data) for e in api.journal.written]
    assert kinds == [RolloutDefined, DeviceAssigned, DeviceAssigned, DeviceAssigned, StageStarted]
    assigned = [e.data for e in api.journal.written if isinstance(e.data, DeviceAssigned)]
    assert [(a.device, a.arm, a.stage) for a in assigned] == [
        ("d1", "treatment", 1),
        ("d2", "treatment", 1),
        ("d3", "control", 1),
    ]
    assert {e.subject for e in api.journal.written} == {"r1"}


async def test_repeating_any_request_writes_nothing_more() -> None:
    api = await started(gate_verdicts=[verdict()])
    assert (
        await api.post(f"{STAGE}/1/finish", {"outcome": "promoted", "verdict": "gate-1"})
    ).status_code == 201
    written = len(api.journal.written)
    api.now += timedelta(hours=1)
    for path, body in (
        ("/v1/rollouts", DEFINITION),
        (f"{STAGE}/1", PLAN),
        (f"{STAGE}/1/finish", {"outcome": "promoted"}),
    ):
        assert (await api.post(path, body)).status_code == 200
    assert len(api.journal.written) == written


async def test_a_start_that_broke_off_is_completed_by_asking_again_with_the_first_times_kept() -> None:
    api = Api()
    await api.post("/v1/rollouts", DEFINITION)
    api.journal.fails_after = 3
    assert (await api.post(f"{STAGE}/1", PLAN)).status_code == 503
    api.journal.fails_after = None
    api.now += timedelta(seconds=30)
    other = {**PLAN, "treatment": ["d9"]}
    assert (await api.post(f"{STAGE}/1", other)).json()["code"] == "conflict"
    assert (await api.post(f"{STAGE}/1", PLAN)).status_code == 201
    times: dict[str, set[Any]] = {}
    for written in api.journal.written:
        times.setdefault(written.id, set()).add(written.time)
    assert all(len(found) == 1 for found in times.values())
    assert len(times) == 5


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/rollouts", {**DEFINITION, "firmware": "2.1"}, 409, "conflict"),
        (f"{STAGE}/2", PLAN, 409, "not_its_turn"),
        (f"{STAGE}/3", PLAN, 404, "unknown_stage"),
        (f"{STAGE}/0", PLAN, 404, "unknown_stage"),
        ("/v1/rollouts/acme/other/stages/1", PLAN, 404, "unknown_rollout"),
        ("/v1/rollouts/globex/r1/stages/1", PLAN, 404, "unknown_rollout"),
        (f"{STAGE}/1", {**PLAN, "control": ["d4"]}, 409, "conflict"),
        (f"{STAGE}/1", {**PLAN, "policy": {"margin": 0.3}}, 409, "conflict"),
        (f"{STAGE}/1", {"treatment": ["d1"], "control": []}, 400, "missing_field"),
        (f"{STAGE}/1", {"treatment": ["d1"], "control": ["d1"]}, 400, "repeated"),
        (f"{STAGE}/1", {"treatment": ["a b"], "control": ["d1"]}, 400, "bad_name"),
        (f"{STAGE}/1", {**PLAN, "policy": {"alpha": 0.9}}, 400, "bad_value"),
        (f"{STAGE}/2/finish", {"outcome": "stopped"}, 409, "not_started"),
        (f"{STAGE}/1/finish", {"outcome": "promoted"}, 409, "not_promoted"),
        (f"{STAGE}/1/finish", {"outcome": "finished"}, 400, "bad_value"),
    ],
)
async def test_what_must_not_happen_is_refused(
    path: str, body: dict[str, Any], status: int, code: str
) -> None:
    api = await started()
    before = list(api.journal.written)
    answer = await api.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.journal.written == before


@pytest.mark.parametrize("outcome", ["HOLD", "ROLLBACK", "INVALID"])
async def test_only_promote_promotes(outcome: str) -> None:
    api = await started(gate_verdicts=[verdict(outcome)])
    assert (await api.post(f"{STAGE}/1/finish", {"outcome": "promoted"})).status_code == 409
    assert (await api.post(f"{STAGE}/1/finish", {"outcome": "rolled_back"})).status_code == 201
    assert isinstance(api.journal.written[-1].data, StageFinished)
    assert (await api.post(f"{STAGE}/2", PLAN)).json()["code"] == "not_its_turn"


async def test_the_next_stage_starts_after_a_promotion() -> None:
    api = await started(gate_verdicts=[verdict()])
    await api.post(f"{STAGE}/1/finish", {"outcome": "promoted"})
    at = "2026-05-01T13:00:00+02:00"
    assert (await api.post(f"{STAGE}/2", {**PLAN, "at": at, "policy": {"margin": 0.3}})).status_code == 201
    last = api.journal.written[-2]
    assert isinstance(last.data, DeviceAssigned)
    assert (last.data.policy.margin, last.time) == (0.3, NOW - timedelta(hours=1))


async def test_a_time_without_a_zone_is_refused() -> None:
    api = Api()
    await api.post("/v1/rollouts", DEFINITION)
    answer = await api.post(f"{STAGE}/1", {**PLAN, "at": "2026-05-01T13:00:00"})
    assert (answer.status_code, answer.json()["field"]) == (400, "at")


async def test_the_gate_tells_the_newest_verdict_with_its_numbers() -> None:
    api = await started(gate_verdicts=[verdict("HOLD")])
    told = (await api.get(f"{STAGE}/1/gate")).json()
    assert (told["outcome"], told["explanation"], told["verdict"], told["age_s"]) == (
        "HOLD",
        "HOLD: so it is",
        "gate-1",
        3.0,
    )
    assert told["treatment"] == {"assigned": 2, "healthy": 0, "rebooted": 0, "silent": 0, "pending": 0}


@pytest.mark.parametrize(
    ("verdicts", "query", "why"),
    [
        ([], "", "no verdict yet"),
        ([verdict()], "?max_age_s=2", "data 3 s old"),
        ([verdict(treatment_assigned=1)], "", "1 of 2 treatment devices"),
        ([verdict(control_assigned=0)], "", "0 of 1 control devices"),
    ],
)
async def test_what_is_missing_is_never_a_promotion(
    verdicts: list[dict[str, Any]], query: str, why: str
) -> None:
    api = await started(gate_verdicts=verdicts)
    told = (await api.get(f"{STAGE}/1/gate{query}")).json()
    assert told["outcome"] == "HOLD"
    assert why in told["explanation"]


async def test_a_stage_that_is_not_running_holds() -> None:
    api = await started(gate_verdicts=[verdict()])
    told = (await api.get(f"{STAGE}/2/gate")).json()
    assert (told["outcome"], told["verdict"]) == ("HOLD", None)


async def test_a_store_that_is_away_is_no_answer_and_says_hold() -> None:
    api = await started(gate_verdicts=None)
    answer = await api.get(f"{STAGE}/1/gate")
    assert (answer.status_code, answer.json()["outcome"]) == (503, "HOLD")
    assert (await api.post(f"{STAGE}/1/finish", {"outcome": "promoted"})).status_code == 503


async def test_a_second_api_on_the_same_log_knows_the_same() -> None:
    first = await started()
    second = Api()
    second.journal.written = first.journal.written
    assert (await second.post("/v1/rollouts", {**DEFINITION, "stages": 3})).status_code == 409


names = st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), unique=True, min_size=2, max_size=12)


@given(names, st.data())
def test_folding_what_was_written_in_any_repetition_gives_the_same_campaign(
    devices: list[str], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(devices) - 1))
    plan = StagePlan(treatment=devices[:cut], control=devices[cut:])
    body = Definition(tenant="acme", rollout="r1", firmware="2", previous="1")
    campaign = Campaign("acme", "r1")
    written = campaign.define(body, NOW)
    campaign.fold(written[0])
    written += campaign.start(1, plan, NOW)
    once, often = Campaign("acme", "r1"), Campaign("acme", "r1")
    for event in written:
        once.fold(event)
        for _ in range(data.draw(st.integers(1, 3))):
            often.fold(event)
    assert once == often
    assert once.start(1, plan, NOW + timedelta(days=1)) == []
    assert len({event.id for event in written}) == len(written) == len(devices) + 2
