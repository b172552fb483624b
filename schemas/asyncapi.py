"""The AsyncAPI 3.0 document of the log: every topic, who writes it, and what its records are.

Source: AsyncAPI 3.0.0, Kafka bindings 0.5.0.
"""

from __future__ import annotations

from typing import Any

from schemas.message import BINDING, messages, names_of
from schemas.topics import TOPICS, Topic

Document = dict[str, Any]
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


def document() -> Document:
    """The whole document as plain JSON values, in a fixed order."""
    made, schemas = messages()
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
        "components": {"messages": made, "schemas": schemas},
    }


def _channel(topic: Topic) -> Document:
    settings = topic.settings
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"Key: {KEYS[topic.key]} Written by: {', '.join(topic.writers) or 'anybody outside'}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names_of(topic)},
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
