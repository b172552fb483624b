"""A decision that was right on what was known, and news of the time before it that came in later."""

from __future__ import annotations

from datetime import timedelta

from schemas.alert import AlertOpened
from schemas.credential import CredentialDecided, EnforcementRecorded
from schemas.event import Event
from schemas.security import DeviceProvisioned, SessionOpened
from tests.schemas.as_of.history import Told
from tests.streams.archive.sample import EPOCH

DECIDED = "decision-late-news"
ALERT = "alert-late-news"


def late_news() -> list[Told]:
    """A camera is held a minute after an alert; an hour later it turns out that somebody else had been connected as it."""
    opened = AlertOpened(
        alert=ALERT, kind="rule.account_takeover", title="Account taken over", explanation="x", severity="critical", risk=90,
        detection="d", since=EPOCH,
    )  # fmt: skip
    decided = CredentialDecided(
        action="hold", state="decided", reason="taken over", policy="p/1", alert=ALERT
    )
    step = EnforcementRecorded(decision=DECIDED, action="hold", step="ca_updated", at=EPOCH)
    session = SessionOpened(session="s1", address="198.51.100.20")
    return [
        _told(0, 0, "event-provisioned", DeviceProvisioned(model="cam", site="lab", firmware="1.0")),
        _told(60, 60, "event-opened", opened),
        _told(61, 62, DECIDED, decided),
        _told(63, 64, "event-step", step),
        _told(30, 3600, "event-session", session),
    ]


def _told(happened_s: float, recorded_s: float, name: str, data: Event) -> Told:
    happened, recorded = (EPOCH + timedelta(seconds=s) for s in (happened_s, recorded_s))
    return Told("cam", name, happened, recorded, data)
