"""What the records of each topic are, as AsyncAPI messages: headers, content type and payload.

Sources: AsyncAPI 3.0.0, Kafka bindings 0.5.0, CloudEvents 1.0.2 Kafka binding.
"""

from __future__ import annotations

from typing import Any

from schemas import dead_letter, telemetry
from schemas.incoming import TelemetryReport
from schemas.json_schema import Schema, components
from schemas.registry import EVENTS
from schemas.security import SecurityEvent
from schemas.topics import Topic

Message = dict[str, Any]
BINDING = "0.5.0"
TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
BINARY: Schema = {"type": "string", "format": "binary"}


def _text(description: str) -> Schema:
    return {**TEXT, "description": description}


def _always(value: str) -> Schema:
    return {**TEXT, "const": value}


CLOUD_EVENT_HEADERS: Schema = {
    "type": "object",
    "description": "The attributes of CloudEvents 1.0 in Kafka's binary content mode.",
    "properties": {
        "content-type": _always("application/json"),
        "ce_specversion": _always("1.0"),
        "ce_id": _text("Derived from the event's inputs: the same event has the same id."),
        "ce_source": _text("Who says so."),
        "ce_subject": _text("The aggregate within the tenant: a device or a rollout."),
        "ce_time": {**TIME, "description": "Event time, RFC 3339 in UTC."},
        "ce_tenant": _text("Whose it is; an extension attribute."),
        "ce_cause": _text(
            "The input it was decided from, `topic/partition/offset`; absent for events from outside."
        ),
        "ce_decider": _text(
            "What decided it: name, version and the settings that mattered, `response@3?max_decisions=20`."
        ),
        "ce_statehash": _text("Names the state it was decided from."),
    },
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_subject", "ce_time", "ce_tenant"],
}

# The messages of topics that have no event types. Their payloads are ours to describe, but for a report's, which is a struct.
REPORT: Message = {
    "title": "Telemetry report",
    "summary": "What one device measured at one time; several may follow one another, one a line.",
    "contentType": "application/json",
    "payload": components([TelemetryReport])[0][0],
}
STRUCTURED_EVENT: Message = {
    "title": "Security event",
    "summary": "A security event as a CloudEvent in structured JSON mode; its data is that of a type on `security-events`.",
    "contentType": "application/cloudevents+json",
    "payload": {
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": TEXT,
            "type": {"enum": [name for name, kind in EVENTS.items() if issubclass(kind, SecurityEvent)]},
            "source": TEXT,
            "subject": _text("The device."),
            "time": TIME,
            "tenant": TEXT,
            "data": {"type": "object"},
        },
        "required": ["specversion", "id", "type", "source", "time", "data"],
    },
}
BATCH: Message = {
    "title": "Telemetry batch",
    "summary": f"An Arrow record batch; its columns are in {telemetry.SCHEMA_NAME}.json.",
    "contentType": "application/vnd.apache.arrow.stream",
    "headers": {
        "type": "object",
        "properties": {"schema": _always(telemetry.SCHEMA_NAME), "rows": TEXT},
        "required": ["schema", "rows"],
    },
    "payload": BINARY,
}
LETTER_HEADERS = (
    "id", "code", "field", "reason", "origin", "process", "time", "tenant", "device", "size_bytes", "sealed",
)  # fmt: skip
LETTER: Message = {
    "title": "Dead letter",
    "summary": "Input nobody could process: its raw bytes, and in the headers why, from where and when.",
    "contentType": "application/octet-stream",
    "headers": {
        "type": "object",
        "properties": dict.fromkeys(LETTER_HEADERS, TEXT),
        "required": list(LETTER_HEADERS),
    },
    "payload": BINARY,
}
SNAPSHOT: Message = {
    "title": "Snapshot of detection's state",
    "summary": "A chunk of one partition's state; private to detection, may be deleted: it is rebuilt from the log.",
    "contentType": "application/octet-stream",
    "payload": BINARY,
}
UNTYPED: dict[str, dict[str, Message]] = {
    "telemetry.raw": {"telemetry-report": REPORT, "cloud-event": STRUCTURED_EVENT},
    telemetry.TOPIC: {telemetry.SCHEMA_NAME: BATCH},
    dead_letter.TOPIC: {"dead-letter": LETTER},
    "detection-snapshots": {"state-snapshot": SNAPSHOT},
}


def names_of(topic: Topic) -> list[str]:
    """The names of the messages a topic carries; KeyError where nobody said: a topic without event types belongs in `UNTYPED`."""
    events = [name for name, kind in EVENTS.items() if topic.name == kind.TOPIC]
    return events or list(UNTYPED[topic.name])


def messages() -> tuple[dict[str, Message], dict[str, Schema]]:
    """Every message by its name, and the schemas their payloads refer to by name."""
    payloads, schemas = components([*EVENTS.values(), TelemetryReport])
    made = {name: _event_message(name, payload) for name, payload in zip(EVENTS, payloads, strict=False)}
    for untyped in UNTYPED.values():
        made |= untyped
    return made, schemas


def _event_message(name: str, payload: Schema) -> Message:
    kind = EVENTS[name]
    return {
        "name": name,
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {
            **CLOUD_EVENT_HEADERS,
            "properties": {**CLOUD_EVENT_HEADERS["properties"], "ce_type": _always(name)},
            "required": [*CLOUD_EVENT_HEADERS["required"], "ce_type"],
        },
        "payload": payload,
        "bindings": {"kafka": {"key": TEXT, "bindingVersion": BINDING}},
    }
