"""cam-0042: an account taken over, then data sent out, then the certificate held."""

from __future__ import annotations

from schemas.alert import AlertOpened, AlertUpdated
from schemas.detection import Cohort, Contribution, DetectionRaised, Evidence, Expectation, Nearest
from schemas.security import (
    AuthenticationFailed,
    AuthenticationSucceeded,
    ConfigurationChanged,
    NetworkFlowClosed,
    SessionOpened,
)
from tests.dashboards.seed.enforcement import enforced
from tests.dashboards.seed.past import Past

TAKEN_OVER = "alert-takeover"
DEVICE, ATTACKER = "cam-0042", "203.0.113.7"
TITLE = "Account taken over"
EXPLANATION = (
    f"cam-0042 accepted admin from {ATTACKER} after 6 refused logins in 30 seconds; it never accepted that address in 30 days. "
    "20 s later admin changed stream.target."
)


def taken_over(past: Past) -> None:
    """Seven minutes ago the first login was refused."""
    _attacked(past)
    _alerted(past)
    _exfiltrating(past)
    enforced(past, DEVICE, "hold", 365, TAKEN_OVER, "decision-takeover", "account_takeover -> hold")


def _attacked(past: Past) -> None:
    login = {"account": "admin", "address": ATTACKER, "method": "ssh"}
    for number in range(6):
        past.happened(420.0 - 5 * number, "acme", DEVICE, AuthenticationFailed(**login))
    past.happened(385, "acme", DEVICE, AuthenticationSucceeded(**login))
    changed = ConfigurationChanged(setting="stream.target", account="admin", address=ATTACKER)
    past.happened(365, "acme", DEVICE, changed)
    flow = NetworkFlowClosed(peer=ATTACKER, protocol="tcp", direction="inbound", port=22)
    past.happened(362, "acme", DEVICE, flow)
    # It tells of the session five minutes late, when the certificate is held already.
    late = SessionOpened(session="s-late", address=ATTACKER, client=DEVICE)
    past.happened(390, "acme", DEVICE, late, late_s=300)


def _evidence(past: Past) -> tuple[Evidence, ...]:
    refused = f"login as admin from {ATTACKER} refused (ssh, wrong password)"
    return (
        *(piece(past, 420.0 - 5 * number, number, refused) for number in range(6)),
        piece(past, 385, 6, f"login as admin from {ATTACKER} accepted; never seen before"),
        piece(past, 365, 7, f"admin changed stream.target from {ATTACKER}"),
    )


def piece(past: Past, ago: float, offset: int, summary: str) -> Evidence:
    """A security event that a finding rests on."""
    return Evidence(
        event=f"event-{offset}", origin=f"security-events/0/{offset}", time=past.at(ago), summary=summary
    )


def _alerted(past: Past) -> None:
    evidence = _evidence(past)
    found = DetectionRaised(
        detector="account_takeover", version=1, kind="rule.account_takeover", severity="critical", title=TITLE,
        explanation=EXPLANATION, since=past.at(420), evidence=evidence,
        expectations=(
            Expectation(what="refused logins in the 10 min before one is let in", seen="6", expected="fewer than 5"),
            Expectation(what="first change of configuration after that login", seen="20 s later", expected="none within 5 min"),
        ),
    )  # fmt: skip
    past.happened(365, "acme", DEVICE, found, "detection-takeover")
    opened = AlertOpened(
        alert=TAKEN_OVER, kind=found.kind, title=TITLE, explanation=EXPLANATION, severity="critical", risk=92,
        detection="detection-takeover", since=past.at(420), evidence=evidence,
    )  # fmt: skip
    past.happened(365, "acme", DEVICE, opened)


def _exfiltrating(past: Past) -> None:
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
    past.happened(325, "acme", DEVICE, found, "detection-exfiltration")
    updated = AlertUpdated(
        alert=TAKEN_OVER, kind="rule.account_takeover", title="Account taken over, then data sent out", explanation=f"{EXPLANATION} {told}",
        severity="critical", risk=97, detection="detection-exfiltration", detections=2, evidence=_evidence(past),
    )  # fmt: skip
    past.happened(325, "acme", DEVICE, updated)
