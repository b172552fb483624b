"""What a person does reaches the control API as it should, and what went wrong is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dashboards.control import FOLLOWS, TIMEOUT_S, Answer, Control
from schemas.settings import Settings
from streams.control.journal import FLUSH_S


class Api:
    """A control API that remembers what it was asked."""

    def __init__(self, status: int = 202, body: object = None) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = httpx.Response(status, json=body if body is not None else {})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append(request)
        return self._answer


def control(api: Api, token: str = "secret") -> Control:
    """A control client that talks to `api`."""
    return Control(Settings(control_token=token, control_port=8600), httpx.MockTransport(api))


def test_a_verdict_is_posted_with_who_and_why() -> None:
    api = Api()
    answer = control(api).judge("acme", "cam-1", "alert-1", "false_positive", "a test", "noor")
    (request,) = api.asked
    assert answer.ok
    assert str(request.url) == "http://127.0.0.1:8600/v1/alerts/acme/cam-1/alert-1/verdict"
    assert request.headers["authorization"] == "Bearer secret"
    assert json.loads(request.content) == {"verdict": "false_positive", "comment": "a test", "actor": "noor"}


def test_every_action_has_its_own_address() -> None:
    api = Api()
    client = control(api)
    client.acknowledge("t", "d", "a", "noor")
    client.settle("t", "d", "decision-1", "approve", "", "noor")
    client.reinstate("t", "d", "", "noor")
    client.hold("t", "d", "a", "", "noor")
    assert [request.url.path for request in api.asked] == [
        "/v1/alerts/t/d/a/acknowledge",
        "/v1/decisions/t/d/decision-1/approve",
        "/v1/credentials/t/d/reinstate",
        "/v1/credentials/t/d/hold",
    ]


def test_a_roll_back_is_posted_with_its_stretch() -> None:
    api = Api()
    since, until = (datetime(2026, 5, 1, hour, tzinfo=UTC) for hour in (10, 11))
    answer = control(api).roll_back("acme", "cam-1", since, until, "broken", "noor")
    (request,) = api.asked
    assert (answer.ok, request.url.path) == (True, "/v1/roll-backs")
    assert json.loads(request.content) == {
        "tenant": "acme",
        "device": "cam-1",
        "since": "2026-05-01T10:00:00.000000Z",
        "until": "2026-05-01T11:00:00.000000Z",
        "reason": "broken",
        "actor": "noor",
    }
    refused = control(Api(400, {"detail": "since: must be before until"})).roll_back(
        "acme", "cam-1", until, since, "broken", "noor"
    )
    assert (refused.ok, "must be before until" in refused.text) == (False, True)


def test_a_name_cannot_leave_its_place_in_the_address() -> None:
    api = Api()
    control(api).acknowledge("..", "a/b?c", "x#y", "noor")
    assert b"a%2Fb%3Fc/x%23y" in api.asked[0].url.raw_path


def test_a_refusal_is_told_with_its_reason() -> None:
    body = {"type": "about:blank", "title": "Conflict", "detail": "alert: it is closed"}
    answer = control(Api(409, body)).acknowledge("t", "d", "a", "noor")
    assert not answer.ok
    assert answer.text == "Nothing was changed: the control API answered 409: alert: it is closed"


@pytest.mark.parametrize("body", [[], "text", {"other": 1}])
def test_a_refusal_in_any_form_is_told(body: object) -> None:
    answer = control(Api(500, body)).acknowledge("t", "d", "a", "noor")
    assert "answered 500" in answer.text


def failing(error: type[httpx.TransportError]) -> Control:
    """A control client whose every request fails that way."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    return Control(Settings(control_token="secret"), httpx.MockTransport(fail))


def test_nobody_there_is_told() -> None:
    answer = failing(httpx.ConnectError).reinstate("t", "d", "", "noor")
    assert not answer.ok
    assert answer.text.startswith(
        "Nothing was changed: the control API at http://127.0.0.1:8600 does not answer"
    )
    assert "secret" not in answer.text


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.RemoteProtocolError])
def test_who_got_no_answer_is_not_told_that_nothing_was_changed(error: type[httpx.TransportError]) -> None:
    answer = failing(error).hold("t", "d", "a", "", "noor")
    assert not answer.ok
    assert answer.text.startswith("It is not known whether this happens")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_the_log_did_not_acknowledge_may_still_happen(status: int) -> None:
    answer = control(Api(status, {"detail": "1 records not acknowledged"})).hold("t", "d", "a", "", "noor")
    assert answer.text.startswith("It is not known whether this happens")
    assert answer.text.endswith(f"the control API answered {status}: 1 records not acknowledged")


def test_the_control_api_is_given_the_time_to_say_that_kafka_is_away() -> None:
    assert TIMEOUT_S > FLUSH_S


def test_a_question_that_fails_speaks_of_no_change() -> None:
    told = failing(httpx.ReadTimeout).what_ifs()
    assert isinstance(told, Answer)
    assert told.text.startswith("The control API at ")


def test_what_is_done_is_said_with_who_and_what_follows() -> None:
    client = control(Api())
    assert client.hold("t", "cam-1", "a", "", "noor").text == f"On the log: hold cam-1, by noor. {FOLLOWS}"
    assert (
        client.judge("t", "d", "a", "false_positive", "", "noor").text
        == "On the log: closed as false positive by noor."
    )
    assert "rejected by noor" in client.settle("t", "d", "decision-1", "reject", "", "noor").text


def test_the_token_is_read_from_home_and_its_absence_is_told(tmp_path: Path) -> None:
    api = Api()
    client = Control(Settings(home=tmp_path), httpx.MockTransport(api))
    missing = client.acknowledge("t", "d", "a", "noor")
    assert not missing.ok
    assert "VEDETTE_CONTROL_TOKEN" in missing.text
    assert api.asked == []
    (tmp_path / "control.token").write_text("from-file\n")
    assert client.acknowledge("t", "d", "a", "noor").ok
    assert api.asked[0].headers["authorization"] == "Bearer from-file"
