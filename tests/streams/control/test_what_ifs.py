"""What-ifs through the API: asked for, seen, cancelled, refused by field; a real process answers the one that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.settings import Settings
from streams.control.app import app_of
from streams.control.metrics import Metrics
from streams.control.what_ifs import MOST_WAITING, Hypotheses
from tests.streams.control.memory import NOW, TOKEN, MemoryCatalog, MemoryJournal
from tests.streams.worker import wait_for


class Api:
    """The API over a folder of what-ifs; its runner is not started."""

    def __init__(self, home: Path) -> None:
        self.hypotheses = Hypotheses(Settings(home=home))
        app = app_of(
            MemoryJournal(), MemoryCatalog(), TOKEN, lambda: NOW, Metrics(), self.hypotheses.operations()
        )
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://api",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    async def ask(self, variant: Any) -> httpx.Response:
        """POST a variant."""
        return await self._client.post("/v1/what-ifs", json=variant)

    async def get(self, path: str = "") -> httpx.Response:
        """GET below /v1/what-ifs."""
        return await self._client.get(f"/v1/what-ifs{path}")

    async def cancel(self, name: str) -> httpx.Response:
        """POST cancel."""
        return await self._client.post(f"/v1/what-ifs/{name}/cancel")


async def test_what_is_asked_is_queued_and_seen(tmp_path: Path) -> None:
    api = Api(tmp_path)
    made = await api.ask({"name": "softer", "baseline": {"spike_z": 12}})
    assert made.status_code == 202
    name = made.json()["id"]
    found = (await api.get(f"/{name}")).json()
    assert (found["name"], found["changes"], found["result"]) == ("softer", ["baseline spike_z = 12"], None)
    assert found["progress"]["status"] == "queued"
    other = (await api.ask({})).json()["id"]
    assert [one["id"] for one in (await api.get()).json()["what_ifs"]] == [other, name]
    assert len((await api.get("?limit=1")).json()["what_ifs"]) == 1


async def test_a_queued_one_is_cancelled_for_good(tmp_path: Path) -> None:
    api = Api(tmp_path)
    name = (await api.ask({})).json()["id"]
    assert (await api.cancel(name)).json()["progress"]["status"] == "cancelled"
    assert (await api.cancel(name)).status_code == 202
    assert (await api.get(f"/{name}")).json()["progress"]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("variant", "code", "field"),
    [
        ({"baseline": {"spikez": 1}}, "unknown_field", "baseline.spikez"),
        ({"baseline": {"spike_z": -1}}, "bad_value", "baseline.spike_z"),
        ({"gate": {"margin": 2}}, "bad_value", "gate.margin"),
        ({"since": "yesterday"}, "bad_time", "since"),
        ({"response": {"actions": {"rule.nothing": "hold"}}}, "unknown_kind", "response.actions"),
        ([], "bad_value", "body"),
    ],
)
async def test_a_bad_variant_is_refused_by_field(tmp_path: Path, variant: Any, code: str, field: str) -> None:
    answer = await Api(tmp_path).ask(variant)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, field)


async def test_nobody_knows_what_was_never_asked(tmp_path: Path) -> None:
    api = Api(tmp_path)
    for name in ("what-if-0000000000000000", "..", "what-if-x"):
        assert (await api.get(f"/{name}")).status_code == 404
    assert (await api.cancel("what-if-0000000000000000")).status_code == 404
    assert (await api.get("?limit=0")).status_code == 400


async def test_the_queue_has_an_end(tmp_path: Path) -> None:
    api = Api(tmp_path)
    for _ in range(MOST_WAITING):
        assert (await api.ask({})).status_code == 202
    assert (await api.ask({})).status_code == 429


@pytest.mark.kafka
async def test_the_runner_runs_what_is_queued(
    kafka_bootstrap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_KAFKA_BOOTSTRAP", kafka_bootstrap)
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path))
    api = Api(tmp_path)
    first, second = [(await api.ask({"tenants": ["nobody"]})).json()["id"] for _ in range(2)]
    await api.cancel(second)
    api.hypotheses.runner.start()
    try:
        what_ifs = api.hypotheses.what_ifs
        wait_for(lambda: what_ifs.get(first).over, "the what-if to end")
    finally:
        api.hypotheses.runner.close()
    found = (await api.get(f"/{first}")).json()
    assert found["progress"]["status"] == "done", found
    assert found["result"]["sentence"].startswith("Nothing would have been different")
    assert (await api.get(f"/{second}")).json()["progress"]["status"] == "cancelled"
