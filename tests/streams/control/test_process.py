"""The control API as a process: what is asked over HTTP lies on the real log, what is told comes from the real store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.kafka import free_port
from schemas import registry, telemetry
from schemas.roll_back import roll_back_in
from schemas.security import SECURITY_EVENTS
from streams.archive.target import Target
from streams.log import reader
from streams.log.learning import NO_ROWS

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
DEADLINE_S = 60.0


@pytest.fixture
def api(kafka_bootstrap: str, clickhouse_url: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a running control API that stops cleanly."""
    url = f"{clickhouse_url}/control_{uuid.uuid4().hex[:12]}"
    Target(url, threading.Event()).migrate()
    port = free_port()
    settings = {
        "KAFKA_BOOTSTRAP": kafka_bootstrap,
        "CLICKHOUSE_URL": url,
        "CONTROL_PORT": str(port),
        "HOME": str(tmp_path),
    }
    environment = {**os.environ, **{f"VEDETTE_{name}": value for name, value in settings.items()}}
    with (tmp_path / "control.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.control"], env=environment, stdout=log, stderr=log
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        _wait(client, process, tmp_path / "control.log")
        client.headers["Authorization"] = f"Bearer {(tmp_path / 'control.token').read_text()}"
        yield client
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_S) == 0


def _wait(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert client.get("/health").json() == {"status": "ok", "store": "ok"}
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def test_a_rollout_and_an_action_are_on_the_log(api: httpx.Client, kafka_bootstrap: str) -> None:
    tenant = f"t{uuid.uuid4().hex[:8]}"
    definition = {"tenant": tenant, "rollout": "r1", "firmware": "2", "previous": "1"}
    stage = f"/v1/rollouts/{tenant}/r1/stages/1"
    assert api.post("/v1/rollouts", json=definition).status_code == 201
    assert api.post("/v1/rollouts", json=definition).json()["events"] == 0
    assert api.post(stage, json={"treatment": ["a", "b"], "control": ["c"]}).status_code == 201
    assert api.get(f"{stage}/gate").json()["outcome"] == "HOLD"
    acted = api.post(f"/v1/credentials/{tenant}/a/reinstate", json={"actor": "ann"}).json()

    assert [e.type for e in written(kafka_bootstrap, "rollouts", tenant)] == [
        "rollout.defined.v1",
        *["rollout.device_assigned.v1"] * 3,
        "rollout.stage_started.v1",
    ]
    assert [e.id for e in written(kafka_bootstrap, "analyst-actions", tenant)] == [acted["id"]]
    assert 'type="rollout.device_assigned.v1"} 3.0' in api.get("/metrics").text


def test_a_roll_back_stands_among_its_devices_reports_and_events(
    api: httpx.Client, kafka_bootstrap: str
) -> None:
    tenant = f"t{uuid.uuid4().hex[:8]}"
    body = {"tenant": tenant, "since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}
    said = api.post("/v1/roll-backs", json={**body, "actor": "ann", "reason": "poisoned"})
    assert said.status_code == 202
    found = [
        (message.partition(), roll_back_in(telemetry.decode(message.value())))
        for message in reader.records(kafka_bootstrap, telemetry.TOPIC)
        if NO_ROWS in (message.headers() or [])
    ]
    asked = {number: one for number, one in found if one and one.tenant == tenant}
    assert sorted(asked) == said.json()["partitions"]
    assert {one.id for one in asked.values()} == {said.json()["id"]}
    events = written(kafka_bootstrap, SECURITY_EVENTS, tenant)
    assert [one.data.asked for one in events] == list(asked.values())
    assert api.get(f"/v1/roll-backs?tenant={tenant}&device=cam").json()["roll_backs"] == []


def test_every_question_to_the_store_is_one_it_understands(api: httpx.Client) -> None:
    assert api.get("/v1/alerts?tenant=acme&status=open&device=cam").json()["alerts"] == []
    assert api.get("/v1/alerts").json()["alerts"] == []
    assert api.get("/v1/devices/acme/cam").json()["code"] == "unknown_device"
    assert (
        api.post("/v1/alerts/acme/cam/a/verdict", json={"verdict": "unknown"}).json()["code"]
        == "unknown_alert"
    )
    assert api.post("/v1/decisions/acme/cam/d/approve").json()["code"] == "unknown_decision"


def written(bootstrap: str, topic: str, tenant: str) -> list[Any]:
    found = [registry.decode(m.headers(), m.value() or b"") for m in reader.records(bootstrap, topic)]
    return [event for event in found if event.tenant == tenant]
