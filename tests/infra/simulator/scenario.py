"""A run in which everything went as it must, as plain data: the starting point of the tests that break one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from infra.simulator.audit import event_id, telemetry_id
from infra.simulator.journal import Journal, Sent
from infra.simulator.observed import Observed
from infra.simulator.verify import judge
from schemas.event import rfc3339
from schemas.security import SECURITY_EVENTS

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATTACKED = {"a": ("acme", "pump-0001"), "b": ("acme", "pump-0002"), "c": ("globex", "meter-0151")}
RULES = {"a": "rule.account_takeover", "b": "rule.credential_cloned", "c": "rule.attestation_failed"}
SENSOR = ("globex", "meter-0152")
SCANNER = ("acme", "pump-0006")
# They are found, and their credentials let alone.
FOUND = {"d": SENSOR, "h": SCANNER}


def at(seconds: float) -> datetime:
    """A moment after the beginning."""
    return BEGAN + timedelta(seconds=seconds)


@dataclass
class Scenario:
    """The three things a summary is made of; change them, then `summary`."""

    truth: dict[str, Any]
    rows: list[tuple[Sent, bool]]
    seen: Observed

    @property
    def journal(self) -> pa.Table:
        journal = Journal()
        for sent, acknowledged in self.rows:
            places = journal.add([sent])
            if acknowledged:
                journal.acknowledge(places)
        return journal.table()

    def summary(self) -> dict[str, Any]:
        return judge(self.truth, self.journal, self.seen)


def well() -> Scenario:
    """Everything went as it must."""
    rows = _sent()
    seen = Observed()
    for sent, _ in rows:
        _store(sent, seen)
    _detect(seen)
    _roll_out(seen)
    return Scenario(_truth(), [(sent, True) for sent, _ in rows], seen)


def _sent() -> list[tuple[Sent, bool]]:
    honest = [
        Sent("kafka", "telemetry", "acme", "pump-0009", "r-1"),
        Sent("mqtt", "telemetry", *SENSOR, "r-1"),
        Sent("http", "event", "acme", "pump-0007", "e-1"),
    ]
    late = Sent("http", "telemetry", "acme", "pump-0007", "late-1", label="late")
    twice = Sent("mqtt", "telemetry", "acme", "pump-0003", "duplicated-1", label="duplicated")
    again = Sent("mqtt", "telemetry", "acme", "pump-0003", "duplicated-1", repeat=True, label="duplicated")
    broken = Sent("kafka", "dead_letter", "acme", "pump-0009", "bad-1", label="malformed", code="bad_json")
    spoofed = Sent("mqtt", "nothing", "acme", "pump-0003", "spoofed-1", label="spoofed")
    return [(sent, True) for sent in (*honest, late, twice, again, broken, spoofed)]


def _store(sent: Sent, seen: Observed) -> None:
    row = {"tenant": sent.tenant, "device": sent.device, "event": sent.event}
    if sent.becomes == "telemetry":
        seen.telemetry[telemetry_id(row)] = 1
    elif sent.becomes == "event":
        seen.events[(SECURITY_EVENTS, event_id(row))] = 1
    elif sent.becomes == "dead_letter":
        raw = f'{{"id":"{sent.event}","metrics":'.encode()
        seen.dead_letters.append({"letter": "dead-1", "code": sent.code, "raw": raw})


def _detect(seen: Observed) -> None:
    for letter, (tenant, device) in {**ATTACKED, **FOUND}.items():
        kind = {**RULES, "d": "baseline.drift.temperature_c", "h": "flow.unusual.known"}[letter]
        subject = {"tenant": tenant, "device": device}
        seen.detections.append({**subject, "detection": f"detection-{letter}", "kind": kind})
        seen.alerts.append(
            {
                **subject,
                "alert": f"alert-{letter}",
                "change": "opened",
                "detection": f"detection-{letter}",
                "archived_time": at(60 if letter in FOUND else 20.5),
            }
        )
        if letter not in FOUND:
            action, state = ("revoke", "revoked") if letter == "b" else ("hold", "held")
            seen.decisions.append({**subject, "decision": letter, "action": action, "state": "decided"})
            times = {"decided_at": at(20.2), "session_dropped_at": at(20.3)}
            seen.credentials.append({**subject, "state": state, **times})


def _roll_out(seen: Observed) -> None:
    for tenant, rollout, outcome, gate in (
        ("acme", "firmware-5", "promoted", "PROMOTE"),
        ("globex", "firmware-4", "rolled_back", "ROLLBACK"),
    ):
        subject = {"tenant": tenant, "rollout": rollout}
        seen.stages.append({**subject, "stage": 1, "outcome": outcome, "verdict": f"gate-{rollout}"})
        seen.verdicts.append(
            {**subject, "verdict": f"gate-{rollout}", "outcome": gate, "explanation": f"{gate}: 72 devices"}
        )


def _truth() -> dict[str, Any]:
    session = {
        "address": "127.10.0.1",
        "connected": rfc3339(at(0)),
        "dropped": rfc3339(at(20.4)),
        "refused": rfc3339(at(20.7)),
        "refusals": 9,
        "returns": 0,
        "still_connected": False,
    }
    story: dict[str, Any] = {
        letter: {
            "tenant": tenant,
            "device": device,
            "began": rfc3339(at(15)),
            "decisive": rfc3339(at(20)),
            "sessions": [dict(session) for _ in range(2 if letter == "b" else 1)],
        }
        for letter, (tenant, device) in ATTACKED.items()
    }
    for letter, (tenant, device) in FOUND.items():
        times = {"began": rfc3339(at(30)), "decisive": rfc3339(at(30))}
        story[letter] = {"tenant": tenant, "device": device, **times}
    story["e"] = {"tenant": "acme", "rollout": "firmware-5", "expects": "promoted", "problem": None}
    story["f"] = {
        "tenant": "globex",
        "rollout": "firmware-4",
        "expects": "rolled_back",
        "problem": None,
        "crashing": ["meter-0200"],
        "hanging": ["meter-0201"],
    }
    return {
        "seed": 7,
        "devices": 300,
        "tenants": ["acme", "globex"],
        "began": rfc3339(BEGAN),
        "duration_s": 120.0,
        "mqtt_sessions": 48,
        "https_failures": 0,
        "healthy_sessions_dropped": 0,
        "story": story,
    }
