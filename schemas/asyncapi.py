"""The AsyncAPI 3.0 document of the log: every topic, who writes it, and what its records are.

Source: AsyncAPI 3.0.0, Kafka bindings 0.5.0, CloudEvents 1.0.2 Kafka binding.
"""

from __future__ import annotations

from typing import Any

from schemas import dead_letter, telemetry
from schemas.incoming import TelemetryReport
from schemas.json_schema import Schema, components
from schemas.registry import EVENTS
from schemas.topics import TOPICS, Topic

Document = dict[str, Any]
BINDING = "0.5.0"
TEXT: Schema = {"type": "string"}
KEYS = {
    "device": "`tenant/device`: all records about one device share a partition.",
    "rollout": "`tenant/rollout`: all records about one rollout share a partition.",
    "instance": "The counting process.",
    "leaf": "`tenant/leaf-<index>`: each leaf has its own; the newest record of a leaf counts.",
    "log": "`system/<origin>`: the proof log's name.",
    "firmware": "`tenant/model/firmware` or `tenant/vulnerability`; there is one partition.",
    "letter": "`tenant/letter id`: all actions on one dead letter share a partition.",
    "none": "Any or none; order does not matter.",
}
CLOUD_EVENT_HEADERS: Schema = {
    "type": "object",
    "description": "The attributes of CloudEvents 1.0 in Kafka's binary content mode.",
    "properties": {
        "content-type": {"type": "string", "const": "application/json"},
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {
            "type": "string",
            "description": "Derived from the event's inputs: the same event has the same id.",
        },
        "ce_source": {"type": "string", "description": "Who says so."},
        "ce_subject": {
            "type": "string",
            "description": "The aggregate within the tenant: a device or a rollout.",
        },
        "ce_time": {"type": "string", "format": "date-time", "description": "Event time, RFC 3339 in UTC."},
        "ce_tenant": {"type": "string", "description": "Whose it is; an extension attribute."},
        "ce_cause": {
            "type": "string",
            "description": "The input it was decided from, `topic/partition/offset`; absent for events from outside.",
        },
        "ce_decider": {
            "type": "string",
            "description": "What decided it: name, version and the settings that mattered, `response@1?max_decisions=20`.",
        },
        "ce_statehash": {"type": "string", "description": "Names the state it was decided from."},
    },
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_subject", "ce_time", "ce_tenant"],
}


def document() -> Document:
    """The whole document as plain JSON values, in a fixed order."""
    references, schemas = components([*EVENTS.values(), TelemetryReport])
    payloads = dict(zip([*EVENTS, "telemetry-report"], references, strict=True))
    messages = {
        **{name: _event_message(name, payloads[name]) for name in EVENTS},
        **_other_messages(payloads["telemetry-report"]),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vedette",
            "version": "1",
            "description": "The log of facts: every topic, who may write it, and what its records are.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "log": {"host": "127.0.0.1:9092", "protocol": "kafka", "description": "The local stack's broker."}
        },
        "channels": {name: _channel(topic) for name, topic in TOPICS.items()},
        "operations": dict(pair for topic in TOPICS.values() for pair in _operations(topic)),
        "components": {"messages": messages, "schemas": schemas},
    }


def messages_of(topic: Topic) -> list[str]:
    """The names of the messages a topic carries; KeyError where nobody said: a topic without event types belongs in `OTHER`."""
    events = [name for name, kind in EVENTS.items() if topic.name == kind.TOPIC]
    return events or OTHER[topic.name]


# What topics carry that have no event types.
OTHER: dict[str, list[str]] = {
    "telemetry.raw": ["telemetry-report", "cloud-event"],
    telemetry.TOPIC: [telemetry.SCHEMA_NAME],
    dead_letter.TOPIC: ["dead-letter"],
    "detection-snapshots": ["state-snapshot"],
}


def _channel(topic: Topic) -> Document:
    settings = topic.settings
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"Key: {KEYS[topic.key]} Written by: {', '.join(topic.writers) or 'anybody outside'}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages_of(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": settings["cleanup.policy"].split(","),
                    "retention.ms": int(settings["retention.ms"]),
                    "max.message.bytes": int(settings["max.message.bytes"]),
                },
                "bindingVersion": BINDING,
            }
        },
        "x-writers": list(topic.writers),
        "x-topic-settings": settings,
    }


def _operations(topic: Topic) -> list[tuple[str, Document]]:
    """One operation a writer; what anybody outside may write, Vedette receives."""
    path = topic.name.replace(".", "-")
    channel = {"$ref": f"#/channels/{topic.name}"}
    if not topic.writers:
        return [(f"receive-{path}", {"action": "receive", "channel": channel})]
    return [
        (
            f"{writer}-sends-{path}",
            {"action": "send", "channel": channel, "summary": f"{writer} writes {topic.name}."},
        )
        for writer in topic.writers
    ]


def _event_message(name: str, payload: Schema) -> Document:
    kind = EVENTS[name]
    described = dict(CLOUD_EVENT_HEADERS["properties"])
    described["ce_type"] = {"type": "string", "const": name}
    required = [*CLOUD_EVENT_HEADERS["required"], "ce_type"]
    return {
        "name": name,
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {**CLOUD_EVENT_HEADERS, "properties": described, "required": required},
        "payload": payload,
        "bindings": {"kafka": {"key": TEXT, "bindingVersion": BINDING}},
    }


def _other_messages(report: Schema) -> dict[str, Document]:
    binary: Schema = {"type": "string", "format": "binary"}
    names = (
        "id",
        "code",
        "field",
        "reason",
        "origin",
        "process",
        "time",
        "tenant",
        "device",
        "size_bytes",
        "sealed",
    )
    return {
        "telemetry-report": {
            "title": "Telemetry report",
            "summary": "What one device measured at one time; several may follow one another, one a line.",
            "contentType": "application/json",
            "payload": report,
        },
        "cloud-event": {
            "title": "Security event",
            "summary": "A security event as a CloudEvent in structured JSON mode; its data is that of a type on `security-events`.",
            "contentType": "application/cloudevents+json",
            "payload": {
                "type": "object",
                "properties": {
                    "specversion": {"const": "1.0"},
                    "id": TEXT,
                    "type": {
                        "enum": [name for name, kind in EVENTS.items() if kind.TOPIC == "security-events"]
                    },
                    "source": TEXT,
                    "subject": {"type": "string", "description": "The device."},
                    "time": {"type": "string", "format": "date-time"},
                    "tenant": TEXT,
                    "data": {"type": "object"},
                },
                "required": ["specversion", "id", "type", "source", "time", "data"],
            },
        },
        telemetry.SCHEMA_NAME: {
            "title": "Telemetry batch",
            "summary": f"An Arrow record batch; its columns are in {telemetry.SCHEMA_NAME}.json.",
            "contentType": "application/vnd.apache.arrow.stream",
            "headers": {
                "type": "object",
                "properties": {"schema": {"type": "string", "const": telemetry.SCHEMA_NAME}, "rows": TEXT},
                "required": ["schema", "rows"],
            },
            "payload": binary,
        },
        "dead-letter": {
            "title": "Dead letter",
            "summary": "Input nobody could process: its raw bytes, and in the headers why, from where and when.",
            "contentType": "application/octet-stream",
            "headers": {"type": "object", "properties": dict.fromkeys(names, TEXT), "required": list(names)},
            "payload": binary,
        },
        "state-snapshot": {
            "title": "Snapshot of detection's state",
            "summary": "A chunk of one partition's state; private to detection, may be deleted: it is rebuilt from the log.",
            "contentType": "application/octet-stream",
            "payload": binary,
        },
    }
