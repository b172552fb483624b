"""What verdicts taught: a finding below a bar, one expected by an exception, and an exception that waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from schemas.alert import AlertClosed, AlertOpened, AlertSetAside
from schemas.exception import ExceptionProposal, ExceptionSettled
from schemas.weighed import Weighed
from tests.dashboards.seed.past import Past

EXPECTED = "alert-expected"
BELOW_BAR = "alert-below-bar"
KIND = "baseline.tx_kbps"
RANGE: dict[str, Any] = {"kind": KIND, "direction": "above", "metric": "tx_kbps"}
VALID = timedelta(days=80)


def judged(past: Past) -> None:
    """Two alerts closed as benign with a proposed exception each, one of them accepted, and what is set aside since."""
    _closed(past, "accepted", "cam-0044", 1560.0)
    _closed(past, "proposed", "cam-0045", 2100.0)
    _accepted(past)
    _aside(past, EXPECTED, "cam-0044", "expected")
    _aside(past, BELOW_BAR, "cam-0046", "below_bar")


def _closed(past: Past, name: str, device: str, limit: float) -> None:
    opened = AlertOpened(
        alert=f"alert-{name}", kind=KIND, title="Sends more than usual", explanation=f"{device} sent more.",
        severity="medium", risk=45, detection=f"detection-{name}", since=past.at(5000),
    )  # fmt: skip
    past.happened(5000, "acme", device, opened)
    proposal = ExceptionProposal(
        id=f"exception-{name}", limit=limit, until=past.now + VALID, alerts=(f"alert-{name}",), **RANGE
    )
    closed = AlertClosed(alert=f"alert-{name}", actor="noor", verdict="benign_positive", proposed=(proposal,))
    past.happened(4000, "acme", device, closed)


def _accepted(past: Past) -> None:
    accepted = ExceptionSettled(
        exception="exception-accepted", alert="alert-accepted", state="accepted", actor="noor", limit=1560.0,
        until=past.now + VALID, alerts=("alert-accepted",), comment="nightly backup", **RANGE,
    )  # fmt: skip
    past.happened(3900, "acme", "cam-0044", accepted)


def _aside(past: Past, alert: str, device: str, reason: Literal["expected", "below_bar"]) -> None:
    weighed = Weighed(
        kind=KIND, direction="above", strength=9.0, bar=13.6, times=1.6, false=12, judged=14, precision=0.2,
        until=past.now + VALID, metric="tx_kbps", actual=1170.0, expected=900.0,
    )  # fmt: skip
    aside = AlertSetAside(
        alert=alert, reason=reason, kind=KIND, title="Sends a little more than usual", explanation=f"{device} sent more.",
        severity="medium", risk=20, detection=f"detection-{alert}", detections=1, since=past.at(800), weighed=weighed,
        exception="exception-accepted" if reason == "expected" else "",
    )  # fmt: skip
    past.happened(800, "acme", device, aside)
