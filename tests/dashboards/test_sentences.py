"""The sentences that answer each page's question."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.components import sentences
from dashboards.components.times import Reader
from dashboards.queries.alerts import Alert, SeverityCount
from dashboards.queries.credentials import Credential
from dashboards.queries.detections import Detection
from dashboards.queries.devices import Device, Fleet, Peers
from dashboards.queries.ledger import Account, Freshness
from dashboards.queries.rollouts import GateVerdict, Rollout
from tests.dashboards.test_timeline import DECISION

NOW = datetime(2026, 11, 21, 14, 3, 7, tzinfo=UTC)
READER = Reader(zone=UTC, now=NOW)

ALERT = Alert(
    alert="a", tenant="acme", device="cam-0042", kind="rule.account_takeover", title="Account taken over", explanation="...",
    severity="critical", risk=92, status="open", verdict="", actor="", comment="", opened_time=NOW, updated_time=NOW,
    acknowledged_time=None, closed_time=None, since=NOW, detections=1, evidence="[]", weighed="", exception="",
)  # fmt: skip
HELD = Credential(
    tenant="acme", device="cam-0042", state="held", wanted="held", pending=0, decision="d", action="hold", reason="r", policy="p",
    alert="a", actor="", since=NOW, decided_time=NOW, decided_at=NOW, ca_updated_at=NOW, revocation_visible_at=NOW,
    session_dropped_at=NOW, reconnect_refused_at=None, reinstated_at=None, failed_at=None, failure="", cut_off_at=NOW, cut_off_s=0.2,
)  # fmt: skip
ACCOUNT = Account(
    received=1003, accepted=1000, dead_lettered=3, archived=1000, rejected=0, stored=990, duplicates=10, difference=0,
    dead_letters_stored=3, counted_time=NOW, archived_time=NOW,
)  # fmt: skip
DEVICE = Device(
    tenant="acme", device="cam-0042", model="camera", site="berlin", firmware="4.2.0", first_seen=NOW, last_seen=NOW,
    last_received=NOW - timedelta(seconds=3), metrics={}, provisioned_time=None, open_alerts=0, risk=0, credential_state="active",
    credential_pending=0,
)  # fmt: skip
ROLLOUT = Rollout(
    tenant="acme", rollout="camera-4-3", firmware="4.3.0", previous="4.2.0", stages=2, margin=0.15, alpha=0.05, min_devices=20,
    soak_s=30.0, silence_s=15.0, defined_time=NOW, stage=1, state="running", gate="HOLD", gate_explanation="", gate_time=NOW,
    updated_time=NOW,
)  # fmt: skip


def test_what_needs_me() -> None:
    waiting = [SeverityCount("critical", 2, 1), SeverityCount("medium", 1, 1)]
    assert sentences.attention(waiting, 1) == (
        "2 critical and 1 medium alerts are open, 2 not yet taken. 1 decision waits for your approval."
    )
    assert (
        sentences.attention([SeverityCount("high", 1, 1)], 0) == "1 high alert is open, nobody has taken it."
    )
    assert sentences.attention([SeverityCount("high", 1, 0)], 0) == "1 high alert is open, all taken."
    assert sentences.attention([], 0).startswith("Nothing needs you")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_a_list_names_everything_once(parts: list[str]) -> None:
    told = sentences.listed(parts)
    assert len(told) >= sum(map(len, parts))
    assert all(part in told for part in parts)


def test_who_is_cut_off_and_how_long_it_took() -> None:
    revoked = replace(HELD, state="revoked", cut_off_s=1.4)
    assert sentences.cut_offs([HELD]) == "1 device cut off (1 held); it took 0.2 s from the event."
    assert sentences.cut_offs([HELD, HELD]) == "2 devices cut off (2 held), each within 0.2 s of the event."
    assert sentences.cut_offs([HELD, revoked]) == (
        "2 devices cut off (1 revoked and 1 held); half of them within 0.8 s of the event, the slowest in 1.4 s."
    )
    assert sentences.cut_offs([replace(HELD, state="active")]) == "No credential is cut off."
    asked = replace(HELD, actor="noor")
    assert "2 devices cut off (2 held, 1 by a person)" in sentences.cut_offs([HELD, asked])
    assert sentences.cut_off_by_itself([HELD, asked, replace(HELD, state="active")]) == 1


def test_who_should_be_cut_off_and_is_not() -> None:
    late = replace(HELD, state="active", pending=1)
    assert sentences.outstanding([HELD], []) == "Everything decided is done."
    assert "cam-0042 is decided on but not yet proven done" in sentences.outstanding([late], [])
    assert "and 3 more are" in sentences.outstanding([late] * 6, [])


def test_whether_the_numbers_can_be_trusted() -> None:
    fresh, old = Freshness(NOW, NOW), Freshness(NOW - timedelta(minutes=5), NOW)
    assert sentences.trust(ACCOUNT, fresh, READER) == (
        "All 1,000 accepted events are accounted for; 3 refused with a reason."
    )
    assert sentences.trust(ACCOUNT, old, READER).endswith("Nothing new was stored for 5 min.")
    assert sentences.trust(None, None, READER).startswith("Nothing came in yet")


@given(st.integers(-1000, 1000))
def test_only_a_balanced_account_is_called_accounted_for(difference: int) -> None:
    told = sentences.balance(replace(ACCOUNT, difference=difference), READER)
    assert ("All" in told) == (difference == 0)
    assert ("not stored yet" in told) == (difference > 0)


@pytest.mark.parametrize(
    ("difference", "counted_s", "settled", "said"),
    [
        (0, 600, True, "all accounted for"),
        (-20, 1, True, "20 just in"),
        (-20, 600, False, "20 in flight"),
        (20, 1, False, "20 in flight"),
    ],
)
def test_what_the_edge_counts_in_a_second_is_no_reason_to_doubt(
    difference: int, counted_s: int, settled: bool, said: str
) -> None:
    counted_time = NOW - timedelta(seconds=counted_s)
    account = replace(ACCOUNT, difference=difference, archived=1_000 - difference, counted_time=counted_time)
    assert sentences.is_settled(account, READER) == settled
    assert sentences.standing(account, READER) == said
    told = sentences.balance(account, READER)
    assert (told == "20 of 1,020 stored events came in since the edge last counted, 1 s ago.") == (
        settled and difference < 0
    )


def test_whether_a_device_may_connect() -> None:
    may = sentences.may_connect
    assert may("cam-0042", HELD, READER) == (
        "cam-0042 may not connect: its certificate is held since 14:03:07, 0.2 s after the event."
    )
    assert may("cam-0042", None, READER).startswith("cam-0042 may connect")
    failing = replace(HELD, state="active", pending=1, failed_at=NOW, failure="broker away")
    assert may("cam-0042", failing, READER) == (
        "cam-0042 may still connect: its certificate should be held, which is not proven yet. The last try failed: broker away."
    )
    back = replace(HELD, state="active", wanted="active", action="reinstate", actor="noor", reinstated_at=NOW)
    assert may("cam-0042", back, READER) == (
        "cam-0042 may connect: its certificate was reinstated by noor at 14:03:07."
    )


def test_who_cut_a_device_off_and_why_is_said() -> None:
    asked = replace(HELD, actor="noor", reason="Held by noor: stolen.")
    assert sentences.may_connect("cam-0042", asked, READER) == (
        "cam-0042 may not connect: its certificate is held since 14:03:07, 0.2 s after noor asked for it. Held by noor: stolen."
    )


def test_what_waits_for_a_person_is_said_where_they_look() -> None:
    hold = DECISION
    waits = "A hold of its certificate is proposed and waits for a person."
    assert sentences.may_connect("cam-0042", None, READER, hold).endswith(waits)
    assert sentences.what_was_done(ALERT, None, READER, hold).startswith(
        f"No credential was touched. {waits}"
    )
    assert "which approves the proposal, or reject it" in sentences.what_to_do(ALERT, None, 0, hold)
    for action in ("monitor", "restrict", "revoke"):
        told = sentences.what_to_do(ALERT, HELD, 0, replace(hold, action=action))
        assert told == f"Approve or reject the proposed {action} on the Credentials page."


def test_what_was_done_and_what_to_do() -> None:
    assert (
        sentences.what_was_done(ALERT, None, READER) == "No credential was touched. Nobody works on it yet."
    )
    taken = replace(ALERT, status="acknowledged", actor="noor")
    assert sentences.what_was_done(taken, HELD, READER).endswith("noor works on it.")
    closed = replace(ALERT, status="closed", verdict="false_positive", actor="noor")
    assert sentences.what_was_done(closed, None, READER).endswith("Closed as false positive by noor.")
    assert "Reinstate" in sentences.what_to_do(closed, HELD)
    assert sentences.what_to_do(closed, None).startswith("Nothing")
    assert "new certificate" in sentences.what_to_do(ALERT, replace(HELD, state="revoked"))
    assert "serviced" in sentences.what_to_do(replace(ALERT, kind="baseline.drift.temperature_c"), None)
    for kind, word in (
        ("cohort.outlier.temperature_c", "alone"),
        ("cohort.shift.tx_kbps", "share"),
        ("baseline.restarts", "restarts it"),
    ):
        assert word in sentences.what_to_do(replace(ALERT, kind=kind), None)
    assert "off the network" in sentences.what_to_do(replace(ALERT, kind="flow.unusual.port"), None)


@pytest.mark.parametrize("status", ["open", "acknowledged", "closed"])
@pytest.mark.parametrize(
    "kind",
    [
        "rule.x",
        "flow.unusual.port",
        "baseline.tx_kbps",
        "baseline.drift.cpu_pct",
        "new.kind",
        "silence.silent",
        "silence.returned",
    ],
)
@pytest.mark.parametrize("state", ["active", "held", "revoked", None])
def test_there_is_always_a_next_step(status: str, kind: str, state: str | None) -> None:
    credential = replace(HELD, state=state) if state else None
    alert = replace(ALERT, status=status, kind=kind, verdict="unknown" if status == "closed" else "")
    assert sentences.what_to_do(alert, credential).endswith(".")


def test_who_a_device_is_and_what_it_is_doing() -> None:
    assert sentences.device(DEVICE, Peers(39, 0), READER) == (
        "cam-0042 is a camera of acme at berlin with firmware 4.2.0; reporting, last heard 3 s ago. "
        "None of its 39 peers has an open alert."
    )
    cut_off = replace(DEVICE, credential_state="held", last_received=NOW - timedelta(hours=2))
    assert "; cut off, last heard 2 h ago. " in sentences.device(cut_off, Peers(2, 1), READER)
    silent = replace(DEVICE, last_received=NOW - timedelta(hours=2))
    assert "silent, last heard 2 h ago. 1 of its 2 peers has" in sentences.device(silent, Peers(2, 1), READER)
    told = Detection(
        detection="d", tenant="acme", device="cam-0042", time=NOW - timedelta(minutes=9), detector="silence", version=2,
        kind="silence.silent", severity="medium", title="", explanation="cam-0042 has been silent for 5 min.", since=NOW, metric="",
        actual=None, expected=None, low=None, high=None, score=None, p_value=None, evidence="[]",
    )  # fmt: skip
    assert "Told as silent 9 min ago: cam-0042 has been silent for 5 min. None of" in sentences.device(
        silent, Peers(39, 0), READER, told
    )
    back = replace(told, kind="silence.returned", explanation="cam-0042 is back after 12 min of silence.")
    assert "3 s ago. cam-0042 is back after 12 min of silence. None of" in sentences.device(
        DEVICE, Peers(39, 0), READER, back
    )
    old = replace(back, time=NOW - timedelta(days=2))
    assert sentences.device(DEVICE, Peers(39, 0), READER, old) == sentences.device(
        DEVICE, Peers(39, 0), READER
    )
    unknown = replace(DEVICE, model="", site="", firmware="", last_received=None)
    assert sentences.device(unknown, Peers(0, 0), READER) == (
        "cam-0042 is a device of unknown model of acme; it never sent telemetry."
    )


def test_whether_the_fleet_is_well() -> None:
    assert sentences.fleet(Fleet(300, 296, 4, 3)) == (
        "296 of 300 devices report; 4 devices silent for 5 min or more, 3 with an open alert."
    )
    assert "silent for 5 min or more (2 alerts of a silence that is not usual), 3" in sentences.fleet(
        Fleet(300, 296, 4, 3, 2)
    )
    assert sentences.fleet(Fleet(300, 297, 0, 5, cut_off=3)) == (
        "297 of 300 devices report; 3 cut off, none silent, 5 with an open alert."
    )
    assert sentences.fleet(Fleet(2, 2, 0, 0)).endswith("none silent, none with an open alert.")
    assert sentences.fleet(Fleet(0, 0, 0, 0)).startswith("No device is known yet")


@pytest.mark.parametrize(
    ("state", "gate", "told"),
    [
        ("running", "HOLD", "may not go on yet"), ("running", "PROMOTE", "may go on"), ("running", "ROLLBACK", "must go back"),
        ("running", "INVALID", "is not valid"), ("running", "", "has not judged"), ("waiting", "PROMOTE", "stage 2 may go on"),
        ("rolled_back", "ROLLBACK", "must not go on"), ("promoted", "PROMOTE", "passed all 2 stages"), ("stopped", "HOLD", "was stopped"),
        ("defined", "", "no stage running"),
    ],
)  # fmt: skip
def test_whether_the_next_stage_may_start(state: str, gate: str, told: str) -> None:
    assert told in sentences.rollout(replace(ROLLOUT, state=state, gate=gate))


@given(st.sampled_from(["HOLD", "ROLLBACK", "INVALID", "", "SOMETHING"]))
def test_only_promote_lets_a_stage_go_on(gate: str) -> None:
    assert " may go on" not in sentences.rollout(replace(ROLLOUT, gate=gate))


def test_which_rule_rolled_back_or_how_much_is_missing() -> None:
    numbers = dict.fromkeys(GateVerdict.__dataclass_fields__, 0)
    verdict = GateVerdict(**{**numbers, "outcome": "ROLLBACK", "low": -0.9, "needed": 41})  # type: ignore[arg-type]
    assert "order in which devices failed" in sentences.remaining(verdict)
    for other in (replace(verdict, low=0.1), replace(verdict, outcome="HOLD")):
        assert sentences.remaining(other) == "About 41 devices an arm are needed for a clean PROMOTE."
    assert sentences.remaining(replace(verdict, outcome="HOLD", needed=0)) == ""


def test_a_verdict_with_enough_devices_waits_for_those_without_an_outcome() -> None:
    numbers: dict[str, Any] = dict.fromkeys(GateVerdict.__dataclass_fields__, 0)
    numbers |= {"outcome": "HOLD", "needed": 28, "treatment_healthy": 55, "control_healthy": 30}
    verdict = GateVerdict(**numbers)
    pending = replace(verdict, treatment_pending=17, control_pending=17)
    assert sentences.remaining(pending).startswith("It waits for 34 devices without an outcome: ")
    for other in (verdict, replace(pending, control_healthy=20), replace(pending, outcome="PROMOTE")):
        assert sentences.remaining(other).startswith("About 28 devices")
