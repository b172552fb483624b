"""Refusing fields a type does not have. Readers tolerate them (a newer writer may know more); who *takes in* data must not drop them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect


def unknown_field(value: object, kind: type[msgspec.Struct]) -> str:
    """The path (`data.policy.alhpa`) of the first field of a decoded JSON value that `kind` does not have, "" where there is none.

    The name is the sender's own text: at most 64 characters of it are repeated, and only printable ones. `value` must already be valid for
    `kind`.
    """
    return _unknown(value, inspect.type_info(kind), "data")


def _unknown(value: object, kind: inspect.Type, path: str) -> str:
    inner: list[tuple[str, object, inspect.Type]] = []
    if isinstance(kind, inspect.UnionType):
        inner = [
            (path, value, choice) for choice in kind.types if isinstance(choice, _OF.get(type(value), ()))
        ]
    elif isinstance(kind, inspect.StructType) and isinstance(value, dict):
        return _in_struct(value, kind, path)
    elif isinstance(kind, inspect.DictType) and isinstance(value, dict):
        inner = [(f"{path}[...]", item, kind.value_type) for item in value.values()]
    elif isinstance(kind, inspect.VarTupleType | inspect.ListType) and isinstance(value, list):
        inner = [(f"{path}[{place}]", item, kind.item_type) for place, item in enumerate(value)]
    return next((found for at, item, of in inner if (found := _unknown(item, of, at))), "")


_OF: dict[type, tuple[type, ...]] = {
    dict: (inspect.StructType, inspect.DictType),
    list: (inspect.VarTupleType, inspect.ListType),
}


def _in_struct(value: dict[str, Any], kind: inspect.StructType, path: str) -> str:
    fields = {field.encode_name: field.type for field in kind.fields}
    for name, item in value.items():
        if name not in fields:
            return f"{path}.{name[:64] if name.isprintable() else '...'}"
        if found := _unknown(item, fields[name], f"{path}.{name}"):
            return found
    return ""
