"""A comparison as text: two columns, what differs marked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.as_of.comparison import Comparison, Line
from schemas.as_of.fleet import MOST_DEVICES
from schemas.event import rfc3339
from schemas.personal import readable

NOTHING, SAME = "-", "same"


def as_json(found: Comparison) -> str:
    """The comparison as one JSON object."""
    return json.dumps(found.plain(), default=_json, ensure_ascii=False)


def show(found: Comparison, console: Console, *, only_differences: bool = False) -> None:
    """Print the comparison: head, table, and the sentence that says how much differs."""
    lines = found.differences if only_differences else found.lines
    console.print(head(found), markup=False, highlight=False)
    for gap in found.gaps:
        console.print(f"caution: {gap}", style="yellow", markup=False, highlight=False)
    if found.then.get("exists") or found.now.get("exists"):
        console.print(_table(found, [line for line in lines if line.path != ("exists",)]))
    console.print(summary(found), markup=False, highlight=False)


def head(found: Comparison) -> str:
    """What is asked and of which moment."""
    owner = ", ".join(found.question.tenants) or "nobody"
    name = f"{found.question.kind} {found.question.name}".strip()
    why = f" ({found.moment.said})" if found.moment.said else ""
    return f"{name} of {owner} at {text_of(found.moment.at)}{why}"


def summary(found: Comparison) -> str:
    """How much differs, in a sentence."""
    if not found.then.get("exists") and not found.now.get("exists"):
        return "Nothing was known of it then, and nothing that happened until then is known now."
    if not found.then.get("exists"):
        return "Nothing was known of it then; what is known now came in later."
    count = len(found.differences)
    if not count:
        return "Nothing that came in since changes the answer."
    things = "1 thing differs" if count == 1 else f"{count} things differ"
    full = len(found.now.get("not_fine") or ()) >= MOST_DEVICES
    return f"{things}, marked with *." + (
        f" Of the devices not fine the worst {MOST_DEVICES} are compared." if full else ""
    )


def _table(found: Comparison, lines: list[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    table.add_column("what", overflow="fold")
    table.add_column(f"as known {text_of(found.moment.known)}", overflow="fold")
    table.add_column(f"as known now, {text_of(found.asked_time)}", overflow="fold")
    for line in lines:
        style = "bold yellow" if line.differs else ""
        now = text_of(line.now) if line.differs else SAME
        cells = ("*" if line.differs else "", " ".join(line.path), text_of(line.then), now)
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def text_of(value: Any) -> str:
    """A value in one line."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        said = (f"{name} {text_of(item)}" for name, item in value.items() if item not in (None, ""))
        return ", ".join(said) or NOTHING
    if isinstance(value, list | tuple):
        return ", ".join(text_of(item) for item in value) or NOTHING
    return readable(str(value))


def _json(value: Any) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(type(value).__name__)
