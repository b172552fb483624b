"""A lost site as the four partitions tell of it, and the triage of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from schemas.detection import DetectionRaised, Scope, Severity
from schemas.event import Envelope
from tests.detectors.feedback.story import START, Told, finding

SITE = "silence site berlin"
OUT = "devices at site berlin fell silent together"
BACK = "devices at site berlin report again"


def told_of(
    device: str,
    minute: float,
    kind: str = "silence.outage",
    *,
    since: float = 0.0,
    members: int = 50,
    of: int = 60,
    key: str = SITE,
    what: str = OUT,
    severity: Severity = "high",
) -> Envelope:
    """What one partition says of a site, so many minutes after the start."""
    scope = Scope(key=key, members=members, of=of, what=what)
    name = f"{kind}-{device}-{minute}"
    found = finding(
        name, minute, None, device=device, kind=kind, severity=severity, p_value=1e-9, scope=scope
    )
    assert isinstance(found.data, DetectionRaised)
    data = msgspec.structs.replace(found.data, since=START + timedelta(minutes=since))
    return msgspec.structs.replace(found, data=data)


def alerts_of(findings: Iterable[Envelope]) -> list[Envelope]:
    """What the triage of each device's partition writes, every device in one of its own."""
    triages: dict[str, Told] = {}
    for one in findings:
        triages.setdefault(one.subject, Told()).take(one)
    return [output for told in triages.values() for output in told.outputs]
