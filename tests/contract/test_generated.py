"""The checked-in contracts are what the code says, and are well-formed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas import asyncapi, generate, message, telemetry
from schemas.golden import read
from schemas.json_schema import event_schema
from schemas.registry import EVENTS
from schemas.ship import shipped
from schemas.topics import TOPICS


def test_the_generated_files_are_what_the_code_says() -> None:
    assert generate.stale() == [], (
        "the contracts changed: run `python -m schemas.generate` and check in what it writes"
    )


def test_what_is_missing_wrong_or_too_much_is_named_and_put_right(tmp_path: Path) -> None:
    generate.write(tmp_path)
    assert generate.stale(tmp_path) == []
    (tmp_path / "asyncapi.json").unlink()
    (tmp_path / "events" / "alert.opened.v1.json").write_text("{}")
    (tmp_path / "events" / "alert.vanished.v1.json").write_text("{}")
    assert generate.stale(tmp_path) == [
        "asyncapi.json is missing",
        "events/alert.opened.v1.json differs from the code",
        "events/alert.vanished.v1.json is for nothing",
    ]
    generate.write(tmp_path)
    assert generate.stale(tmp_path) == []


@pytest.mark.parametrize("name", sorted(EVENTS.keys() & shipped().events.keys()))
def test_every_schema_is_json_schema_and_takes_the_records_of_its_type(name: str) -> None:
    schema = event_schema(EVENTS[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for golden in read(name):
        validator.validate(golden.means["data"])
    assert not validator.is_valid({"no": "such field"}) or not schema.get("required")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        yield from (found for part in value.values() for found in references(part))
    elif isinstance(value, list):
        yield from (found for part in value for found in references(part))


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi.document()
    found = set(references(document))
    assert "#/components/messages/alert.opened.v1" in found
    for reference in found:
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
        assert part


def test_every_topic_is_a_channel_with_its_writers_and_every_event_type_is_on_one() -> None:
    document = asyncapi.document()
    channels = document["channels"]
    assert list(channels) == list(TOPICS)
    for name, topic in TOPICS.items():
        kafka = channels[name]["bindings"]["kafka"]
        assert (kafka["partitions"], channels[name]["x-writers"]) == (topic.partitions, list(topic.writers))
        channel = {"$ref": f"#/channels/{name}"}
        operations = [o["action"] for o in document["operations"].values() if o["channel"] == channel]
        assert operations == (["send"] * len(topic.writers) or ["receive"])
    carried = [message for channel in channels.values() for message in channel["messages"]]
    assert {*EVENTS, telemetry.SCHEMA_NAME, "dead-letter"} <= set(carried)
    assert len(carried) == len(set(carried))
    assert set(carried) == set(document["components"]["messages"])


def test_a_topic_whose_records_nobody_described_is_refused() -> None:
    with pytest.raises(KeyError, match=r"telemetry\.new"):
        message.names_of(type(TOPICS["telemetry"])("telemetry.new", "none", ()))
