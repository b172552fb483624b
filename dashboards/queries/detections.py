"""What detectors found on a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store

DETECTIONS = "detections(tenants={tenants:Array(String)})"


@dataclass(frozen=True, slots=True)
class Detection:
    """One finding; the numbers are None (and `metric` empty) for a rule's, in the metric's own unit for a baseline's."""

    detection: str
    tenant: str
    device: str
    time: datetime
    detector: str
    version: int
    kind: str
    severity: str
    title: str
    explanation: str
    since: datetime | None
    metric: str
    actual: float | None
    expected: float | None
    low: float | None
    high: float | None
    score: float | None
    p_value: float | None
    evidence: str


def of_device(
    store: Store, tenants: Sequence[str], device: str, since: datetime, until: datetime
) -> list[Detection]:
    """A device's findings between two event times, oldest first."""
    source = f"""{DETECTIONS} WHERE device = {{device:String}}
        AND time >= {{since:DateTime64(6, 'UTC')}} AND time < {{until:DateTime64(6, 'UTC')}}
        ORDER BY time, detection LIMIT 1000"""
    parameters = {"tenants": tenants, "device": device, "since": since, "until": until}
    return store.rows(Detection, source, parameters)


def newest_silence(store: Store, tenants: Sequence[str], device: str) -> Detection | None:
    """The newest finding about a silence of a device, its beginning or its end; None where it was never told silent."""
    source = f"""{DETECTIONS} WHERE device = {{device:String}} AND startsWith(kind, 'silence.')
        ORDER BY time DESC, detection"""
    return store.one(Detection, source, {"tenants": tenants, "device": device})


def named(store: Store, tenants: Sequence[str], ids: Sequence[str]) -> list[Detection]:
    """The findings with these ids, oldest first."""
    source = f"{DETECTIONS} WHERE has({{ids:Array(String)}}, detection) ORDER BY time, detection"
    return store.rows(Detection, source, {"tenants": tenants, "ids": ids})
