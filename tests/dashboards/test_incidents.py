"""A lost site is one thing on the pages, though four partitions told of it, and what a person says of it is said of all its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.control import Answer, Control
from dashboards.queries import alerts
from dashboards.store import Store
from schemas.action import AlertJudge, VerdictShare
from schemas.lesson import Lesson
from schemas.settings import Settings
from schemas.topics import PARTITIONS
from streams.control.app import app_of
from streams.control.catalog import ClickHouseCatalog
from streams.control.metrics import Metrics
from tests.dashboards import lost_site, seed
from tests.dashboards.test_pages import told
from tests.streams.control.memory import NOW, TOKEN, MemoryJournal

pytestmark = pytest.mark.clickhouse
Open = Callable[..., AppTest]
TITLE = "40 of 40 devices at site berlin fell silent together"


def test_four_partitions_tell_of_it_and_a_person_has_one_row(page: Open, lost_url: str) -> None:
    store = Store(lost_url)
    (one,) = alerts.queue(store, ("acme",))
    assert (one.title, one.members, one.of, len(one.parts)) == (TITLE, 40, 40, 4)
    assert len({found.subject for found in lost_site.findings()}) == 4
    (waiting,) = alerts.waiting(store, ("acme",))
    assert (waiting.severity, waiting.alerts, waiting.untouched) == ("high", 1, 1)
    assert alerts.queue(store, ("acme",), search=alerts.parts_of(store, ("acme",), one)[3].device) == [one]
    said = told(page(lost_url, "alerts"))
    assert f"{TITLE}</a>" in said
    assert "and 3 more" in said
    assert "1 alert<" in said
    assert told(page(lost_url, "now")).count(TITLE) >= 1


def test_any_part_opens_the_whole_with_its_parts_and_reasons(page: Open, lost_url: str) -> None:
    (one,) = alerts.queue(Store(lost_url), ("acme",))
    for part in (one.parts[0], one.parts[3]):
        said = told(page(lost_url, "alert", alert=part))
        assert f"<h1>{TITLE}</h1>" in said
        assert "in 4 parts" in said
        assert "Its parts" in said
        assert "Told in 4 parts, the worst of them: site berlin: 13 of 13 devices" in said
        assert "report gap" in said
        assert "are silent as well" in said
        # Of a whole site one device is charted, and named.
        assert f"<h3>What {one.device} measures</h3>" in said


def test_a_verdict_and_an_acknowledgement_are_of_all_parts(
    page: Open, lost_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def take(_: Control, *arguments: object, **more: object) -> Answer:
        sent.append((arguments, more))
        return Answer(True, "Recorded.")

    monkeypatch.setattr(Control, "judge", take)
    monkeypatch.setattr(Control, "acknowledge", take)
    (one,) = alerts.queue(Store(lost_url), ("acme",))
    test = page(lost_url, "alert", alert=one.parts[2])
    test.button(key="true_positive").click().run()
    test.button(key="acknowledge").click().run()
    assert [(arguments[:3], more) for arguments, more in sent] == [
        (("acme", one.device, one.alert), {"whole": True})
    ] * 2


@pytest.mark.parametrize("whole", [True, False])
def test_the_request_says_whether_it_is_about_all(whole: bool) -> None:
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(202, json={})

    control = Control(Settings(control_token="t"), httpx.MockTransport(answer))
    control.acknowledge("acme", "cam", "alert", "ana", whole=whole)
    control.judge("acme", "cam", "alert", "true_positive", "", "ana", whole=whole)
    assert [b'"whole":true' in body for body in bodies] == [whole, whole]


@asynccontextmanager
async def api(url: str) -> AsyncIterator[tuple[httpx.AsyncClient, MemoryJournal]]:
    """The control API on a real store, and what it writes."""
    journal = MemoryJournal()
    app = app_of(journal, ClickHouseCatalog(url), TOKEN, lambda: NOW, Metrics())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://api",
        headers={"Authorization": f"Bearer {TOKEN}"},
    ) as client:
        yield client, journal


async def test_the_control_api_writes_one_action_on_each_part_of_what_the_store_joins(lost_url: str) -> None:
    (one,) = alerts.queue(Store(lost_url), ("acme",))
    async with api(lost_url) as (client, journal):
        listed = (await client.get("/v1/incidents?status=open")).json()["incidents"]
        assert [(row["alert"], row["members"], len(row["parts"])) for row in listed] == [(one.alert, 40, 4)]
        path = f"/v1/alerts/acme/{one.device}/{one.alert}/verdict"
        body = {"verdict": "true_positive", "actor": "ana", "whole": True}
        assert (await client.post(path, json=body)).status_code == 202
    judged = [event for event in journal.written if isinstance(event.data, AlertJudge)]
    assert {event.data.alert for event in judged if isinstance(event.data, AlertJudge)} == set(one.parts)
    assert {event.subject for event in judged} == {found.subject for found in lost_site.findings()}
    # Each partition has a part, so nobody needs to be told.
    assert len(journal.written) == 4


async def test_the_control_api_tells_other_partitions_what_the_store_knows_of_an_alert(
    filled_url: str,
) -> None:
    async with api(filled_url) as (client, journal):
        path = f"/v1/alerts/acme/cam-0046/{seed.BELOW_BAR}/verdict"
        assert (await client.post(path, json={"verdict": "true_positive", "actor": "ana"})).status_code == 202
    _, *told = [event.data for event in journal.written]
    assert len(told) == PARTITIONS - 1
    lesson = Lesson(kind="baseline.tx_kbps", direction="above", strength=9.0)
    for one in told:
        assert isinstance(one, VerdictShare)
        assert (one.alert, one.true, one.lessons) == (seed.BELOW_BAR, True, (lesson,))
