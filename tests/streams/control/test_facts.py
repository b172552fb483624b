"""What the API reads: parameters are checked, times carry their zone, a store that is away is told."""

from __future__ import annotations

import pytest

from streams.control.catalog import ClickHouseCatalog
from tests.dashboards.conftest import filled_url, now
from tests.streams.control.memory import NOW, Api

__all__ = ["filled_url", "now"]


async def test_alerts_are_told_with_their_times_and_evidence() -> None:
    row = {"alert": "a", "risk": 70, "opened_time": NOW, "closed_time": None, "evidence": [{"event": "e1"}]}
    told = (
        await Api(alerts=[row], tenants=[{"tenant": "acme"}]).get("/v1/alerts?status=open&limit=5")
    ).json()
    assert told == {
        "alerts": [{**row, "opened_time": "2026-05-01T12:00:00.000000Z"}],
        "limit": 5,
        "offset": 0,
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=new", "status"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("offset=x", "offset"),
        ("tenant=a/b", "tenant"),
        ("device=%00", "device"),
    ],
)
async def test_a_bad_parameter_is_refused_by_name(query: str, field: str) -> None:
    answer = await Api().get(f"/v1/alerts?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_device_comes_with_its_credential_and_open_alerts() -> None:
    api = Api(
        devices=[{"device": "cam"}],
        alerts=[{"status": "open", "alert": "a"}, {"status": "closed", "alert": "b"}],
    )
    told = (await api.get("/v1/devices/acme/cam")).json()
    assert told == {"device": "cam", "credential": None, "alerts": [{"status": "open", "alert": "a"}]}


async def test_a_device_nobody_knows_is_not_found() -> None:
    assert (await Api().get("/v1/devices/acme/cam")).json()["code"] == "unknown_device"


async def test_a_store_that_is_away_is_told() -> None:
    answer = await Api(tenants=None).get("/v1/alerts")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.clickhouse
@pytest.mark.parametrize(
    ("path", "name", "found"),
    [
        ("alerts?limit=2", "alert", ["alert-takeover", "alert-cloned"]),
        ("alerts?limit=2&offset=1", "alert", ["alert-cloned", "alert-drift"]),
        ("alerts?tenant=acme&status=acknowledged", "alert", ["alert-cloned"]),
        ("alerts?tenant=globex", "alert", ["alert-drift"]),
        ("alerts?device=cam-0044", "alert", ["alert-accepted", "alert-expected"]),
        ("incidents?device=cam-0042&status=open", "alert", ["alert-takeover"]),
        ("incidents?tenant=globex&device=cam-0042", "alert", []),
        ("exceptions?tenant=acme", "exception", ["exception-accepted", "exception-proposed"]),
        ("exceptions?state=accepted", "exception", ["exception-accepted"]),
        ("exceptions?device=cam-0045", "exception", ["exception-proposed"]),
        ("rollouts", "rollout", ["camera-4-3", "pump-3-0"]),
        ("rollouts?limit=1&offset=1", "rollout", ["pump-3-0"]),
        ("rollouts?tenant=acme&state=rolled_back", "rollout", ["pump-3-0"]),
        ("rollouts?tenant=globex", "rollout", []),
        ("rollouts?device=cam-0044&state=running", "rollout", ["camera-4-3"]),
        ("rollouts?device=cam-9999", "rollout", []),
    ],
)
async def test_a_list_is_narrowed_ordered_and_paged(
    filled_url: str, path: str, name: str, found: list[str]
) -> None:
    api = Api()
    api.store.rows = ClickHouseCatalog(filled_url).rows  # type: ignore[method-assign]
    told = (await api.get(f"/v1/{path}")).json()
    assert [row[name] for row in told[path.partition("?")[0]]] == found


@pytest.mark.clickhouse
async def test_a_rollout_comes_with_its_stages_and_what_the_gate_says_of_each(filled_url: str) -> None:
    api = Api()
    api.store.rows = ClickHouseCatalog(filled_url).rows  # type: ignore[method-assign]
    told = (await api.get("/v1/rollouts/acme/pump-3-0")).json()
    assert (told["rollout"], told["state"], told["stage"]) == ("pump-3-0", "rolled_back", 1)
    assert [(s["stage"], s["outcome"], s["gate"]) for s in told["stages_started"]] == [
        (1, "rolled_back", "ROLLBACK")
    ]
    missing = await api.get("/v1/rollouts/globex/pump-3-0")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_rollout")


async def test_a_state_that_no_rollout_can_be_in_is_refused() -> None:
    answer = await Api().get("/v1/rollouts?state=done")
    assert answer.json()["detail"].startswith("state: must be one of defined, running, waiting")
