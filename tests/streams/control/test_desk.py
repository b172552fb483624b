"""What analysts ask for becomes one event, however often they ask; what can't be meant is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.action import (
    AlertAcknowledge,
    AlertJudge,
    CredentialHold,
    CredentialReinstate,
    DecisionSettle,
    ExceptionSettle,
)
from tests.streams.control.memory import NOW, Api

ALERT = "/v1/alerts/acme/cam/alert-1"
DECISION = "/v1/decisions/acme/cam/decision-1"
EXCEPTION = "/v1/exceptions/acme/cam/exception-1"
REINSTATE, HOLD = "/v1/credentials/acme/cam/reinstate", "/v1/credentials/acme/cam/hold"


async def test_each_request_becomes_its_event() -> None:
    api = Api(alerts=[{"alert": "alert-1"}], decisions=[{"state": "proposed"}], devices=[{"device": "cam"}])
    verdict = {"verdict": "true_positive", "comment": "seen it", "actor": "ann"}
    assert (await api.post(f"{ALERT}/acknowledge", {"actor": "ann"})).status_code == 202
    assert (await api.post(f"{ALERT}/verdict", verdict)).status_code == 202
    assert (await api.post(f"{DECISION}/approve", {"actor": "ann", "comment": "yes"})).status_code == 202
    assert (await api.post(f"{DECISION}/reject")).status_code == 202
    assert (await api.post(REINSTATE, {"actor": "ann"})).status_code == 202
    assert (await api.post(HOLD, {"actor": "ann", "alert": "alert-1", "comment": "scans"})).status_code == 202
    assert [e.data for e in api.journal.written] == [
        AlertAcknowledge(actor="ann", alert="alert-1"),
        AlertJudge(actor="ann", alert="alert-1", verdict="true_positive", comment="seen it"),
        DecisionSettle(actor="ann", decision="decision-1", answer="approve", comment="yes"),
        DecisionSettle(actor="api", decision="decision-1", answer="reject"),
        CredentialReinstate(actor="ann"),
        CredentialHold(actor="ann", alert="alert-1", comment="scans"),
    ]
    assert {(e.tenant, e.subject, e.time) for e in api.journal.written} == {("acme", "cam", NOW)}


async def test_exceptions_are_accepted_narrowed_rejected_and_ended() -> None:
    until = NOW + timedelta(days=90)
    proposed = {
        "state": "proposed",
        "metric": "tx_kbps",
        "direction": "above",
        "limit": 1560.0,
        "until": until,
    }
    api = Api(exceptions=[proposed])
    week = (NOW + timedelta(days=7)).isoformat()
    narrow = {"actor": "ann", "comment": "backup", "limit": 1400.0, "until": week}
    assert (await api.post(f"{EXCEPTION}/accept", narrow)).status_code == 202
    assert (await api.post(f"{EXCEPTION}/accept", {"actor": "ann"})).status_code == 202
    assert (await api.post(f"{EXCEPTION}/reject", {"actor": "ann"})).status_code == 202
    late = (until + timedelta(days=1)).isoformat()
    for body, field in (
        ({"limit": 1600.0}, "limit"),
        ({"until": late}, "until"),
        ({"until": "2026-01-01"}, "until"),
    ):
        refused = await api.post(f"{EXCEPTION}/accept", body)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert (await api.post(f"{EXCEPTION}/end")).status_code == 409
    api.store.views["exceptions"] = [{**proposed, "state": "accepted"}]
    assert (await api.post(f"{EXCEPTION}/end", {"actor": "bob"})).status_code == 202
    assert (await api.post(f"{EXCEPTION}/reject")).status_code == 409
    api.store.views["exceptions"] = []
    assert (await api.post(f"{EXCEPTION}/accept")).status_code == 404
    assert [e.data for e in api.journal.written] == [
        ExceptionSettle(
            actor="ann",
            exception="exception-1",
            answer="accept",
            limit=1400.0,
            until=NOW + timedelta(days=7),
            comment="backup",
        ),
        ExceptionSettle(actor="ann", exception="exception-1", answer="accept"),
        ExceptionSettle(actor="ann", exception="exception-1", answer="reject"),
        ExceptionSettle(actor="bob", exception="exception-1", answer="end"),
    ]


async def test_the_same_request_twice_has_one_id_and_another_request_another() -> None:
    api = Api(alerts=[{"alert": "alert-1"}])
    ids = []
    for actor in ("ann", "ann", "bob"):
        api.now += timedelta(seconds=5)
        ids.append((await api.post(f"{ALERT}/acknowledge", {"actor": actor})).json()["id"])
    assert ids[0] == ids[1] != ids[2]
    assert [e.id for e in api.journal.written] == ids


async def test_an_idempotency_key_says_what_the_same_means() -> None:
    api = Api()
    ids = [(await api.post(REINSTATE, Idempotency_Key=key)).json()["id"] for key in ("one", "one", "two")]
    assert ids[0] == ids[1] != ids[2]
    refused = await api.post(REINSTATE, Idempotency_Key="a b")
    assert (refused.status_code, refused.json()["field"]) == (400, "Idempotency-Key")


async def test_reinstating_after_a_second_hold_is_another_act() -> None:
    api = Api(credentials=[{"wanted": "held", "held_by": "hold-1"}])
    first = (await api.post(REINSTATE)).json()["id"]
    api.store.views["credentials"] = [{"wanted": "active", "held_by": "hold-1"}]
    assert (await api.post(REINSTATE)).json()["id"] == first
    api.store.views["credentials"] = [{"wanted": "held", "held_by": "hold-2"}]
    assert (await api.post(REINSTATE)).json()["id"] != first


@pytest.mark.parametrize(
    ("path", "views", "status", "field"),
    [
        (f"{ALERT}/acknowledge", {"alerts": []}, 404, "alert"),
        (f"{DECISION}/approve", {"decisions": []}, 404, "decision"),
        (f"{DECISION}/approve", {"decisions": [{"state": "decided"}]}, 409, "decision"),
        (f"{DECISION}/approve", {"decisions": [{"state": "rejected"}]}, 409, "decision"),
        (REINSTATE, {"credentials": [{"wanted": "revoked", "held_by": ""}]}, 409, "device"),
        (
            HOLD,
            {"devices": [{"device": "cam"}], "credentials": [{"wanted": "revoked", "held_by": ""}]},
            409,
            "device",
        ),
        (HOLD, {"devices": []}, 404, "device"),
        ("/v1/alerts/acme/c%20m/a/acknowledge", {}, 400, "device"),
        ("/v1/credentials/../cam/reinstate", {}, 404, ""),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    path: str, views: dict[str, list[dict[str, str]]], status: int, field: str
) -> None:
    api = Api(**views)
    answer = await api.post(path)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert api.journal.written == []


async def test_holding_again_after_a_reinstatement_is_another_act() -> None:
    ids = []
    for wanted, held_by in (("active", ""), ("active", ""), ("held", "d-1"), ("active", "d-1")):
        api = Api(devices=[{"device": "cam"}], credentials=[{"wanted": wanted, "held_by": held_by}])
        await api.post(HOLD, {"actor": "ann"})
        ids += [one.id for one in api.journal.written]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


async def test_approving_again_is_no_conflict() -> None:
    api = Api(decisions=[{"state": "approved"}])
    assert (await api.post(f"{DECISION}/approve")).status_code == 202


async def test_a_store_that_is_away_does_not_keep_people_from_acting() -> None:
    api = Api(alerts=None, decisions=None, credentials=None)
    for path in (f"{ALERT}/acknowledge", f"{DECISION}/reject", REINSTATE):
        assert (await api.post(path)).status_code == 202
    assert len(api.journal.written) == 3


async def test_a_log_that_is_away_is_told() -> None:
    api = Api()
    api.journal.fails_after = 0
    answer = await api.post(REINSTATE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
