"""How long what is kept: the declared table, with what the last run removed."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.components.numbers import count, counted
from dashboards.components.table import Column, table
from dashboards.components.times import Reader
from dashboards.queries.privacy import Removed
from dashboards.view import View
from schemas.retention import FOR_EVER, RETENTION, Retention

DAY_MS = 86_400_000


def told(removed: Sequence[Removed], reader: Reader) -> str:
    """When retention last ran and what it removed, in a sentence."""
    if not removed:
        return "Retention has not run yet: python -m streams.privacy runs it every hour."
    rows = sum(one.rows for one in removed)
    return f"Retention last ran {reader.age(removed[0].applied_time)} and removed {counted(rows, 'row')}."


def draw(removed: Sequence[Removed], view: View) -> None:
    """The table of classes."""
    last = {one.name: one for one in removed}
    columns = [
        Column[Retention]("Class", lambda r: r.name),
        Column[Retention]("Kept", kept),
        Column[Retention](
            "Older than", lambda r: view.reader.exact(last[r.name].cutoff) if r.name in last else ""
        ),
        Column[Retention](
            "Removed by the last run",
            lambda r: count(last[r.name].rows) if r.name in last else "",
            number=True,
        ),
        Column[Retention]("Topics", lambda r: ", ".join(r.topics), cut=True),
        Column[Retention]("Why", lambda r: r.why, wide=True),
    ]
    table(RETENTION, columns, caption="Retention", empty="")


def kept(one: Retention) -> str:
    """How long a class is kept, in words."""
    return "for ever" if one.keep_ms == FOR_EVER else counted(round(one.keep_ms / DAY_MS), "day")
