"""The summary: well when everything is, and not well as soon as any single thing is missing or too much."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from infra.simulator import verify
from infra.simulator.journal import Sent
from infra.simulator.observed import Observed
from tests.infra.simulator.scenario import ATTACKED, SCANNER, SENSOR, Scenario, at, well

Break = Callable[[Scenario], object]


def _session(letter: str, **changes: Any) -> Break:
    return lambda run: run.truth["story"][letter]["sessions"][-1].update(changes)


def _truth(letter: str, **changes: Any) -> Break:
    return lambda run: run.truth["story"][letter].update(changes)


def _credential(letter: str, state: str) -> Break:
    return lambda run: [
        row.update(state=state) for row in run.seen.credentials if row["device"] == ATTACKED[letter][1]
    ]


def _without(name: str, device: str) -> Break:
    def change(run: Scenario) -> None:
        setattr(run.seen, name, [row for row in getattr(run.seen, name) if row["device"] != device])

    return change


def _decided(tenant: str, device: str, state: str = "decided") -> Break:
    row = {"tenant": tenant, "device": device, "decision": "x", "action": "hold", "state": state}
    return lambda run: run.seen.decisions.append(row)


BROKEN: dict[str, tuple[str, Break]] = {
    "no alert on the takeover": ("a", _without("alerts", ATTACKED["a"][1])),
    "an alert of another kind only": (
        "a",
        lambda run: run.seen.detections[0].update(kind="baseline.tx_kbps"),
    ),
    "the credential still works": ("a", _credential("a", "active")),
    "no credential row at all": ("c", _without("credentials", ATTACKED["c"][1])),
    "the session was never dropped": ("c", _session("c", dropped=None, refused=None, still_connected=True)),
    "nobody refused the reconnect": ("a", _session("a", refused=None)),
    "the clone came back": ("b", _session("b", returns=1)),
    "the clone alone was not dropped": ("b", _session("b", dropped=None, refused=None)),
    "the attack never took place": ("a", _truth("a", decisive=None)),
    "the clone never connected": ("b", _session("b", connected=None, dropped=None, refused=None)),
    "the failing sensor made no alert": ("d", _without("alerts", SENSOR[1])),
    "the sensor's alert came before it failed": ("d", _truth("d", began="2026-03-01T13:00:00Z")),
    "the failing sensor's device was held": ("d", _decided(*SENSOR)),
    "a decision against it was proposed": ("d", _decided(*SENSOR, state="proposed")),
    "nobody noticed the scan": ("h", _without("alerts", SCANNER[1])),
    "the scanning device has another alert only": (
        "h",
        lambda run: run.seen.detections[-1].update(kind="baseline.tx_kbps"),
    ),
    "the scan never took place": ("h", _truth("h", began=None, decisive=None)),
    "the scanning device was held": ("h", _decided(*SCANNER)),
    "the healthy rollout was stopped": ("e", lambda run: run.seen.stages[0].update(outcome="rolled_back")),
    "the healthy rollout never ended": ("e", lambda run: run.seen.stages[0].update(outcome="", verdict="")),
    "it was promoted without the gate": ("e", lambda run: run.seen.verdicts[0].update(outcome="HOLD")),
    "the bad rollout was promoted": ("f", lambda run: run.seen.stages[1].update(outcome="promoted")),
    "the control API was away": ("f", _truth("f", problem="the control API does not answer")),
    "a dead letter has another reason": ("g", lambda run: run.seen.dead_letters[0].update(code="oversized")),
    "a dead letter is there twice": ("g", lambda run: run.seen.dead_letters.extend(run.seen.dead_letters[:])),
    "the dead letter is missing": ("g", lambda run: run.seen.dead_letters.clear()),
}


def test_a_run_in_which_all_went_well() -> None:
    summary = well().summary()
    assert summary["ok"], summary
    assert all(letter["ok"] for letter in summary["story"].values())
    assert sorted(summary["story"]) == list("abcdefgh")
    ledger = summary["ledger"]
    assert (ledger["received"], ledger["duplicates"], ledger["accepted"]) == (7, 1, 6)
    assert (ledger["stored"], ledger["dead_lettered"], ledger["lost"], ledger["visible_duplicates"]) == (
        5,
        1,
        0,
        0,
    )
    # Read by the enforcer before the archive stored it: the earlier of the two.
    assert summary["story"]["a"]["detected_s"] == 0.2
    assert summary["story"]["a"]["cut_off_s"] == 0.4
    assert summary["story"]["d"] | {"text": ""} == {
        "ok": True,
        "detected_s": 30.0,
        "cut_off_s": None,
        "text": "",
    }
    assert summary["first_alert_s"] == 20.5
    assert summary["healthy"] == {"ok": True, "problems": [], "alerts": []}


@pytest.mark.parametrize("name", BROKEN)
def test_one_broken_thing_makes_the_whole_run_fail(name: str) -> None:
    letter, change = BROKEN[name]
    run = well()
    change(run)
    summary = run.summary()
    assert not summary["ok"]
    assert not summary["story"][letter]["ok"], summary["story"][letter]


def test_an_empty_store_is_not_a_success() -> None:
    run = well()
    run.seen = Observed()
    summary = run.summary()
    assert not summary["ok"]
    assert [letter for letter, told in summary["story"].items() if told["ok"]] == []
    assert summary["ledger"]["lost"] == summary["ledger"]["accepted"] == 6
    assert len(summary["ledger"]["missing"]) == 5


def test_a_run_that_sent_nothing_is_not_a_success() -> None:
    run = well()
    run.rows = []
    assert not run.summary()["ok"]


def test_an_acknowledged_report_that_is_not_stored_is_lost() -> None:
    run = well()
    run.seen.telemetry.popitem()
    summary = run.summary()
    assert not summary["ok"]
    assert summary["ledger"]["lost"] == 1
    assert not summary["ledger"]["ok"]


def test_a_report_nobody_acknowledged_may_be_missing_but_counts_where_it_arrived() -> None:
    run = well()
    run.rows.append((Sent("mqtt", "telemetry", "acme", "pump-0001", "cut-off"), False))
    ledger = run.summary()["ledger"]
    assert (ledger["lost"], ledger["unacknowledged"], ledger["accepted"]) == (0, 1, 6)
    run.rows[0] = (run.rows[0][0], False)
    ledger = run.summary()["ledger"]
    assert (ledger["lost"], ledger["unacknowledged"], ledger["accepted"], ledger["stored"]) == (0, 1, 6, 5)


def test_an_event_seen_twice_is_a_visible_duplicate() -> None:
    run = well()
    run.seen.telemetry = dict.fromkeys(run.seen.telemetry, 2)
    summary = run.summary()
    assert not summary["ok"]
    assert summary["ledger"]["visible_duplicates"] == 4


def test_a_spoofed_report_that_got_in_is_a_failure() -> None:
    run = well()
    spoofed, _ = run.rows[-1]
    run.rows[-1] = (replace(spoofed, event="r-1", device=SENSOR[1], tenant=SENSOR[0]), True)
    assert not run.summary()["story"]["g"]["ok"]


@pytest.mark.parametrize("state", ["decided", "proposed"])
def test_a_healthy_device_must_not_be_touched(state: str) -> None:
    run = well()
    _decided("acme", "camera-0077", state)(run)
    summary = run.summary()
    assert not summary["ok"]
    assert not summary["healthy"]["ok"]
    assert "acme/camera-0077" in summary["healthy"]["problems"][0]


def test_a_healthy_device_whose_session_was_dropped() -> None:
    run = well()
    run.truth["healthy_sessions_dropped"] = 2
    assert not run.summary()["ok"]


def test_alerts_on_healthy_devices_are_told_but_not_fatal() -> None:
    run = well()
    for device in ("camera-0077", "meter-0200"):
        tenant = "acme" if device == "camera-0077" else "globex"
        run.seen.alerts.append(
            {
                "tenant": tenant,
                "device": device,
                "alert": device,
                "change": "opened",
                "detection": "",
                "archived_time": at(9),
            }
        )
    summary = run.summary()
    assert summary["ok"]
    # meter-0200 crashes in the bad rollout: an alert on it is not a false one.
    assert summary["healthy"]["alerts"] == ["acme/camera-0077"]


def test_people_read_it_on_one_screen() -> None:
    said = io.StringIO()
    verify.show(well().summary(), Console(file=said, soft_wrap=True))
    lines = said.getvalue().splitlines()
    assert len(lines) < 20
    assert "7 received - 1 repeated = 6 accepted = 5 stored + 1 dead-lettered; 0 lost" in said.getvalue()
    assert lines[-1] == "everything went as it must"
    assert "FAIL" not in said.getvalue()
