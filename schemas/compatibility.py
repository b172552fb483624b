"""What may change in an event type that has shipped: a new reader must understand every record that is already on the log.

Allowed: a new optional field, a required field that becomes optional, a wider enum or type (integer to number, text to text or null).
Refused, with the type, the field and the rule: see `Rule`. A change of the last kind needs a new version of the type and an upcaster.

A changed default is refused because a writer leaves out what has the default value (`omit_defaults`): records without the field would come
to mean something else. Wider enums and types are safe for the log, but readers must be upgraded before writers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.json_schema import Schema

Rule = Literal[
    "removed or renamed type",
    "changed topic",
    "removed field",
    "new required field",
    "changed type",
    "narrowed enum",
    "changed default",
    "tighter limit",
    "refuses unknown fields",
]
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "multipleOf", "uniqueItems")


@dataclass(frozen=True, slots=True)
class Breach:
    """One incompatible change; as text it is the line a developer reads."""

    type: str
    field: str
    rule: Rule
    detail: str = ""

    def __str__(self) -> str:
        where = f"{self.type}: {self.field}: " if self.field else f"{self.type}: "
        return where + self.rule + (f" ({self.detail})" if self.detail else "")


def breaches(
    shipped: Mapping[str, Schema], today: Mapping[str, Schema], upcast: Mapping[str, object] | None = None
) -> list[Breach]:
    """Every incompatible change between two sets of `event_schema`s by type name; empty where all records stay readable.

    `upcast` has the retired types that have an upcaster: those may be gone.
    """
    found: list[Breach] = []
    for name, old in shipped.items():
        new = today.get(name)
        if new is not None:
            found += _of_type(name, old, new)
        elif name not in (upcast or {}):
            found.append(
                Breach(
                    name,
                    "",
                    "removed or renamed type",
                    "its records are on the log; keep it or add an upcaster",
                )
            )
    return found


def _of_type(name: str, old: Schema, new: Schema) -> list[Breach]:
    found = [Breach(name, *rest) for rest in _Comparison(old, new).differences(old, new, "")]
    if old["topic"] != new["topic"]:
        found.insert(0, Breach(name, "", "changed topic", f"was {old['topic']}, is {new['topic']}"))
    return found


Found = tuple[str, Rule, str]


class _Comparison:
    """Two schemas with their definitions, so that references can be followed; each pair of references is compared once."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old_parts: Mapping[str, Schema] = old.get("$defs", {})
        self._new_parts: Mapping[str, Schema] = new.get("$defs", {})
        self._open: set[tuple[str, str]] = set()

    def differences(self, old: Schema, new: Schema, at: str) -> Iterator[Found]:
        """What `old` accepts and `new` doesn't: field, rule and what exactly."""
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self._open:
            return
        self._open.add(pair)
        options = _alternatives(new, self._new_parts)
        for choice in _alternatives(old, self._old_parts):
            yield from self._closest(choice, options, at)
        self._open.discard(pair)

    def _closest(self, old: Schema, options: list[Schema], at: str) -> list[Found]:
        fitting = [option for option in options if _types(old) <= _types(option) and _form(old, option)]
        if not fitting:
            return [
                (at, "changed type", f"was {_said(old)}, is {' or '.join(map(_said, options)) or 'nothing'}")
            ]
        return min((list(self._simple(old, option, at)) for option in fitting), key=len)

    def _simple(self, old: Schema, new: Schema, at: str) -> Iterator[Found]:
        yield from _enums(old, new, at)
        yield from _limits(old, new, at)
        if "properties" in old:
            yield from self._fields(old, new, at)
        if isinstance(old.get("additionalProperties"), dict):
            yield from self.differences(old["additionalProperties"], new["additionalProperties"], f"{at}{{}}")
        if "items" in old and isinstance(old["items"], dict):
            yield from self.differences(old["items"], new["items"], f"{at}[]")
        for place, (was, now) in enumerate(
            zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=True)
        ):
            yield from self.differences(was, now, f"{at}[{place}]")

    def _fields(self, old: Schema, new: Schema, at: str) -> Iterator[Found]:
        was, now = old["properties"], new["properties"]
        needed_before, needed_now = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in was.items():
            path = f"{at}.{name}" if at else name
            if name not in now:
                yield path, "removed field", ""
                continue
            if name in needed_now - needed_before:
                yield path, "new required field", "was optional"
            elif name not in needed_before and field.get("default") != now[name].get("default"):
                yield (
                    path,
                    "changed default",
                    f"was {field.get('default')!r}, is {now[name].get('default')!r}",
                )
            yield from self.differences(field, now[name], path)
        for name in now:
            if name not in was and name in needed_now:
                yield f"{at}.{name}" if at else name, "new required field", ""
        if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield at, "refuses unknown fields", ""


def _alternatives(schema: Schema, parts: Mapping[str, Schema]) -> list[Schema]:
    if "$ref" in schema:
        return _alternatives(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema or "oneOf" in schema:
        choices = schema.get("anyOf") or schema["oneOf"]
        return [found for choice in choices for found in _alternatives(choice, parts)]
    return [schema]


def _types(schema: Schema) -> set[str]:
    """The JSON types a schema accepts; an integer is a number too, so a number accepts what an integer does."""
    if "enum" in schema or "const" in schema:
        return {_type_of(value) for value in _allowed(schema) or ()}
    given = schema.get("type", ["null", "boolean", "integer", "number", "string", "array", "object"])
    types = {given} if isinstance(given, str) else set(given)
    return types | {"integer"} if "number" in types else types


def _type_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return names.get(type(value), "object")


def _form(old: Schema, new: Schema) -> bool:
    """Whether two schemas of one JSON type mean the same by it: text or a time, a struct or a map, a list or a tuple."""
    map_like = [isinstance(schema.get("additionalProperties"), dict) for schema in (old, new)]
    return (
        old.get("format") == new.get("format")
        and old.get("contentEncoding") == new.get("contentEncoding")
        and map_like[0] == map_like[1]
        and ("properties" in old) == ("properties" in new)
        and isinstance(old.get("items"), dict) == isinstance(new.get("items"), dict)
        and len(old.get("prefixItems", ())) == len(new.get("prefixItems", ()))
    )


def _allowed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _enums(old: Schema, new: Schema, at: str) -> Iterator[Found]:
    was, now = _allowed(old), _allowed(new)
    if now is None:
        return
    if was is None:
        yield at, "narrowed enum", f"was any {_said(old)}, is {now}"
    elif lost := [value for value in was if value not in now]:
        yield at, "narrowed enum", f"no longer {', '.join(map(repr, lost))}"


def _limits(old: Schema, new: Schema, at: str) -> Iterator[Found]:
    for name in (*LOWER, *UPPER, *EXACT):
        was, now = old.get(name), new.get(name)
        if now is not None and not _no_tighter(name, was, now):
            yield at, "tighter limit", f"{name} was {was!r}, is {now!r}"


def _no_tighter(name: str, was: Any, now: Any) -> bool:
    if was is None or was == now:
        return bool(was == now)
    return bool((name in LOWER and now < was) or (name in UPPER and now > was))


def _said(schema: Schema) -> str:
    if (values := _allowed(schema)) is not None:
        return f"one of {values}"
    given = schema.get("type", "anything")
    name = given if isinstance(given, str) else " or ".join(given)
    if isinstance(schema.get("additionalProperties"), dict):
        name = "map"
    return f"{name} ({schema['format']})" if "format" in schema else name
