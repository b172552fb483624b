"""A kind of event of the made-up past, as an expression ClickHouse makes its JSON with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


class Sql(str):
    """An expression in the text of an event, not a text; it sees `number` and `device`."""


@dataclass(frozen=True)
class Kind:
    """So many events of one type with these fields, each `after_ms` after its turn, in the order `order` within its turn."""

    type: str
    topic: str
    count: int
    after_ms: int
    order: int
    fields: dict[str, Any]
    subject: str = "device"

    @property
    def data(self) -> str:
        """The event's JSON as an expression."""
        return f"concat({', '.join(_pieces(self.fields))})"


def _pieces(value: Any) -> list[str]:
    if isinstance(value, Sql):
        return [f"toJSONString({value})"]
    if isinstance(value, dict) and value:
        parts = ["'{'"]
        for place, (name, item) in enumerate(value.items()):
            parts += [f"'{', ' if place else ''}\"{name}\": '", *_pieces(item)]
        return [*parts, "'}'"]
    if isinstance(value, list) and value:
        return ["'['", *_pieces(value[0]), "']'"]
    return [f"'{json.dumps(value)}'"]
