"""Dead letters over HTTP on a real log: seen, planned, dropped once by a named person, and what is asked wrongly."""

from __future__ import annotations

from base64 import b64decode

import pytest

from schemas.dead_letter_action import TOPIC, DeadLetterDropped
from schemas.registry import decode
from schemas.settings import Settings
from streams.log.reader import records
from streams.log.writer import LogWriter
from tests.streams.control.memory import NOW, Caller, proving
from tests.streams.dead_letters.sample import dead

CODE = "over_http"


def caller(bootstrap: str) -> Caller:
    return proving(Settings(kafka_bootstrap=bootstrap))


@pytest.mark.kafka
def test_letters_are_seen_planned_and_dropped_once_by_somebody(kafka_bootstrap: str) -> None:
    writer = LogWriter(kafka_bootstrap, "ingest")
    good, broken = dead({"n": 1}, number=1, code=CODE), dead(b"{\xff", number=2, code=CODE)
    for letter in (good, broken):
        writer.bury(letter)
    writer.flush()
    api, listed = caller(kafka_bootstrap), f"/v1/dead-letters?code={CODE}"
    found = api.get(listed).json()
    assert ([one["id"] for one in found["letters"]], found["matching"]) == ([good.id, broken.id], 2)
    assert b64decode(api.get(f"/v1/dead-letters/{broken.id}").json()["raw_base64"]) == b"{\xff"

    asked = {"actor": "ann", "codes": [CODE], "set": {"site": "here"}, "keep_going": True, "apply": False}
    plan = api.post("/v1/dead-letters/reinject", asked).json()
    assert [one["id"] for one in plan["letters"]] == [good.id]
    assert [(one["id"], one["code"]) for one in plan["refused"]] == [(broken.id, "bad_json")]
    assert api.get(listed).json()["matching"] == 2

    drop = {"actor": "ann", "comment": "noise", "ids": [good.id, broken.id]}
    done = api.post("/v1/dead-letters/drop", drop).json()
    assert (done["applied"], len(done["letters"])) == (True, 2)
    assert api.post("/v1/dead-letters/drop", drop).json()["missing"] == [good.id, broken.id]
    assert api.get(listed).json()["matching"] == 0
    settled = api.get(f"{listed}&state=dropped").json()["letters"]
    assert [one["settled"]["by"] for one in settled] == ["ann", "ann"]
    events = [decode(m.headers(), m.value()) for m in records(kafka_bootstrap, TOPIC)]
    (event,) = [one for one in events if one.subject == good.id]
    assert (event.time, event.data) == (NOW, DeadLetterDropped(letter=good.id, actor="ann", comment="noise"))
    assert api.get("/v1/dead-letters/none").status_code == 404


def test_what_is_asked_wrongly_is_named() -> None:
    api = caller("127.0.0.1:1")
    for path, field in (("state=shut", "state"), ("limit=0", "limit"), ("since=yesterday", "since")):
        answer = api.get(f"/v1/dead-letters?{path}")
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    for body, code in (
        ({}, "missing_field"),
        ({"actor": ""}, "bad_value"),
        ({"actor": "ann", "colour": "red"}, "unknown_field"),
        ({"actor": "ann", "apply": False}, "bad_selection"),
        ({"actor": "ann", "ids": ["x"], "since": "2026-01-01T00:00:00"}, "bad_value"),
    ):
        for what in ("drop", "reinject"):
            answer = api.post(f"/v1/dead-letters/{what}", body)
            assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_nothing_is_told_or_done_without_the_token() -> None:
    api = caller("127.0.0.1:1")
    for method, path in (("GET", ""), ("GET", "/x"), ("POST", "/drop"), ("POST", "/reinject")):
        assert api.ask(method, f"/v1/dead-letters{path}", {}, Authorization="none").status_code == 401
