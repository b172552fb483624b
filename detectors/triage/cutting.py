"""Devices that were cut off: what triage notes of it, and which silences that explains."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from detectors.triage.case import Case, CutOff
from detectors.triage.urgency import SILENT
from schemas.credential import CredentialDecided
from schemas.cut_off import CutOffNoted
from schemas.detection import DetectionRaised
from schemas.event import Envelope

# A report that was under way when the device was cut off, or has the time of its own clock, may be so much later than the decision.
UNDER_WAY = timedelta(minutes=10)
# Decisions that change whether a device may connect.
CUTS: dict[str, Literal["hold", "revoke", "reinstate"]] = {
    "hold": "hold",
    "revoke": "revoke",
    "reinstate": "reinstate",
}
WORDS = {"hold": "held", "revoke": "revoked"}


def noted(case: Case, decision: str, data: CredentialDecided) -> CutOffNoted | None:
    """What follows from a decision: a note where it changes whether the device may connect, None where it doesn't or isn't in force."""
    if data.state != "decided":
        return None
    before = case.cut_off.action if case.cut_off else "reinstate"
    action = CUTS.get(data.action)
    return CutOffNoted(decision=decision, action=action) if action and action != before else None


def after(case: Case, event: Envelope, said: CutOffNoted) -> CutOff | None:
    """How the device stands after a note; one that is held and then revoked has been cut off since it was held."""
    if said.action == "reinstate":
        return None
    at = min(case.cut_off.at, event.time) if case.cut_off else event.time
    return CutOff(at=at, action=said.action)


def explains(case: Case, finding: DetectionRaised) -> bool:
    """Whether the finding is a silence that began when the device was cut off, not one of a device that has reported since."""
    cut = case.cut_off
    return cut is not None and finding.kind == SILENT and finding.since <= cut.at + UNDER_WAY


def sentence(cut: CutOff) -> str:
    """Why it is silent, for a person."""
    return f"Its certificate was {WORDS[cut.action]} before, so it cannot report."
