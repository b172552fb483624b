"""Roll-backs over HTTP: asked for once, in the partitions they are about, refused with the field named; and listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.errors import Retryable
from schemas.roll_back import RollBack
from schemas.topics import PARTITIONS
from streams.control.app import app_of
from streams.control.catalog import ClickHouseCatalog, Row
from streams.control.metrics import Metrics
from streams.control.roll_backs import RollBacks
from streams.log.roll_backs import partitions_of
from tests.dashboards.conftest import filled_url, now
from tests.streams.control.memory import NOW, TOKEN, Caller, MemoryCatalog, MemoryJournal

__all__ = ["filled_url", "now"]

PATH = "/v1/roll-backs"
KNOWN: list[Row] = [{"tenant": "acme", "device": "cam-1"}]
WELL = {
    "tenant": "acme",
    "device": "cam-1",
    "since": "2026-05-01T10:00:00Z",
    "until": "2026-05-01T13:00:00+02:00",
    "actor": "ann",
    "reason": "its sensor was broken",
}


class Log:
    """Keeps what was put on it."""

    def __init__(self) -> None:
        self.written: list[RollBack] = []
        self.answers = True

    def put(self, asked: RollBack) -> list[int]:
        """As `streams.log.roll_backs.ask`."""
        if not self.answers:
            raise Retryable("the log does not answer")
        self.written.append(asked)
        return partitions_of(asked.tenant, asked.device)


def api(log: Log, **views: list[Row] | None) -> Caller:
    store = MemoryCatalog(**{"devices": KNOWN, **views})
    more = RollBacks(log.put, store).operations()
    return Caller(app_of(MemoryJournal(), store, TOKEN, lambda: NOW, Metrics(), more))


def test_it_is_asked_for_in_the_devices_partition() -> None:
    log = Log()
    answered = api(log).post(PATH, WELL)
    (asked,) = log.written
    assert (answered.status_code, answered.json()["id"]) == (202, asked.id)
    assert answered.json()["partitions"] == partitions_of("acme", "cam-1")
    since, until = (datetime(2026, 5, 1, hour, tzinfo=UTC) for hour in (10, 11))
    assert (asked.since, asked.until) == (since, until)
    assert (asked.tenant, asked.device, asked.actor, asked.reason) == (
        "acme", "cam-1", "ann", "its sensor was broken",
    )  # fmt: skip


def test_without_a_device_it_is_about_every_partition() -> None:
    log = Log()
    body = {name: value for name, value in WELL.items() if name != "device"}
    assert api(log, devices=[]).post(PATH, body).json()["partitions"] == list(range(PARTITIONS))
    assert log.written[0].device == ""


def test_the_same_request_twice_is_the_same_roll_back() -> None:
    log = Log()
    caller = api(log)
    same_moment = {**WELL, "until": "2026-05-01T11:00:00Z"}
    ids = [caller.post(PATH, body).json()["id"] for body in (WELL, same_moment, {**WELL, "reason": "other"})]
    assert ids[0] == ids[1] != ids[2]
    keyed = [
        caller.ask("POST", PATH, body, Idempotency_Key="k").json()["id"]
        for body in (WELL, {**WELL, "reason": "worded anew"})
    ]
    assert keyed[0] == keyed[1] not in ids


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"since": WELL["until"]}, 400, "since"),
        ({"since": "2026-05-01T10:00:00"}, 400, "since"),
        ({"until": None}, 400, "until"),
        ({"reason": "  "}, 400, "reason"),
        ({"reason": ""}, 400, "reason"),
        ({"actor": " "}, 400, "actor"),
        ({"tenant": "ac me"}, 400, "tenant"),
        ({"device": "cam/1"}, 400, "device"),
        ({"devise": "cam-1"}, 400, "devise"),
    ],
)
def test_what_is_asked_wrongly_is_named(change: dict[str, Any], status: int, field: str) -> None:
    log = Log()
    answered = api(log).post(PATH, {**WELL, **change})
    assert (answered.status_code, answered.json()["field"]) == (status, field)
    assert log.written == []


def test_an_unknown_device_is_refused_where_the_store_can_tell() -> None:
    log = Log()
    answered = api(log, devices=[]).post(PATH, WELL)
    assert (answered.status_code, answered.json()["code"]) == (404, "unknown_device")
    assert log.written == []
    assert api(log, devices=None).post(PATH, WELL).status_code == 202


def test_a_log_that_does_not_answer_is_said() -> None:
    log = Log()
    log.answers = False
    assert api(log).post(PATH, WELL).status_code == 503


def test_nobody_asks_without_the_token() -> None:
    log = Log()
    answered = api(log).ask("POST", PATH, WELL, Authorization="Bearer wrong")
    assert (answered.status_code, log.written) == (401, [])


def test_what_is_asked_for_and_what_is_done_is_listed() -> None:
    rows = [
        {"roll_back": "r", "state": "asked", "ahead": 2},
        {"roll_back": "q", "state": "done", "unlearned": 3},
    ]
    answered = api(Log(), roll_backs=rows).get(f"{PATH}?tenant=acme&device=cam-1&limit=5").json()
    assert (answered["roll_backs"], answered["limit"]) == (rows, 5)
    assert api(Log(), roll_backs=None).get(f"{PATH}?tenant=acme").status_code == 503
    wrong = api(Log(), roll_backs=rows).get(f"{PATH}?state=waiting")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "state")


@pytest.mark.clickhouse
def test_what_waits_is_listed_before_what_is_done(filled_url: str) -> None:
    more = RollBacks(Log().put, store := ClickHouseCatalog(filled_url)).operations()
    caller = Caller(app_of(MemoryJournal(), store, TOKEN, lambda: NOW, Metrics(), more))
    every, asked, done = (
        caller.get(f"{PATH}{query}").json()["roll_backs"] for query in ("", "?state=asked", "?state=done")
    )
    assert every == asked + done
    waits = [(one["roll_back"], one["learned"], one["ahead"], one["done_time"]) for one in asked]
    assert waits == [
        (f"roll-back-{name}", learned, ahead, None)
        for ahead, name in enumerate(("next", "later"))
        for learned in ("reports", "flows")
    ]
    times = [one["done_time"] for one in done]
    assert times == sorted(times, reverse=True)
