"""Triage as a pure decider: merging, lifecycle, and a state that is the fold of its outputs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.triage.case import REMEMBERED_ALERTS, Cases
from detectors.triage.decider import Triage
from detectors.triage.urgency import ENDINGS, SEVERITIES, family, risk
from schemas.action import AlertAcknowledge, AlertJudge
from schemas.detection import DetectionRaised, Severity
from schemas.errors import Rejected
from schemas.event import Envelope, Event

START = datetime(2026, 3, 1, tzinfo=UTC)
TRIAGE = Triage()


def envelope(name: str, data: Event, minute: float = 0, device: str = "cam-1") -> Envelope:
    return Envelope(
        id=name,
        type=data.TYPE,
        source="test",
        subject=device,
        tenant="acme",
        time=START + timedelta(minutes=minute),
        data=data,
    )


def finding(name: str, kind: str, minute: float = 0, severity: Severity = "high") -> Envelope:
    data = DetectionRaised(
        detector="test",
        version=1,
        kind=kind,
        severity=severity,
        title=f"title {name}",
        explanation=f"sentence {name}",
        since=START,
    )
    return envelope(name, data, minute)


def run(events: list[Envelope]) -> tuple[Cases, list[Envelope]]:
    state, outputs = TRIAGE.initial(), []
    for event in events:
        output = TRIAGE.decide(state, event)
        if output is not None:
            outputs.append(output)
            state = TRIAGE.evolve(state, output)
    return state, outputs


def kinds_of(outputs: list[Envelope]) -> list[str]:
    return [output.type for output in outputs]


def test_a_takeover_and_its_exfiltration_are_one_alert() -> None:
    _, outputs = run(
        [
            finding("a", "baseline.tx_kbps", 0),
            finding("b", "rule.account_takeover", 2, "critical"),
            finding("c", "baseline.rx_kbps", 3),
        ]
    )
    opened, updated, last = (output.data for output in outputs)
    assert kinds_of(outputs) == ["alert.opened.v1", "alert.updated.v1", "alert.updated.v1"]
    assert opened.alert == updated.alert == last.alert  # type: ignore[attr-defined]
    assert (updated.kind, updated.title) == ("rule.account_takeover", "title b")  # type: ignore[attr-defined]
    assert (last.kind, last.severity, last.detections) == ("rule.account_takeover", "critical", 3)  # type: ignore[attr-defined]
    assert last.kinds == ("baseline.tx_kbps", "rule.account_takeover", "baseline.rx_kbps")  # type: ignore[attr-defined]
    assert last.explanation == "sentence a\nsentence b\nsentence c"  # type: ignore[attr-defined]
    assert opened.risk < updated.risk < last.risk <= 100  # type: ignore[attr-defined]


def test_a_failing_sensor_is_an_alert_of_its_own() -> None:
    _, outputs = run([finding("a", "baseline.drift.temperature_c"), finding("b", "rule.account_takeover", 1)])
    assert kinds_of(outputs) == ["alert.opened.v1", "alert.opened.v1"]
    assert family("baseline.drift.temperature_c") == family("baseline.temperature_c") == "condition"


def test_findings_far_apart_are_two_alerts_and_a_repeat_is_none() -> None:
    _, outputs = run(
        [
            finding("a", "baseline.tx_kbps"),
            finding("b", "baseline.tx_kbps", 31),
            finding("a", "baseline.tx_kbps"),
        ]
    )
    assert kinds_of(outputs) == ["alert.opened.v1", "alert.opened.v1"]


def test_lifecycle_until_a_verdict_and_a_new_alert_after_it() -> None:
    state, (opened,) = run([finding("a", "baseline.tx_kbps")])
    alert = opened.data.alert  # type: ignore[attr-defined]
    events = [
        finding("a", "baseline.tx_kbps"),
        envelope("act-1", AlertAcknowledge(actor="ana", alert=alert), 1),
        envelope("act-2", AlertAcknowledge(actor="bob", alert=alert), 2),
        finding("b", "baseline.tx_kbps", 3),
        envelope("act-3", AlertJudge(actor="ana", alert=alert, verdict="false_positive", comment="test"), 4),
        finding("c", "baseline.tx_kbps", 5),
    ]
    state, outputs = run(events)
    assert kinds_of(outputs) == [
        "alert.opened.v1",
        "alert.acknowledged.v1",
        "alert.updated.v1",
        "alert.closed.v1",
        "alert.opened.v1",
    ]
    closed = outputs[3].data
    assert (closed.actor, closed.verdict, closed.comment) == ("ana", "false_positive", "test")  # type: ignore[attr-defined]
    assert state.devices["acme/cam-1"].alerts[alert].status == "closed"
    with pytest.raises(Rejected, match="verdict is final"):
        TRIAGE.decide(state, envelope("act-4", AlertAcknowledge(actor="bob", alert=alert)))


def test_an_action_on_another_devices_alert_is_refused() -> None:
    state, (opened,) = run([finding("a", "baseline.tx_kbps")])
    action = AlertAcknowledge(actor="ana", alert=opened.data.alert)  # type: ignore[attr-defined]
    with pytest.raises(Rejected, match="not an alert of this device"):
        TRIAGE.decide(state, envelope("act-1", action, device="cam-2"))


def test_only_closed_alerts_are_forgotten() -> None:
    state, _ = run([finding(str(n), "baseline.tx_kbps", 40 * n) for n in range(REMEMBERED_ALERTS + 8)])
    assert len(state.devices["acme/cam-1"].alerts) == REMEMBERED_ALERTS + 8


def test_a_return_updates_the_alert_its_silence_opened_however_late() -> None:
    state, outputs = run(
        [
            finding("a", "silence.silent", 0, "medium"),
            finding("b", "silence.returned", 600, "low"),
        ]
    )
    assert kinds_of(outputs) == ["alert.opened.v1", "alert.updated.v1"]
    first, last = (output.data for output in outputs)
    assert last.alert == first.alert  # type: ignore[attr-defined]
    assert (last.kind, last.title, last.severity) == ("silence.returned", "title b", "low")  # type: ignore[attr-defined]
    assert last.explanation == "sentence a\nsentence b"  # type: ignore[attr-defined]
    assert last.risk == risk("low", 1) < first.risk  # type: ignore[attr-defined]
    again = TRIAGE.decide(state, finding("c", "silence.silent", 5000, "medium"))
    assert again is not None
    assert (again.data.title, again.data.severity) == ("title c", "medium")  # type: ignore[attr-defined]
    assert again.data.alert == first.alert  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ENDINGS)
def test_the_end_of_a_silence_nobody_was_told_of_is_no_alert(kind: str) -> None:
    assert run([finding("a", kind, severity="low")])[1] == []
    _, outputs = run([finding("a", "baseline.temperature_c"), finding("b", kind, 1, "low")])
    assert kinds_of(outputs) == ["alert.opened.v1"]


def test_who_falls_silent_while_it_is_under_suspicion_is_part_of_that_alert_and_no_further_evidence() -> None:
    _, outputs = run(
        [
            finding("a", "rule.credential_cloned", 0, "critical"),
            finding("b", "silence.silent", 90, "medium"),
            finding("c", "silence.returned", 900, "low"),
        ]
    )
    assert kinds_of(outputs) == ["alert.opened.v1", "alert.updated.v1", "alert.updated.v1"]
    opened, _, last = (output.data for output in outputs)
    assert (last.kind, last.severity, last.risk) == ("rule.credential_cloned", "critical", opened.risk)  # type: ignore[attr-defined]
    assert last.title == "title a"  # type: ignore[attr-defined]
    assert last.kinds == ("rule.credential_cloned", "silence.silent", "silence.returned")  # type: ignore[attr-defined]
    # A site that is lost is never hidden in the alert of the device that stands for it.
    _, apart = run([finding("a", "rule.credential_cloned"), finding("d", "silence.outage", 1)])
    assert kinds_of(apart) == ["alert.opened.v1", "alert.opened.v1"]


def test_after_a_verdict_a_new_silence_is_a_new_alert() -> None:
    state, (opened,) = run([finding("a", "silence.silent")])
    verdict = AlertJudge(actor="ana", alert=opened.data.alert, verdict="benign_positive", comment="moved")  # type: ignore[attr-defined]
    _, outputs = run(
        [finding("a", "silence.silent"), envelope("act", verdict, 1), finding("b", "silence.returned", 2)]
    )
    assert kinds_of(outputs) == ["alert.opened.v1", "alert.closed.v1"]
    closed = TRIAGE.evolve(state, outputs[1])
    new = TRIAGE.decide(closed, finding("c", "silence.silent", 3))
    assert new is not None and new.type == "alert.opened.v1"


FINDINGS = st.builds(
    finding,
    st.integers(0, 15).map(str),
    st.sampled_from(
        [
            *("rule.account_takeover", "baseline.tx_kbps", "baseline.drift.temperature_c"),
            *("silence.silent", "silence.returned", "silence.outage", "silence.restored"),
            *("clock.behind", "clock.right"),
        ]
    ),
    st.integers(0, 90),
    st.sampled_from(SEVERITIES),
)


@given(st.lists(FINDINGS, max_size=30))
def test_the_state_is_the_fold_of_the_outputs_and_repeats_of_them_change_nothing(
    events: list[Envelope],
) -> None:
    state, outputs = run(events)
    folded = TRIAGE.initial()
    for output in outputs:
        folded = TRIAGE.evolve(folded, output)
    assert folded == state
    assert len({output.id for output in outputs}) == len(outputs)
    taken = [output.data.detection for output in outputs]  # type: ignore[attr-defined]
    assert len(taken) == len(set(taken))
    assert {event.id for event in events if event.data.kind not in ENDINGS} <= set(taken)  # type: ignore[attr-defined]


@given(st.sampled_from(SEVERITIES), st.integers(1, 20))
def test_risk_grows_with_severity_and_agreement(severity: Severity, kinds: int) -> None:
    assert 0 <= risk(severity, kinds) <= risk(severity, kinds + 1) <= 100
    assert all(risk(low, 1) < risk(high, 1) for low, high in pairwise(SEVERITIES))
