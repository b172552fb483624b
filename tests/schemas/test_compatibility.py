"""The checker of compatible changes, on schemas nobody wrote by hand, against a JSON Schema validator."""

from __future__ import annotations

import copy
from typing import Any, Literal

import jsonschema
import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.compatibility import Breach, breaches
from schemas.event import Event, Time
from schemas.json_schema import event_schema
from schemas.registry import EVENTS

Schema = dict[str, Any]
NAMES = st.sampled_from(["risk", "title", "kind", "since", "stage"])
WORDS = st.sampled_from(["low", "medium", "high", "critical"])
PLAIN = st.sampled_from(["string", "integer", "number", "boolean"]).map(lambda name: {"type": name})
ENUM = st.lists(WORDS, min_size=1, unique=True).map(lambda words: {"enum": sorted(words)})
INSTANCES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.one_of(WORDS, st.text(max_size=3)),
    "integer": st.integers(-9, 9),
    "number": st.one_of(st.integers(-9, 9), st.floats(-9, 9)),
    "boolean": st.booleans(),
    "null": st.none(),
}


def nullable(inner: Schema) -> Schema:
    return {"anyOf": [inner, {"type": "null"}]}


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> Schema:
    properties = draw(st.dictionaries(NAMES, inner, min_size=1, max_size=4))
    required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True))
    return {"type": "object", "properties": properties, "required": required}


def wider(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    lists = inner.map(lambda item: {"type": "array", "items": item})
    maps = inner.map(lambda item: {"type": "object", "additionalProperties": item})
    return st.one_of(lists, maps, inner.map(nullable), objects(inner))


FIELDS = st.recursive(st.one_of(PLAIN, ENUM), wider, max_leaves=6)


@st.composite
def events(draw: st.DrawFn) -> Schema:
    return {**draw(objects(FIELDS)), "topic": draw(st.sampled_from(["alerts", "detections"]))}


@st.composite
def instances(draw: st.DrawFn, schema: Schema) -> Any:
    if "anyOf" in schema:
        return draw(instances(draw(st.sampled_from(schema["anyOf"]))))
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if schema["type"] == "array":
        return draw(st.lists(instances(schema["items"]), max_size=2))
    if "additionalProperties" in schema:
        return draw(st.dictionaries(NAMES, instances(schema["additionalProperties"]), max_size=2))
    if schema["type"] == "object":
        given = [n for n in schema["properties"] if n in schema["required"] or draw(st.booleans())]
        return {name: draw(instances(schema["properties"][name])) for name in given}
    return draw(INSTANCES[schema["type"]])


def found(old: Schema, new: Schema) -> list[tuple[str, str]]:
    return [(breach.field, breach.rule) for breach in breaches({"a.b.v1": old}, {"a.b.v1": new})]


@st.composite
def changed(draw: st.DrawFn, old: Schema) -> Schema:
    """A schema near another one: most fields stay, some get wider, other, or go, and one may come."""
    properties: Schema = {}
    for name, field in old["properties"].items():
        change = draw(st.sampled_from(["keep", "keep", "keep", "widen", "widen", "replace", "drop"]))
        if change != "drop":
            properties[name] = {"keep": field, "widen": nullable(field)}.get(change) or draw(FIELDS)
    if draw(st.booleans()):
        properties["new"] = draw(FIELDS)
    required = [name for name in properties if name in old["required"] and draw(st.integers(0, 4))]
    return {**old, "properties": properties, "required": required}


@given(st.data())
def test_what_was_valid_stays_valid_where_nothing_is_breached(data: st.DataObject) -> None:
    old = data.draw(events())
    new = data.draw(changed(old))
    if not found(old, new):
        jsonschema.validate(data.draw(instances(old)), new)


@given(events())
def test_the_same_is_compatible_and_a_closed_one_is_not(schema: Schema) -> None:
    assert found(schema, copy.deepcopy(schema)) == []
    assert found(schema, {**schema, "additionalProperties": False}) == [("", "refuses unknown fields")]


@given(events(), FIELDS)
def test_an_optional_field_may_come_and_not_go_a_required_one_may_not_come(
    schema: Schema, field: Schema
) -> None:
    more = {**schema, "properties": {**schema["properties"], "new": field}}
    assert found(schema, more) == []
    assert found(more, schema) == [("new", "removed field")]
    assert found(schema, {**more, "required": [*schema["required"], "new"]}) == [
        ("new", "new required field")
    ]


@given(events(), st.data())
def test_a_field_may_become_optional_and_not_required(schema: Schema, data: st.DataObject) -> None:
    assume(len(schema["required"]) > 0)
    name = data.draw(st.sampled_from(schema["required"]))
    freer = {**schema, "required": [other for other in schema["required"] if other != name]}
    assert found(schema, freer) == []
    assert found(freer, schema) == [(name, "new required field")]


@given(events(), st.data())
def test_a_wider_type_is_compatible_and_a_narrower_one_is_named(schema: Schema, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(schema["properties"])))
    field = schema["properties"][name]
    wide = {**schema, "properties": {**schema["properties"], name: nullable(field)}}
    assert found(schema, wide) == []
    already = "anyOf" in field
    assert found(wide, schema) == ([] if already else [(name, "changed type")])


@given(st.lists(WORDS, min_size=2, unique=True), st.data())
def test_a_word_may_come_and_not_go(words: list[str], data: st.DataObject) -> None:
    less = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=len(words) - 1, unique=True))

    def schema(allowed: list[str]) -> Schema:
        return {"topic": "alerts", "type": "object", "properties": {"kind": {"enum": allowed}}}

    assert found(schema(less), schema(words)) == []
    assert found(schema(words), schema(less)) == [("kind", "narrowed enum")]
    text = {**schema(words), "properties": {"kind": {"type": "string"}}}
    assert found(schema(words), text) == []
    assert found(text, schema(words)) == [("kind", "narrowed enum")]


def test_every_shipped_type_with_any_field_gone_is_refused_by_name() -> None:
    for name, kind in EVENTS.items():
        schema = event_schema(kind)
        for field in schema["properties"]:
            less = copy.deepcopy(schema)
            del less["properties"][field]
            less["required"] = [other for other in less.get("required", []) if other != field]
            assert breaches({name: schema}, {name: less}) == [Breach(name, field, "removed field")]


class Inner(msgspec.Struct, omit_defaults=True):
    """Nested in the types below."""

    low: int
    alpha: float = 0.05


class Old(Event, frozen=True, kw_only=True):
    """As it was."""

    TYPE = "a.b.v1"
    TOPIC = "alerts"
    since: Time
    inner: Inner
    many: tuple[Inner, ...] = ()
    by_name: dict[str, Inner] = {}  # noqa: RUF012
    level: Literal["low", "high"] = "low"
    count: int | None = None


class InnerChanged(msgspec.Struct, omit_defaults=True):
    """Its default is another, and a field is text now."""

    low: str
    alpha: float = 0.01


class New(Event, frozen=True, kw_only=True):
    """As it must not become."""

    TYPE = "a.b.v1"
    TOPIC = "alerts"
    since: str
    inner: InnerChanged
    many: tuple[Inner, ...] = ()
    by_name: dict[str, InnerChanged] = {}  # noqa: RUF012
    level: Literal["low", "high"] = "high"
    count: float | str | None = None


def test_the_field_and_the_rule_are_named_however_deep() -> None:
    said = breaches({"a.b.v1": event_schema(Old)}, {"a.b.v1": event_schema(New)})
    assert [str(one) for one in said] == [
        "a.b.v1: since: changed type (was string (date-time), is string)",
        "a.b.v1: inner.low: changed type (was integer, is string)",
        "a.b.v1: inner.alpha: changed default (was 0.05, is 0.01)",
        "a.b.v1: by_name{}.low: changed type (was integer, is string)",
        "a.b.v1: by_name{}.alpha: changed default (was 0.05, is 0.01)",
        "a.b.v1: level: changed default (was 'low', is 'high')",
    ]


def test_a_limit_may_loosen_and_not_tighten() -> None:
    def schema(**limits: Any) -> Schema:
        field = {"type": "string", **limits}
        return {"topic": "alerts", "type": "object", "properties": {"name": field}}

    assert found(schema(maxLength=5), schema(maxLength=6)) == []
    assert found(schema(maxLength=5), schema()) == []
    assert found(schema(minLength=2), schema(minLength=1)) == []
    for limit in ({"maxLength": 4}, {"minLength": 3}, {"pattern": "a"}):
        tight = schema(**{"maxLength": 5, "minLength": 2, **limit})
        assert found(schema(maxLength=5, minLength=2), tight) == [("name", "tighter limit")]
