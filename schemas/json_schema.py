"""JSON Schema of the event types, from the structs: what is generated, and what compatibility is judged by."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.event import Event

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema(kind: type[Event]) -> Schema:
    """The JSON Schema (draft 2020-12) of one event type's data, self-contained; `topic` is where it is written."""
    (root,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = parts.pop(root["$ref"].rpartition("/")[2])
    definitions = {"$defs": _tidied(parts)} if parts else {}
    return {
        "$schema": DIALECT,
        "$id": f"{kind.TYPE}.json",
        "topic": kind.TOPIC,
        **_tidied(own),
        **definitions,
    }


def components(kinds: Iterable[type[msgspec.Struct]]) -> tuple[list[Schema], dict[str, Schema]]:
    """A reference for each struct and the schemas they refer to by name, for AsyncAPI's `components/schemas`."""
    roots, parts = msgspec.json.schema_components(list(kinds), ref_template="#/components/schemas/{name}")
    return list(roots), _tidied(parts)


def without_words(schema: Any) -> Any:
    """A schema without titles and descriptions, which change without changing what is valid."""
    return _walked(
        schema, lambda found: {k: v for k, v in found.items() if k not in ("title", "description")}
    )


def _tidied(schemas: Any) -> Any:
    return _walked(schemas, _with_clean_description)


def _with_clean_description(schema: Schema) -> Schema:
    text = schema.get("description")
    return {**schema, "description": inspect.cleandoc(text)} if isinstance(text, str) else schema


def _walked(schema: Any, change: Any) -> Any:
    # What lies under `properties` and `$defs` is named by people: a field called `title` is no title.
    if isinstance(schema, list | tuple):
        return [_walked(item, change) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = ("properties", "$defs")
    return {
        name: {own: _walked(item, change) for own, item in part.items()}
        if name in named
        else _walked(part, change)
        for name, part in change(schema).items()
    }
