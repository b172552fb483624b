"""Who is cut off, who should be, and whether one device may connect."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from dashboards.components.numbers import count, counted
from dashboards.components.sentences.enumeration import listed
from dashboards.components.times import Reader, duration
from dashboards.queries.credentials import Credential, Decision


def cut_off_by_itself(credentials: Sequence[Credential]) -> int:
    """How many are cut off now without a person's word."""
    return sum(c.state in ("held", "revoked") and not c.actor for c in credentials)


def cut_offs(credentials: Sequence[Credential]) -> str:
    """Who is cut off now and how long it took."""
    cut = [c for c in credentials if c.state in ("held", "revoked")]
    if not cut:
        return "No credential is cut off."
    states = [
        f"{count(number)} {state}"
        for state in ("revoked", "held")
        if (number := sum(c.state == state for c in cut))
    ]
    people = len(cut) - cut_off_by_itself(cut)
    by = f", {count(people)} by a person" if people else ""
    return f"{counted(len(cut), 'device')} cut off ({listed(states)}{by}){_took(cut)}."


def _took(cut: Sequence[Credential]) -> str:
    took = [c.cut_off_s for c in cut if c.cut_off_s is not None]
    if not took:
        return ""
    if len(took) == 1:
        return f"; it took {duration(took[0])} from the event"
    middle, slowest = duration(median(took)), duration(max(took))
    if middle == slowest:
        return f", each within {slowest} of the event"
    return f"; half of them within {middle} of the event, the slowest in {slowest}"


def outstanding(credentials: Sequence[Credential], proposals: Sequence[Decision]) -> str:
    """Who should be cut off (or let back in) and isn't yet."""
    late = [c for c in credentials if c.pending]
    told = []
    if late:
        names = listed(
            [c.device for c in late[:3]] + ([f"{count(len(late) - 3)} more"] if len(late) > 3 else [])
        )
        verb = "is" if len(late) == 1 else "are"
        told.append(f"{names} {verb} decided on but not yet proven done.")
    if proposals:
        told.append(
            f"{counted(len(proposals), 'proposal')} {'waits' if len(proposals) == 1 else 'wait'} for a person."
        )
    return " ".join(told) or "Everything decided is done."


def proposal(waiting: Decision | None) -> str:
    """That a decision waits for a person; empty where none does."""
    return (
        f"A {waiting.action} of its certificate is proposed and waits for a person."
        if waiting is not None
        else ""
    )


def may_connect(
    device: str, credential: Credential | None, reader: Reader, waiting: Decision | None = None
) -> str:
    """Whether a device may still connect, and since when and by whom not; `waiting` is what is proposed about it."""
    return f"{_may_connect(device, credential, reader)} {proposal(waiting)}".strip()


def _may_connect(device: str, credential: Credential | None, reader: Reader) -> str:
    if credential is None or not credential.decision:
        return f"{device} may connect: nothing was ever decided about its certificate."
    if credential.state in ("held", "revoked"):
        since = credential.revocation_visible_at or credential.ca_updated_at
        when = f" since {reader.clock(since)}" if since else ""
        asked = f"{credential.actor} asked for it" if credential.actor else "the event"
        took = f", {duration(credential.cut_off_s)} after {asked}" if credential.cut_off_s is not None else ""
        why = f" {credential.reason}" if credential.actor else ""
        return f"{device} may not connect: its certificate is {credential.state}{when}{took}.{why}"
    if credential.pending:
        failed = (
            f" The last try failed: {credential.failure}."
            if credential.failed_at and credential.failure
            else ""
        )
        return f"{device} may still connect: its certificate should be {credential.wanted}, which is not proven yet.{failed}"
    if credential.action == "reinstate":
        by = f" by {credential.actor}" if credential.actor else ""
        when = f" at {reader.clock(credential.reinstated_at)}" if credential.reinstated_at else ""
        return f"{device} may connect: its certificate was reinstated{by}{when}."
    return f"{device} may connect."
