"""The API as a whole: who may ask, how it refuses, how it describes and counts itself."""

from __future__ import annotations

import pytest

from tests.streams.control.memory import TOKEN, Api


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN]
)
async def test_without_the_token_nothing_is_told_or_written(authorization: str) -> None:
    api = Api()
    api.http.headers["Authorization"] = authorization
    for answer in (await api.get("/v1/alerts"), await api.post("/v1/credentials/acme/cam/reinstate")):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in answer.text
    assert api.journal.written == []


async def test_a_refusal_is_a_problem_that_names_the_field_and_not_the_value() -> None:
    api = Api(alerts=[{"alert": "a"}])
    answer = await api.post("/v1/alerts/acme/cam/a/verdict", {"verdict": "hunter2"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"], told["field"]) == (400, "bad_value", "verdict")
    assert told["type"] == "urn:vedette:problem:bad_value"
    assert "hunter2" not in answer.text
    assert told["detail"] == "verdict: must be one of benign_positive, false_positive, true_positive, unknown"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/alerts?tennant=acme", "tennant"),
        ("/v1/rollouts/acme/r/stages/1/gate?max_age=5", "max_age"),
        ("/v1/devices/acme/cam?verbose=1", "verbose"),
    ],
)
async def test_a_parameter_that_is_not_there_is_refused_since_it_may_be_a_slip(path: str, name: str) -> None:
    answer = await Api(alerts=[{"alert": "a"}]).get(path)
    told = answer.json()
    assert (answer.status_code, told["code"], told["field"]) == (400, "unknown_parameter", name)


async def test_a_probe_may_add_parameters() -> None:
    assert (await Api().get("/metrics?probe=1")).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"{", "bad_json", "body"),
        (b"[]", "bad_value", "body"),
        (b"\xff", "bad_json", "body"),
        (b"[" * 100_000, "bad_value", "body"),
        (b"{}", "missing_field", "tenant"),
        (b'{"tenant":1}', "bad_value", "tenant"),
        (b'{"tenant":"a","rollout":"r","firmware":"2","previous":"1","polcy":{}}', "unknown_field", "polcy"),
        (
            b'{"tenant":"a","rollout":"r","firmware":"2","previous":"1","policy":{"margn":1}}',
            "unknown_field",
            "policy.margn",
        ),
        (
            b'{"tenant":"a","rollout":"r","firmware":"2","previous":"1","policy":{"margin":"x"}}',
            "bad_value",
            "policy.margin",
        ),
        (b'{"tenant":"a/b","rollout":"r","firmware":"2","previous":"1"}', "bad_name", "tenant"),
        (b'{"tenant":"a","rollout":"r","firmware":"2","previous":"1","stages":0}', "bad_value", "stages"),
    ],
)
async def test_a_bad_body_is_refused_by_field(body: bytes, code: str, field: str) -> None:
    api = Api()
    answer = await api.http.post("/v1/rollouts", content=body)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == (code, field)
    assert api.journal.written == []


async def test_a_body_beyond_the_limit_is_refused_while_it_is_read() -> None:
    answer = await Api().http.post("/v1/rollouts", content=b" " * (16 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "oversized")


async def test_unknown_paths_and_methods_are_problems_too() -> None:
    api = Api()
    lost = await api.get("/v2")
    assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
    wrong = await api.get("/v1/rollouts/acme/r/stages/1")
    assert (wrong.status_code, wrong.headers["content-type"]) == (405, "application/problem+json")


async def test_a_fault_of_ours_is_told_without_details() -> None:
    api = Api(alerts=[{"oops": object()}], tenants=[])
    answer = await api.get("/v1/alerts")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "object" not in answer.text


async def test_it_describes_every_operation_for_people_and_machines() -> None:
    api = Api()
    document = (await api.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operations = [(path, method) for path, found in document["paths"].items() for method in found]
    assert len(operations) >= 12
    start = document["paths"]["/v1/rollouts/{tenant}/{rollout}/stages/{stage}"]["post"]
    assert "$ref" in start["requestBody"]["content"]["application/json"]["schema"]
    assert {p["name"] for p in start["parameters"]} == {"tenant", "rollout", "stage"}
    page = (await api.get("/")).text
    assert all(path.split("{")[0] in page for path, _ in operations)
    assert all(found["summary"] for path in document["paths"].values() for found in path.values())


async def test_health_says_whether_the_store_answers() -> None:
    api = Api()
    api.http.headers.pop("Authorization")
    assert (await api.get("/health")).json() == {"status": "ok", "store": "ok"}
    api.store.views["one"] = None
    sick = await api.get("/health")
    assert (sick.status_code, sick.json()["status"]) == (200, "degraded")


async def test_requests_are_counted_by_route() -> None:
    api = Api(alerts=[{"alert": "a"}])
    await api.post("/v1/alerts/acme/cam/a/acknowledge")
    await api.post("/v1/alerts/acme/other/b/acknowledge")
    told = (await api.get("/metrics")).text
    route = "/v1/alerts/{tenant}/{device}/{alert}/acknowledge"
    assert f'vedette_control_requests_total{{method="POST",route="{route}",status="202"}} 2.0' in told
