"""A decision about a credential and every measured step of it."""

from __future__ import annotations

from schemas.credential import Action, CredentialDecided, EnforcementRecorded, Step
from tests.dashboards.seed.past import Past

STEPS: tuple[tuple[Step, float, str], ...] = (
    ("decided", 0.031, "decision read"),
    ("ca_updated", 0.036, "1 serial in the CRL"),
    ("revocation_visible", 0.040, "broker has reloaded the CRL"),
    ("session_dropped", 0.044, "1 session dropped"),
    ("reconnect_refused", 1.2, "handshake refused"),
)


def enforced(
    past: Past, device: str, action: Action, ago: float, alert: str, decision: str, reason: str
) -> None:
    """`ago` seconds before now it was decided on an alert; the reconnect was refused 1.2 s later."""
    decided = CredentialDecided(
        action=action,
        state="decided",
        reason=reason,
        policy="default/1",
        alert=alert,
        since=past.at(ago + 55),
    )
    past.happened(ago, "acme", device, decided, decision)
    for step, after_s, detail in STEPS:
        at = past.at(ago - after_s)
        data = EnforcementRecorded(
            decision=decision, action=action, step=step, at=at, credential="2a", detail=detail
        )
        past.happened(ago - after_s, "acme", device, data)
