"""OCSF objects out of an event's fields: devices, endpoints, users, findings."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import to_builtins

from schemas.detection import Contribution, Evidence, Expectation
from schemas.event import Envelope

Object = dict[str, Any]
IOT = 7
SEVERITIES = {"none": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
NAMES = ("Unknown", "Informational", "Low", "Medium", "High", "Critical")


def said(envelope: Envelope, name: str) -> Any:
    """A field of the event's data; None where its type has no such field."""
    return getattr(envelope.data, name, None)


def milliseconds(time: datetime) -> int:
    """OCSF's `timestamp_t`: milliseconds since 1970."""
    return int(time.timestamp() * 1000)


def without_empty(content: Object) -> Object:
    """The object without what nobody said."""
    return {name: value for name, value in content.items() if value not in (None, "", [], {}, ())}


def device(envelope: Envelope, uid: str = "") -> Object:
    """The device an event is about."""
    name = uid or envelope.subject
    return {"uid": name, "name": name, "hostname": name, "type": "IOT", "type_id": IOT}


def resource(envelope: Envelope, kind: str = "device") -> Object:
    """What a finding is about, as findings name it."""
    return {"uid": envelope.subject, "name": envelope.subject, "type": kind}


def endpoint(text: str) -> Object:
    """An address as its reporter saw it: as `ip` where it is one, else as a name (host names, sealed addresses)."""
    try:
        return {"ip": str(ipaddress.ip_address(text))}
    except ValueError:
        return {"name": text or "unknown"}


def device_endpoint(envelope: Envelope) -> Object:
    """The device as one end of a connection."""
    return {"uid": envelope.subject, "hostname": envelope.subject, "type": "IOT", "type_id": IOT}


def user(name: str) -> Object:
    """An account as the device names it."""
    return {"name": name or "unknown", "type_id": 0}


def product() -> Object:
    """Who made these events."""
    return {"name": "Vedette", "vendor_name": "Vedette"}


def finding_info(envelope: Envelope, uid: str, title: str, **more: Any) -> Object:
    """What was found, under an id that stays the same from its creation to its closing."""
    return without_empty(
        {"uid": uid, "title": title, "data_sources": [envelope.source] if envelope.source else [], **more}
    )


def related(evidence: tuple[Evidence, ...]) -> list[Object]:
    """The events a finding rests on."""
    return [{"uid": one.event, "desc": one.summary} for one in evidence]


def artifacts(reasons: Sequence[Contribution | Expectation]) -> list[Object]:
    """What a finding was decided from, each under the name of the metric or of what was looked at."""
    return [
        {"name": one.metric if isinstance(one, Contribution) else one.what, "data": to_builtins(one)}
        for one in reasons
    ]


def severity_id(text: str) -> int:
    """OCSF's number of a severity; 0 for one that is unknown."""
    return SEVERITIES.get(text, 0)
