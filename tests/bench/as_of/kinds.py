"""What happened in the made-up past beside telemetry: security events, alerts, decisions, receipts and a rollout, with their numbers."""

from __future__ import annotations

from tests.bench.as_of.kind import Kind, Sql

DEVICES = 2000
ALERT = Sql("concat('alert-', toString(number))")
ACTION = Sql("['hold', 'revoke', 'restrict'][1 + number % 3]")
DECISION = Sql("concat('credential.decided.v1-', toString(number), '-7')")
ROLLOUT = Sql("concat('rollout-', toString(number % 5))")
SINCE = "2026-05-01T00:00:00Z"
EVIDENCE = {
    "event": Sql("concat('e', toString(number))"), "origin": "security-events/0/7", "time": SINCE,
    "summary": "login as admin from 203.0.113.7 refused (ssh, wrong password)",
}  # fmt: skip
FOUND = {
    "alert": ALERT, "kind": "rule.account_takeover", "title": "Account taken over", "since": SINCE, "evidence": [EVIDENCE],
    "explanation": "It accepted admin from 203.0.113.7 after 6 refused logins in 30 seconds.", "risk": Sql("number % 100"),
    "severity": Sql("['low', 'medium', 'high', 'critical'][1 + number % 4]"), "detection": Sql("toString(number)"),
}  # fmt: skip
STEP = {"decision": DECISION, "action": ACTION, "at": SINCE}
POLICY = {"margin": 0.15}
JUDGED = {
    "rollout": ROLLOUT, "stage": Sql("1 + intDiv(number, 2000)"), "outcome": "HOLD", "explanation": "waits", "margin": 0.15, "alpha": 0.05,
    "treatment": {"assigned": 100, "healthy": 80}, "control": {"assigned": 100, "healthy": 82}, "difference": 0.01, "low": -0.1,
    "high": 0.1, "needed": 120,
}  # fmt: skip
SECURITY, RECEIPTS = "security-events", "enforcement-receipts"
KINDS = (
    Kind(
        "device.provisioned.v1",
        SECURITY,
        DEVICES,
        0,
        0,
        {"model": "camera", "site": "berlin", "firmware": "4.2.0"},
    ),
    Kind(
        "session.opened.v1",
        SECURITY,
        60_000,
        100,
        1,
        {"session": Sql("toString(number)"), "address": "198.51.100.7"},
    ),
    Kind("session.closed.v1", SECURITY, 58_000, 900_000, 2, {"session": Sql("toString(number)")}),
    Kind(
        "authentication.failed.v1", SECURITY, 200_000, 50, 3, {"account": "admin", "address": "203.0.113.7"}
    ),
    Kind("alert.opened.v1", "alerts", 8000, 1000, 4, FOUND),
    Kind("alert.updated.v1", "alerts", 8000, 60_000, 5, {**FOUND, "detections": 2}),
    Kind(
        "alert.closed.v1",
        "alerts",
        7000,
        1_800_000,
        6,
        {"alert": ALERT, "actor": "noor", "verdict": "true_positive"},
    ),
    Kind(
        "credential.decided.v1",
        "credential-decisions",
        4000,
        1500,
        7,
        {"action": ACTION, "state": "decided", "alert": ALERT},
    ),
    Kind("enforcement.recorded.v1", RECEIPTS, 4000, 1600, 8, {**STEP, "step": "ca_updated"}),
    Kind("enforcement.recorded.v1", RECEIPTS, 4000, 1700, 9, {**STEP, "step": "session_dropped"}),
    Kind(
        "rollout.defined.v1",
        "rollouts",
        5,
        0,
        0,
        {"firmware": "4.3.0", "previous": "4.2.0", "stages": 3, "policy": POLICY},
        ROLLOUT,
    ),
    Kind(
        "rollout.device_assigned.v1",
        "rollouts",
        3000,
        5,
        1,
        {"stage": 1, "arm": "treatment", "device": Sql("device")},
        ROLLOUT,
    ),
    Kind(
        "rollout.stage_started.v1",
        "rollouts",
        5,
        10,
        2,
        {"stage": 1, "treatment": 300, "control": 300},
        ROLLOUT,
    ),
    Kind("gate.judged.v1", "gate-verdicts", 4000, 20, 0, JUDGED, ROLLOUT),
)
