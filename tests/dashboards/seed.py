"""A small, fixed past for the dashboard's tests: real events in the real tables, as the archive would have written them.

Told relative to `now`: cam-0042 (acme) taken over 6 minutes ago and held, cam-0043 with a cloned credential revoked, pump-0007 (globex)
slowly failing, a proposed decision, one good and one bad rollout, telemetry with a gap, dead letters and an account that adds up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from schemas import ids, migrations
from schemas.alert import AlertAcknowledged, AlertClosed, AlertOpened, AlertSetAside, AlertUpdated
from schemas.credential import Action, CredentialDecided, EnforcementRecorded, Step
from schemas.detection import Cohort, Contribution, DetectionRaised, Evidence, Expectation, Nearest
from schemas.event import Envelope, Event, encode
from schemas.exception import ExceptionProposal, ExceptionSettled
from schemas.inventory import (
    Assessment,
    Component,
    FirmwareComponentsListed,
    Severity,
    VulnerabilityCleared,
    VulnerabilityFound,
)
from schemas.ledger import DetectionCounted, IngestCounted
from schemas.rollout import (
    Arm,
    ArmCounts,
    DeviceAssigned,
    GateJudged,
    GateOutcome,
    GatePolicy,
    RolloutDefined,
    StageFinished,
    StageStarted,
)
from schemas.security import (
    AttestationFailed,
    AuthenticationFailed,
    AuthenticationSucceeded,
    ConfigurationChanged,
    DeviceActivated,
    DeviceProvisioned,
    DeviceQuarantined,
    NetworkFlowClosed,
    SessionClosed,
    SessionOpened,
    TwinDesired,
    TwinReported,
    UpdateProgressed,
)
from schemas.security.twin import Setting
from schemas.weighed import Weighed
from tests.detectors.triage.parts import alerts_of

TAKEN_OVER = "alert-takeover"
CLONED = "alert-cloned"
DRIFTING = "alert-drift"
CLOSED = "alert-closed"
EXPECTED = "alert-expected"
BELOW_BAR = "alert-below-bar"
ODD = "<img src=x onerror=alert(1)> **cam** $x^2$ :red[a]"

EVENT_COLUMNS = [
    "tenant", "topic", "subject", "id", "type", "source", "time", "cause", "data",
    "kafka_partition", "kafka_offset", "archived_time", "recorded_time",
]  # fmt: skip
TELEMETRY_COLUMNS = [
    "tenant", "device", "event_time", "received_time", "event_id", "model", "site", "firmware", "metrics",
    "kafka_partition", "kafka_offset", "recorded_time",
]  # fmt: skip
LETTER_COLUMNS = [
    "id", "tenant", "device", "code", "field", "reason", "origin", "process", "time", "size_bytes", "raw",
    "kafka_partition", "kafka_offset", "archived_time",
]  # fmt: skip
RANGE_COLUMNS = [
    "topic", "kafka_partition", "first_offset", "last_offset", "records", "events", "rejected", "newest_time", "archived_time",
]  # fmt: skip


@dataclass
class Past:
    """Collects what happened and writes it as the archive's rows."""

    now: datetime
    events: list[list[Any]] = field(default_factory=list)
    telemetry: list[list[Any]] = field(default_factory=list)

    def at(self, seconds_ago: float) -> datetime:
        """The time this many seconds before now."""
        return self.now - timedelta(seconds=seconds_ago)

    def happened(
        self,
        seconds_ago: float,
        tenant: str,
        subject: str,
        data: Event,
        event_id: str = "",
        *,
        late_s: float = 0.02,
    ) -> None:
        """An event about `subject` that the log had `late_s` after it happened."""
        offset = len(self.events)
        envelope = Envelope(
            id=event_id or ids.derive("seed", tenant, subject, offset),
            type=type(data).TYPE,
            source="test",
            subject=subject,
            tenant=tenant,
            time=self.at(seconds_ago),
            data=data,
        )
        self.events.append(
            [
                tenant, type(data).TOPIC, subject, envelope.id, envelope.type, "test", envelope.time, "", encode(envelope).decode(),
                0, offset, self.now, envelope.time + timedelta(seconds=late_s),
            ]
        )  # fmt: skip

    def reported(
        self, seconds_ago: float, tenant: str, device: str, model: str, site: str, metrics: dict[str, float]
    ) -> None:
        """A device's telemetry report."""
        time, offset = self.at(seconds_ago), len(self.telemetry)
        self.telemetry.append(
            [
                tenant, device, time, time + timedelta(seconds=0.2), ids.digest(tenant, device, offset), model, site, "4.2.0", metrics,
                0, offset, time + timedelta(seconds=0.3),
            ]
        )  # fmt: skip


def migrate(client: Any) -> None:
    """Make every table and view."""
    for migration in migrations.load():
        for statement in migration.statements:
            client.command(statement)


def fill(client: Any, now: datetime) -> None:
    """Write the whole past; `client` is a clickhouse-connect client of a store with the tables made."""
    past = Past(now)
    for tell in (
        _fleet,
        _telemetry,
        _takeover,
        _clone,
        _drift,
        _closed,
        _feedback,
        _rollouts,
        _inventory,
        _edge,
    ):
        tell(past)
    client.insert("events", past.events, column_names=EVENT_COLUMNS)
    client.insert("telemetry", past.telemetry, column_names=TELEMETRY_COLUMNS)
    client.insert("dead_letters", list(_letters(past)), column_names=LETTER_COLUMNS)
    client.insert("ledger_ranges", list(_ranges(past)), column_names=RANGE_COLUMNS)


def _fleet(past: Past) -> None:
    for number in range(40, 52):
        data = DeviceProvisioned(model="camera", site="berlin", firmware="4.2.0", credential=f"{number:x}")
        past.happened(90_000, "acme", f"cam-{number:04}", data)
    for number in range(4, 10):
        data = DeviceProvisioned(model="pump", site="osaka", firmware="2.9.1", credential=f"f{number:x}")
        past.happened(90_000, "globex", f"pump-{number:04}", data)


def _telemetry(past: Past) -> None:
    for ago in range(86_400, 1200, -300):
        past.reported(ago, "acme", "cam-0042", "camera", "berlin", _camera(ago))
        past.reported(ago, "globex", "pump-0007", "pump", "osaka", _pump(ago))
    for ago in range(1200, 0, -4):
        if not 620 < ago < 760:
            past.reported(ago, "acme", "cam-0042", "camera", "berlin", _camera(ago))
        past.reported(ago, "globex", "pump-0007", "pump", "osaka", _pump(ago))
    for number in (40, 41, 43, 44, 45, 46, 47, 48, 49):
        past.reported(number % 7, "acme", f"cam-{number:04}", "camera", "berlin", _camera(number))
    past.reported(5000, "acme", "cam-0050", "camera", "berlin", _camera(5000))


def _noise(ago: float, scale: float) -> float:
    return scale * (math.sin(ago * 12.9898) + math.sin(ago * 78.233) + math.sin(ago * 3.7))


def _camera(ago: float) -> dict[str, float]:
    taken = 90 < ago < 330
    return {
        "temperature_c": 44 + 3 * math.sin(ago / 9000) + _noise(ago, 0.3),
        "cpu_pct": 38 + 4 * math.sin(ago / 9000) + _noise(ago, 1.5) + (22 if taken else 0),
        "tx_kbps": (900 + 90 * math.sin(ago / 9000) + _noise(ago, 25)) * (24 if taken else 1),
        "boot_count": 3.0,
        "uptime_s": 500_000 - ago,
    }


def _pump(ago: float) -> dict[str, float]:
    drift = max(0.0, (600 - ago) / 60) if ago < 600 else 0.0
    return {
        "temperature_c": 58 + _noise(ago, 0.4) * (1 + drift / 3) + drift,
        "cpu_pct": 12 + _noise(ago, 0.6),
    }


def _takeover(past: Past) -> None:
    device, attacker = "cam-0042", "203.0.113.7"
    evidence = []
    for number in range(6):
        ago = 420.0 - 5 * number
        past.happened(
            ago, "acme", device, AuthenticationFailed(account="admin", address=attacker, method="ssh")
        )
        evidence.append(
            _piece(past, ago, number, f"login as admin from {attacker} refused (ssh, wrong password)")
        )
    past.happened(
        385, "acme", device, AuthenticationSucceeded(account="admin", address=attacker, method="ssh")
    )
    past.happened(
        365, "acme", device, ConfigurationChanged(setting="stream.target", account="admin", address=attacker)
    )
    evidence.append(_piece(past, 385, 6, f"login as admin from {attacker} accepted; never seen before"))
    evidence.append(_piece(past, 365, 7, f"admin changed stream.target from {attacker}"))
    past.happened(
        362, "acme", device, NetworkFlowClosed(peer=attacker, protocol="tcp", direction="inbound", port=22)
    )
    # It tells of the session five minutes late, when the certificate is held already.
    late = SessionOpened(session="s-late", address=attacker, client=device)
    past.happened(390, "acme", device, late, late_s=300)
    title = "Account taken over"
    explanation = (
        f"cam-0042 accepted admin from {attacker} after 6 refused logins in 30 seconds; it never accepted that address in 30 days. "
        "20 s later admin changed stream.target."
    )
    found = DetectionRaised(
        detector="account_takeover", version=1, kind="rule.account_takeover", severity="critical", title=title,
        explanation=explanation, since=past.at(420), evidence=tuple(evidence),
        expectations=(
            Expectation(what="refused logins in the 10 min before one is let in", seen="6", expected="fewer than 5"),
            Expectation(what="first change of configuration after that login", seen="20 s later", expected="none within 5 min"),
        ),
    )  # fmt: skip
    past.happened(365, "acme", device, found, "detection-takeover")
    opened = AlertOpened(
        alert=TAKEN_OVER, kind=found.kind, title=title, explanation=explanation, severity="critical", risk=92,
        detection="detection-takeover", since=past.at(420), evidence=tuple(evidence),
    )  # fmt: skip
    past.happened(365, "acme", device, opened)
    _exfiltration(past, device, explanation, tuple(evidence))
    _enforced(past, device, "hold", 365, TAKEN_OVER, "decision-takeover", "account_takeover -> hold")


def _exfiltration(past: Past, device: str, explanation: str, evidence: tuple[Evidence, ...]) -> None:
    told = "cam-0042 sent 21,600 kbit/s; it usually sends 810 to 990 kbit/s; its 9 peers are unchanged."
    found = DetectionRaised(
        detector="baseline", version=1, kind="baseline.tx_kbps", severity="high", title="Sends far more than usual", explanation=told,
        since=past.at(329), metric="tx_kbps", actual=21_600.0, expected=900.0, low=810.0, high=990.0, score=690.0, p_value=1e-9,
        contributions=(
            Contribution(metric="tx_kbps", actual=21_600.0, expected=900.0, low=810.0, high=990.0, score=690.0, p_value=1e-9),
            Contribution(metric="cpu_pct", actual=61.2, expected=38.0, low=29.0, high=47.0, score=7.7),
            Contribution(metric="temperature_c", actual=44.9, expected=44.0, low=40.4, high=47.6, score=0.75),
        ),
        cohort=Cohort(peers=9, changed=0, model="camera", site="berlin", metric="tx_kbps", now=902.0, before=899.0, low=812.0, high=971.0),
        nearest=Nearest(metric="tx_kbps", value=2_140.0, distance=648.7, device="cam-0045"),
    )  # fmt: skip
    past.happened(325, "acme", device, found, "detection-exfiltration")
    updated = AlertUpdated(
        alert=TAKEN_OVER, kind="rule.account_takeover", title="Account taken over, then data sent out", explanation=f"{explanation} {told}",
        severity="critical", risk=97, detection="detection-exfiltration", detections=2, evidence=evidence,
    )  # fmt: skip
    past.happened(325, "acme", device, updated)


def _piece(past: Past, ago: float, offset: int, summary: str) -> Evidence:
    return Evidence(
        event=f"event-{offset}", origin=f"security-events/0/{offset}", time=past.at(ago), summary=summary
    )


def _enforced(
    past: Past, device: str, action: Action, ago: float, alert: str, decision: str, reason: str
) -> None:
    decided = CredentialDecided(
        action=action,
        state="decided",
        reason=reason,
        policy="default/1",
        alert=alert,
        since=past.at(ago + 55),
    )
    past.happened(ago, "acme", device, decided, decision)
    steps: tuple[tuple[Step, float, str], ...] = (
        ("decided", 0.031, "decision read"),
        ("ca_updated", 0.036, "1 serial in the CRL"),
        ("revocation_visible", 0.040, "broker has reloaded the CRL"),
        ("session_dropped", 0.044, "1 session dropped"),
        ("reconnect_refused", 1.2, "handshake refused"),
    )
    for step, after_s, detail in steps:
        at = past.at(ago - after_s)
        data = EnforcementRecorded(
            decision=decision, action=action, step=step, at=at, credential="2a", detail=detail
        )
        past.happened(ago - after_s, "acme", device, data)


def _clone(past: Past) -> None:
    device = "cam-0043"
    for ago, address in ((900.0, "127.0.4.3"), (700.0, "198.51.100.20")):
        past.happened(ago, "acme", device, SessionOpened(session=f"s{ago}", address=address, client=device))
    told = "cam-0043 has two sessions at once, from 127.0.4.3 and 198.51.100.20, with the same certificate."
    opened = AlertOpened(
        alert=CLONED, kind="rule.credential_cloned", title="Credential used from two places", explanation=told, severity="critical",
        risk=90, detection="detection-cloned", since=past.at(700), evidence=(_piece(past, 700, 20, "session opened from 198.51.100.20"),),
    )  # fmt: skip
    past.happened(700, "acme", device, opened)
    past.happened(680, "acme", device, AlertAcknowledged(alert=CLONED, actor="noor"))
    _enforced(past, device, "revoke", 700, CLONED, "decision-cloned", "credential_cloned -> revoke")
    past.happened(699, "acme", device, SessionClosed(session="s700.0", reason="dropped"))
    proposed = CredentialDecided(
        action="hold", state="proposed", reason="more than 20 decisions in an hour", policy="default/1", alert="", since=past.at(200)
    )  # fmt: skip
    past.happened(190, "acme", "cam-0047", AttestationFailed(firmware="4.2.0", expected="aa", measured="bb"))
    past.happened(180, "acme", "cam-0047", proposed, "decision-proposed")


def _drift(past: Past) -> None:
    told = "pump-0007 is at 65.9 °C and rising for 6 minutes; it is usually 57.1 to 58.9 °C; its 5 peers are unchanged."
    found = DetectionRaised(
        detector="drift", version=1, kind="baseline.drift.temperature_c", severity="medium", title="Temperature drifts up",
        explanation=told, since=past.at(560), metric="temperature_c", actual=65.9, expected=58.0, low=57.1, high=58.9, score=9.0,
    )  # fmt: skip
    past.happened(240, "globex", "pump-0007", found, "detection-drift")
    opened = AlertOpened(
        alert=DRIFTING, kind=found.kind, title=found.title, explanation=told, severity="medium", risk=41, detection="detection-drift",
        since=past.at(560), evidence=(Evidence(event="ab", origin="telemetry/0/7", time=past.at(240), summary="temperature_c 65.9"),),
    )  # fmt: skip
    past.happened(240, "globex", "pump-0007", opened)
    past.happened(
        620, "globex", "pump-0007", UpdateProgressed(rollout="r", firmware="2.9.1", status="booted")
    )


def _closed(past: Past) -> None:
    opened = AlertOpened(
        alert=CLOSED, kind="rule.attestation_failed", title=ODD, explanation=ODD, severity="low", risk=12,
        detection="detection-odd", since=past.at(4000),
    )  # fmt: skip
    past.happened(4000, "acme", "cam-0041", opened)
    judged = AlertClosed(alert=CLOSED, actor="noor", verdict="benign_positive", comment="bench device")
    past.happened(3600, "acme", "cam-0041", judged)


def _feedback(past: Past) -> None:
    """What verdicts taught: a finding below a bar, one expected by an exception, and an exception that waits for a person."""
    until = past.now + timedelta(days=80)
    range_ = {"kind": "baseline.tx_kbps", "direction": "above", "metric": "tx_kbps"}
    for name, device, limit in (("accepted", "cam-0044", 1560.0), ("proposed", "cam-0045", 2100.0)):
        opened = AlertOpened(
            alert=f"alert-{name}", kind="baseline.tx_kbps", title="Sends more than usual", explanation=f"{device} sent more.",
            severity="medium", risk=45, detection=f"detection-{name}", since=past.at(5000),
        )  # fmt: skip
        past.happened(5000, "acme", device, opened)
        proposal = ExceptionProposal(
            id=f"exception-{name}",
            limit=limit,
            until=until,
            alerts=(f"alert-{name}",),
            **range_,  # type: ignore[arg-type]
        )
        closed = AlertClosed(
            alert=f"alert-{name}", actor="noor", verdict="benign_positive", proposed=(proposal,)
        )
        past.happened(4000, "acme", device, closed)
    accepted = ExceptionSettled(
        exception="exception-accepted",
        alert="alert-accepted",
        state="accepted",
        actor="noor",
        limit=1560.0,
        until=until,
        alerts=("alert-accepted",),
        comment="nightly backup",
        **range_,  # type: ignore[arg-type]
    )
    past.happened(3900, "acme", "cam-0044", accepted)
    weighed = Weighed(
        kind="baseline.tx_kbps", direction="above", strength=9.0, bar=13.6, times=1.6, false=12, judged=14, precision=0.2, until=until,
        metric="tx_kbps", actual=1170.0, expected=900.0,
    )  # fmt: skip
    for name, device, reason in ((EXPECTED, "cam-0044", "expected"), (BELOW_BAR, "cam-0046", "below_bar")):
        aside = AlertSetAside(
            alert=name, reason=reason, kind="baseline.tx_kbps", title="Sends a little more than usual", explanation=f"{device} sent more.",  # type: ignore[arg-type]
            severity="medium", risk=20, detection=f"detection-{name}", detections=1, since=past.at(800), weighed=weighed,
            exception="exception-accepted" if reason == "expected" else "",
        )  # fmt: skip
        past.happened(800, "acme", device, aside)


def _rollouts(past: Past) -> None:
    policy = GatePolicy(margin=0.15)
    for rollout, firmware, share in (("camera-4-3", "4.3.0", 0.0), ("pump-3-0", "3.0.0", 0.35)):
        defined = RolloutDefined(firmware=firmware, previous="4.2.0", stages=2, policy=policy)
        past.happened(900, "acme", rollout, defined)
        for number in range(4):
            arm: Arm = "treatment" if number % 2 else "control"
            assigned = DeviceAssigned(stage=1, arm=arm, device=f"cam-{44 + number:04}", policy=policy)
            past.happened(880, "acme", rollout, assigned)
        past.happened(880, "acme", rollout, StageStarted(stage=1, treatment=75, control=75))
        for number in range(40):
            past.happened(860 - 12 * number, "acme", rollout, _judged(past, rollout, number, share))
    finished = StageFinished(stage=1, outcome="rolled_back", verdict="x")
    past.happened(380, "acme", "pump-3-0", finished)


def _judged(past: Past, rollout: str, number: int, share: float) -> GateJudged:
    known = min(75, 2 * number)
    bad = round(known * share)
    width = 1.4 / math.sqrt(known + 1) if known else 1.0
    low, high = max(-1.0, share - width), min(1.0, share + width)
    outcome: GateOutcome = "ROLLBACK" if low > 0 else "PROMOTE" if high < 0.15 else "HOLD"
    told = {
        "PROMOTE": f"PROMOTE: 3.0.0 fails at most {100 * high:.0f} points more often than before, below the margin of 15.",
        "HOLD": f"HOLD: {known} of about 90 devices needed to exclude a 15-point rise.",
        "ROLLBACK": f"ROLLBACK: {bad} of {known} updated devices failed; at least {100 * low:.0f} points more than the control arm.",
        "INVALID": "",
    }
    return GateJudged(
        rollout=rollout, stage=1, outcome=outcome, explanation=told[outcome],
        treatment=ArmCounts(assigned=75, healthy=known - bad, rebooted=bad - bad // 3, silent=bad // 3, pending=75 - known),
        control=ArmCounts(assigned=75, healthy=known, pending=75 - known),
        difference=share, low=low, high=high, margin=0.15, alpha=0.05, needed=90, newest=past.at(860 - 12 * number),
        frontier={"telemetry": {"0": number}},
    )  # fmt: skip


def _inventory(past: Past) -> None:
    """cam-0042 is quarantined and not set as it should be; its firmware has an SBOM and five known vulnerabilities."""
    device = "cam-0042"
    past.happened(89_000, "acme", device, DeviceActivated(site="berlin", firmware="4.2.0"))
    past.happened(300, "acme", device, DeviceQuarantined(reason="account taken over", segment="quarantine"))
    wanted: dict[str, Setting] = {
        "stream.target": "video.acme.example",
        "ssh.enabled": False,
        "ntp.interval_s": 64,
        "log.level": "info",
    }
    past.happened(80_000, "acme", device, TwinDesired(version=3, settings=wanted, baseline="camera@3"))
    past.happened(
        79_990, "acme", device, TwinReported(version=7, settings={**wanted, "led": True}, desired_version=3)
    )
    odd: dict[str, Setting] = {**wanted, "stream.target": "203.0.113.7", "ntp.interval_s": 64.0, "led": True}
    past.happened(360, "acme", device, TwinReported(version=8, settings=odd, desired_version=3))
    past.happened(
        350, "acme", device, TwinReported(version=9, settings={**odd, "ssh.enabled": True}, desired_version=3)
    )
    components = tuple(Component(name=f"lib{number}", version="1.0") for number in range(40))
    for part in (1, 2):
        listed = FirmwareComponentsListed(
            model="camera", firmware="4.2.0", sbom="urn:uuid:1", digest="aa", format="CycloneDX 1.6", part=part, parts=2,
            components=components,
        )  # fmt: skip
        past.happened(70_000, "acme", "camera/4.2.0", listed)
    _vulnerabilities(past)


def _vulnerabilities(past: Past) -> None:
    rows: tuple[tuple[str, Severity, float | None, str, Assessment | None, str], ...] = (
        ("CVE-2026-0002", "medium", 5.3, "zlib", None, ""),
        ("CVE-2026-0001", "critical", 9.8, "openssl", None, ""),
        ("GHSA-aaaa", "critical", 9.1, "libxml2", "not_affected", "vulnerable_code_not_in_execute_path"),
        ("CVE-2026-0004", "unknown", None, ODD, "under_investigation", ""),
        ("CVE-2026-0005", "high", 7.5, "busybox", "affected", ""),
        ("CVE-2026-0006", "high", 7.5, "gone", None, ""),
    )
    for vulnerability, severity, score, name, status, justification in rows:
        found = VulnerabilityFound(
            model="camera", firmware="4.2.0", vulnerability=vulnerability, component=f"pkg:generic/{name}@1.0", match="affected",
            reason=f"{name} 1.0 is in the affected range (from the first, fixed in 1.1)", status=status or "unassessed", name=name,
            version="1.0", sbom="urn:uuid:1", severity=severity, score=score, summary=f"{name} reads too far", fixed_in=("1.1",),
            justification=justification, aliases=("CVE-2026-0003",) if vulnerability.startswith("GHSA") else (),
        )  # fmt: skip
        past.happened(60_000, "acme", "camera/4.2.0", found)
    cleared = VulnerabilityCleared(
        model="camera", firmware="4.2.0", vulnerability="CVE-2026-0006", component="pkg:generic/gone@1.0", reason="SBOM 2"
    )  # fmt: skip
    past.happened(50_000, "acme", "camera/4.2.0", cleared)


def _edge(past: Past) -> None:
    security = sum(1 for row in past.events if row[1] == "security-events")
    reports = len(past.telemetry)
    for channel, accepted, refused in (("mqtt", reports, 2), ("http", security, 1)):
        counted = IngestCounted(
            instance="i1",
            channel=channel,
            received=accepted + refused,
            accepted=accepted,
            dead_lettered=refused,
        )
        past.happened(1, "", "i1", counted)
    judged = DetectionCounted(
        partition=0, telemetry_offset=9, scored=reports - 7, late=7, infinite=2, unmodelled=0, devices=4, forgotten=1, duplicates=3
    )  # fmt: skip
    past.happened(1, "", "detection/0", judged)


def _letters(past: Past) -> Iterator[list[Any]]:
    rows = (
        ("missing_field", "time", "is missing", "acme", "cam-0044", b'{"metrics": {}}'),
        ("bad_json", "", "not JSON", "", "", b"\xff\xfe\x00garbage"),
        ("identity_mismatch", "device", "is not the certificate's", "acme", "cam-0045", b'{"device": "cam-0001"}'),
    )  # fmt: skip
    for number, (code, named, reason, tenant, device, raw) in enumerate(rows):
        time = past.at(60 * (number + 1))
        yield [
            f"dead-{number}", tenant, device, code, named, reason, "mqtt:v1/acme:cam-0044/telemetry", "ingest", time, len(raw), raw,
            0, number, past.now,
        ]  # fmt: skip


def _ranges(past: Past) -> Iterator[list[Any]]:
    topics: dict[str, list[list[Any]]] = {}
    for row in past.events:
        topics.setdefault(row[1], []).append(row)
    for topic, rows in topics.items():
        newest = max(row[6] for row in rows)
        yield [topic, 0, 0, len(rows) - 1, len(rows), len(rows), 0, newest, past.now]
    reports = len(past.telemetry)
    yield [
        "telemetry",
        0,
        0,
        reports - 1,
        reports,
        reports,
        0,
        max(row[2] for row in past.telemetry),
        past.now,
    ]


def lose_a_site(client: Any, now: datetime, findings: Iterable[Envelope]) -> None:
    """Write findings and what triage writes on them, each device in a partition of its own, as the archive would have."""
    past = Past(now)
    for one in (*findings, *alerts_of(findings)):
        past.happened((now - one.time).total_seconds(), one.tenant, one.subject, one.data, one.id)
    client.insert("events", past.events, column_names=EVENT_COLUMNS)
