"""Smaller incidents: a cloned credential, a pump that slowly fails, and an alert that is closed."""

from __future__ import annotations

from schemas.alert import AlertAcknowledged, AlertClosed, AlertOpened
from schemas.credential import CredentialDecided
from schemas.detection import DetectionRaised, Evidence
from schemas.security import AttestationFailed, SessionClosed, SessionOpened, UpdateProgressed
from tests.dashboards.seed.enforcement import enforced
from tests.dashboards.seed.past import ODD, Past
from tests.dashboards.seed.takeover import piece

CLONED = "alert-cloned"
DRIFTING = "alert-drift"
CLOSED = "alert-closed"


def cloned(past: Past) -> None:
    """cam-0043 is in two places at once and revoked; for cam-0047 a decision waits for a person."""
    device = "cam-0043"
    for ago, address in ((900.0, "127.0.4.3"), (700.0, "198.51.100.20")):
        past.happened(ago, "acme", device, SessionOpened(session=f"s{ago}", address=address, client=device))
    told = "cam-0043 has two sessions at once, from 127.0.4.3 and 198.51.100.20, with the same certificate."
    opened = AlertOpened(
        alert=CLONED, kind="rule.credential_cloned", title="Credential used from two places", explanation=told, severity="critical",
        risk=90, detection="detection-cloned", since=past.at(700), evidence=(piece(past, 700, 20, "session opened from 198.51.100.20"),),
    )  # fmt: skip
    past.happened(700, "acme", device, opened)
    past.happened(680, "acme", device, AlertAcknowledged(alert=CLONED, actor="noor"))
    enforced(past, device, "revoke", 700, CLONED, "decision-cloned", "credential_cloned -> revoke")
    past.happened(699, "acme", device, SessionClosed(session="s700.0", reason="dropped"))
    proposed = CredentialDecided(
        action="hold", state="proposed", reason="more than 20 decisions in an hour", policy="default/1", alert="", since=past.at(200)
    )  # fmt: skip
    past.happened(190, "acme", "cam-0047", AttestationFailed(firmware="4.2.0", expected="aa", measured="bb"))
    past.happened(180, "acme", "cam-0047", proposed, "decision-proposed")


def drifting(past: Past) -> None:
    """pump-0007 gets warmer."""
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


def closed(past: Past) -> None:
    """An alert with an odd title, judged."""
    opened = AlertOpened(
        alert=CLOSED, kind="rule.attestation_failed", title=ODD, explanation=ODD, severity="low", risk=12,
        detection="detection-odd", since=past.at(4000),
    )  # fmt: skip
    past.happened(4000, "acme", "cam-0041", opened)
    judged = AlertClosed(alert=CLOSED, actor="noor", verdict="benign_positive", comment="bench device")
    past.happened(3600, "acme", "cam-0041", judged)
