"""One security event as its sender wrote it: a structured-mode CloudEvent in JSON (CloudEvents 1.0.2, JSON format 1.0.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.ids import derive
from schemas.registry import EVENTS, REGISTRY, decode_data
from schemas.security import SecurityEvent
from schemas.topics import MAX_EVENT_BYTES
from streams.ingest.extension import extensions
from streams.ingest.record import event_time, identity_part, oversized
from streams.ingest.strict_json import parse_object
from streams.ingest.unit import Unit

MAX_ATTRIBUTE = 256
JSON_TYPES = ("application/json", "")


def parse_event(unit: Unit, early_us: int) -> Envelope:
    """The envelope of one unit; Rejected names the first attribute that is wrong.

    A device proven by its certificate may report what happens on it, not its own sessions or enrolment. The event's id is derived from
    tenant, source and the sender's id, which CloudEvents says are unique together, so an event sent twice is one.
    """
    if len(unit.raw) > MAX_EVENT_BYTES:
        raise oversized(len(unit.raw))
    value = parse_object(unit.raw)
    if value.get("specversion") != "1.0":
        raise Rejected("bad_specversion", "specversion", "must be 1.0")
    claimed = attribute(value, "type")
    type_name = _allowed_type(claimed, proven=bool(unit.device))
    tenant = identity_part(value, "tenant", unit.tenant)
    source = attribute(value, "source")
    return Envelope(
        id=derive("event", tenant, source, attribute(value, "id")),
        type=type_name,
        source=source,
        subject=identity_part(value, "device", unit.device, alias="subject"),
        tenant=tenant,
        time=event_time(value, unit.received_us + early_us),
        data=decode_data(claimed, _data(value), strict=True),
        extensions=extensions(value),
    )


def attribute(value: dict[str, Any], field: str) -> str:
    """A required attribute: text of 1 to 256 printable characters."""
    found = value.get(field)
    if found is None:
        raise Rejected("missing_field", field, "is missing")
    if not isinstance(found, str):
        raise Rejected("bad_type", field, "must be text")
    if not 1 <= len(found) <= MAX_ATTRIBUTE or not found.isprintable():
        raise Rejected("bad_attribute", field, f"must have 1 to {MAX_ATTRIBUTE} printable characters")
    return found


def is_event(raw: bytes) -> bool:
    """Whether a unit of either kind means to be a CloudEvent: an object with the attribute specversion."""
    if b'"specversion"' not in raw:
        return False
    try:
        return "specversion" in parse_object(raw)
    except Rejected:
        return True


def utc(time_us: int) -> datetime:
    """Microseconds since 1970 as an aware time."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)


def _allowed_type(claimed: str, *, proven: bool) -> str:
    """The type of today that a claimed one, which may be a retired version, is written as."""
    name = REGISTRY.current(claimed)
    kind = EVENTS[name]
    if not issubclass(kind, SecurityEvent) or (proven and kind.RESERVED):
        raise Rejected("forbidden_type", "type", f"a sender of this kind may not report {claimed}")
    return name


def _is_json(content_type: object) -> bool:
    return isinstance(content_type, str) and content_type.partition(";")[0].strip().lower() in JSON_TYPES


def _data(value: dict[str, Any]) -> bytes:
    if "data_base64" in value:
        raise Rejected("bad_data", "data_base64", "must be JSON in data")
    content_type = value.get("datacontenttype")
    if content_type is not None and not _is_json(content_type):
        raise Rejected("bad_data", "datacontenttype", "must be application/json")
    if value.get("data") is None:
        raise Rejected("missing_field", "data", "is missing")
    return msgspec.json.encode(value["data"])
