"""An action on an incident is one on each of its parts, and a verdict is told to every partition that has none of them."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.action import AlertAcknowledge, AlertJudge, VerdictShare
from schemas.event import Envelope
from schemas.lesson import Lesson
from schemas.topics import PARTITIONS
from streams.control.lessons import others, subject_in
from streams.log.partition import partition_of
from tests.streams.control.memory import NOW, Api

ALERT = "/v1/alerts/acme/cam/alert-1"
TAKEN = {
    "alert": "alert-1",
    "severity": "medium",
    "kinds": ["baseline.tx_kbps"],
    "status": "open",
    "verdict": "",
}
WEIGHED = {"weighed": {"kind": "baseline.tx_kbps", "direction": "above", "strength": 9.0}, "time": NOW}
PARTS = {"devices": ["pump", "cam", "lamp"], "parts": ["alert-2", "alert-1", "alert-3"]}


def partition(event: Envelope) -> int:
    return partition_of(event.key, PARTITIONS)


async def judged(verdict: str = "false_positive", whole: bool = False, **views: Any) -> list[Envelope]:
    """What a verdict writes."""
    api = Api(**{"alerts": [TAKEN], "alert_history": [WEIGHED], "incidents": [PARTS], **views})
    body = {"verdict": verdict, "actor": "ann", **({"whole": True} if whole else {})}
    answer = await api.post(f"{ALERT}/verdict", body)
    assert answer.status_code == 202
    return api.journal.written


async def test_a_verdict_reaches_every_partition_once() -> None:
    first, *told = await judged()
    assert isinstance(first.data, AlertJudge)
    assert sorted(map(partition, [first, *told])) == list(range(PARTITIONS))
    lesson = Lesson(kind="baseline.tx_kbps", direction="above", strength=9.0)
    wanted = VerdictShare(actor="vedette", alert="alert-1", true=False, time=NOW, lessons=(lesson,))
    assert [one.data for one in told] == [wanted] * (PARTITIONS - 1)
    assert [one.id for one in told] == [one.id for one in (await judged())[1:]]


@pytest.mark.parametrize(
    ("verdict", "views"),
    [
        ("benign_positive", {}),
        ("unknown", {}),
        ("false_positive", {"alert_history": []}),
        ("false_positive", {"alert_history": None}),
        ("false_positive", {"alerts": None}),
        ("false_positive", {"alerts": [{**TAKEN, "severity": "critical"}]}),
        ("false_positive", {"alerts": [{**TAKEN, "kinds": ["rule.credential_cloned"]}]}),
        ("false_positive", {"alerts": [{**TAKEN, "status": "closed", "verdict": "true_positive"}]}),
    ],
)
async def test_what_teaches_nothing_or_is_not_known_is_told_to_nobody(
    verdict: str, views: dict[str, Any]
) -> None:
    assert len(await judged(verdict, **views)) == 1


async def test_what_was_set_aside_may_be_judged_for_all() -> None:
    aside = {**TAKEN, "status": "closed", "verdict": "below_bar"}
    assert len(await judged("true_positive", alerts=[aside])) == PARTITIONS


async def test_a_verdict_on_an_incident_is_one_on_each_part_and_told_where_there_is_none() -> None:
    written = await judged(whole=True)
    verdicts = [(one.subject, one.data.alert) for one in written if isinstance(one.data, AlertJudge)]
    assert verdicts == [("cam", "alert-1"), ("pump", "alert-2"), ("lamp", "alert-3")]
    parts = {partition(one) for one in written if isinstance(one.data, AlertJudge)}
    told = [partition(one) for one in written if isinstance(one.data, VerdictShare)]
    assert sorted([*parts, *told]) == list(range(PARTITIONS))
    assert len({one.id for one in written}) == len(written)


async def test_an_incident_is_acknowledged_whole_once_however_often_it_is_asked() -> None:
    api = Api(alerts=[TAKEN], incidents=[PARTS])
    answers = [await api.post(f"{ALERT}/acknowledge", {"whole": True}, Idempotency_Key="k") for _ in range(2)]
    assert [one.json()["actions"] for one in answers] == [answers[0].json()["actions"]] * 2
    assert len(answers[0].json()["actions"]) == 3
    assert [one.data for one in api.journal.written[:3]] == [
        AlertAcknowledge(actor="api", alert=alert) for alert in ("alert-1", "alert-2", "alert-3")
    ]


async def test_while_the_store_does_not_say_what_the_whole_is_nothing_is_done() -> None:
    api = Api(alerts=[TAKEN], incidents=None)
    assert (await api.post(f"{ALERT}/acknowledge", {"whole": True})).status_code == 503
    assert api.journal.written == []
    assert (await api.post(f"{ALERT}/acknowledge")).status_code == 202


async def test_incidents_are_listed() -> None:
    api = Api(incidents=[{**PARTS, "alert": "alert-1"}], tenants=[{"tenant": "acme"}])
    answer = await api.get("/v1/incidents?status=open")
    assert answer.json()["incidents"][0]["parts"] == PARTS["parts"]
    assert (await api.get("/v1/incidents?status=lost")).status_code == 400


@pytest.mark.parametrize("tenant", ["acme", "globex"])
def test_each_partition_has_a_name_no_device_can_have(tenant: str) -> None:
    names = [subject_in(tenant, number) for number in range(PARTITIONS)]
    assert all(" " in name for name in names)
    assert len(set(names)) == PARTITIONS
    assert len(others(tenant, names[:2])) == PARTITIONS - 2
