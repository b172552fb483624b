"""Opening texts and asking for erasure over the API; what people write about a device is sealed before it is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.action import AlertJudge
from schemas.event import Envelope
from schemas.privacy import SubjectErase
from streams.control.actions import event_of
from streams.control.app import app_of
from streams.control.catalog import Row
from streams.control.metrics import Metrics
from streams.control.privacy import Privacy, SealingJournal
from streams.sealing.sealer import Sealer
from streams.sealing.unsealer import Unsealer
from tests.streams.control.memory import NOW, TOKEN, Caller, MemoryCatalog, MemoryJournal
from tests.streams.sealing.memory import KeysInMemory

KEYS = KeysInMemory()


def api(**views: list[Row] | None) -> tuple[Caller, MemoryJournal]:
    journal = MemoryJournal()
    sealing = SealingJournal(journal, Sealer(KEYS))
    catalog = MemoryCatalog(alerts=[{"alert": "alert-1"}], **views)
    more = Privacy(sealing, Unsealer(KEYS), catalog, lambda: NOW).operations()
    return Caller(app_of(sealing, catalog, TOKEN, lambda: NOW, Metrics(), more, sealing.action)), journal


def test_texts_are_opened_and_what_was_erased_says_so() -> None:
    token, gone = (KEYS.living("acme", device).seal("192.0.2.1") for device in ("cam-1", "gone"))
    KEYS.destroy("acme", "gone", "r1", lambda: datetime.now(UTC))
    caller, _ = api()
    answered = caller.post("/v1/unseal", {"texts": [f"from {token}", gone, "plain"], "actor": "ann"})
    assert (answered.status_code, answered.json()) == (
        200,
        {"texts": ["from 192.0.2.1", "[erased]", "plain"]},
    )


def test_bad_requests_name_the_field() -> None:
    caller, journal = api()
    for body, field in (({"texts": "x", "actor": "a"}, "texts"), ({"texts": []}, "actor")):
        answered = caller.post("/v1/unseal", body)
        assert (answered.status_code, answered.json()["field"]) == (400, field)
    for path, body, field in (
        ("cam 1", {"actor": "a", "reason": "r"}, "device"),
        ("cam-1", {"actor": "a"}, "reason"),
        ("cam-1", {"actor": "a", "reason": ""}, "reason"),
    ):
        answered = caller.post(f"/v1/subjects/acme/{path}/erase", body)
        assert (answered.status_code, answered.json()["field"]) == (400, field)
    assert journal.written == []


def test_an_erasure_is_asked_for_once_a_key() -> None:
    caller, journal = api()
    body = {"actor": "dpo", "reason": "art. 17"}
    path = "/v1/subjects/acme/cam-1/erase"
    ids = {caller.ask("POST", path, body, Idempotency_Key="k").json()["id"] for _ in range(2)}
    assert caller.post(path, body).status_code == 202
    assert len(ids) == 1
    assert [(event.tenant, event.subject) for event in journal.written] == [("acme", "cam-1")] * 3
    assert journal.written[0].data == SubjectErase(actor="dpo", reason="art. 17")


@pytest.mark.parametrize(("found", "known"), [([{"known": 3}], True), ([{"known": 0}], False), (None, None)])
def test_whether_anything_is_known_of_who_shall_be_erased_is_said(
    found: list[Row] | None, known: bool | None
) -> None:
    caller, journal = api(device_activity=found)
    answered = caller.post("/v1/subjects/acme/nobody/erase", {"actor": "dpo", "reason": "art. 17"})
    assert (answered.status_code, answered.json()["known"]) == (202, known)
    assert len(journal.written) == 1, "a key may be all there is"


def test_erasures_are_listed() -> None:
    row = {"tenant": "acme", "device": "nobody", "state": "unknown"}
    caller, _ = api(erasures=[row], tenants=[{"tenant": "acme"}])
    assert caller.get("/v1/erasures?state=unknown&device=nobody").json()["erasures"] == [row]
    assert caller.get("/v1/erasures?state=gone").json()["field"] == "state"


def test_a_comment_is_sealed_and_comes_back() -> None:
    caller, journal = api()
    verdict = {"verdict": "true_positive", "comment": "Ann was on holiday", "actor": "bob"}
    assert caller.post("/v1/alerts/acme/cam-1/alert-1/verdict", verdict).status_code == 202
    comment = comment_of(journal.written[0])
    assert "Ann" not in comment
    opened = caller.post("/v1/unseal", {"texts": [comment], "actor": "bob"})
    assert opened.json() == {"texts": ["Ann was on holiday"]}


def test_the_id_of_an_action_does_not_confirm_a_guessed_comment() -> None:
    caller, journal = api()
    path, verdict = "/v1/alerts/acme/cam-1/alert-1/verdict", {"verdict": "true_positive", "actor": "bob"}
    for comment in ("it was Ann", "it was Ann", "it was Bea"):
        assert caller.post(path, {**verdict, "comment": comment}).status_code == 202
    first, again, other = (event.id for event in journal.written)
    assert first == again != other, "the same said twice is said once"
    guess = AlertJudge(actor="bob", alert="alert-1", verdict="true_positive", comment="it was Ann")
    assert event_of(guess, "acme", "cam-1", NOW).id != first


def comment_of(event: Envelope) -> str:
    assert isinstance(event.data, AlertJudge)
    return event.data.comment
