"""What happened while a metric was measured, as labelled rules on the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import altair as alt
import pandas as pd

from dashboards.components.charts.canvas import Canvas, time_tooltip, utc

# Of the width of a chart: labels nearer than this would cover each other.
LABEL_APART = 0.12
ROWS = 2
# A label is never cut to less, and ends so far before the next one.
LEAST_PX, APART_PX = 24, 6


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as a labelled rule on the time axis."""

    time: datetime
    label: str


def rules(marks: Sequence[Mark], canvas: Canvas) -> alt.Chart:
    """A dashed rule a mark."""
    rule = alt.Chart(_frame(marks)).mark_rule(color=canvas.faint, strokeDash=[3, 3], strokeWidth=1.2)
    return rule.encode(x=canvas.x, tooltip=[alt.Tooltip("label:N", title="what"), time_tooltip("when")])


def labels(marks: Sequence[Mark], canvas: Canvas) -> list[alt.Chart]:
    """The names of marks above the chart, on the side of their rule that has more room, cut off where the next one begins."""
    middle = canvas.window[0] + canvas.span / 2
    groups = grouped(marks, canvas.span)
    early, late = [m for m in groups if m.time < middle], [m for m in groups if m.time >= middle]
    sides = (("left", early), ("right", late))
    found = zip(sides, rooms([m.time for m in early], [m.time for m in late], canvas.window), strict=True)
    return [_names(side, align, room, canvas) for (align, side), room in found if side]


def rooms(
    early: Sequence[datetime], late: Sequence[datetime], window: tuple[datetime, datetime]
) -> tuple[list[float], list[float]]:
    """How wide each label may be, as a share of the chart's width: those `early` lie right of their time, those `late` left of it, both
    in `ROWS` rows by turns. Between the last early and the first late one of a row the room is shared."""
    span = window[1] - window[0]

    def right_of(place: int) -> float:
        start, after = early[place], early[place + ROWS :]
        if after:
            return (after[0] - start) / span
        beside = late[place % ROWS : place % ROWS + 1]
        return (beside[0] - start) / span / 2 if beside else (window[1] - start) / span

    def left_of(place: int) -> float:
        if place >= ROWS:
            return (late[place] - late[place - ROWS]) / span
        beside = early[place % ROWS :: ROWS][-1:]
        return (late[place] - beside[0]) / span / 2 if beside else (late[place] - window[0]) / span

    return [right_of(place) for place in range(len(early))], [left_of(place) for place in range(len(late))]


def grouped(marks: Sequence[Mark], span: timedelta) -> list[Mark]:
    """Marks in order of time, those so close in a chart of this span that their labels would cover each other under one label."""
    apart = LABEL_APART * span
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda m: m.time):
        if groups and mark.time - groups[-1][0].time < apart:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return [Mark(group[0].time, ", ".join(dict.fromkeys(m.label for m in group))) for group in groups]


def onset(since: datetime, canvas: Canvas, *, below: bool) -> list[alt.Chart]:
    """The moment a metric became odd, as a solid rule; its name at its top or `below`, on the side that has room."""
    base = alt.Chart(_frame([Mark(since, "odd since")]))
    late = since - canvas.window[0] > canvas.span * (1 - LABEL_APART)
    text = base.mark_text(
        align="right" if late else "left",
        baseline="bottom" if below else "top",
        dx=-4 if late else 4,
        dy=-8 if below else 2,
        fontSize=11,
        color=canvas.odd,
    )
    return [
        base.mark_rule(color=canvas.odd, strokeWidth=1.4).encode(
            x=canvas.x, tooltip=[time_tooltip("odd since")]
        ),
        text.encode(x=canvas.x, y=alt.value("height" if below else 0), text="label:N"),
    ]


def _names(marks: Sequence[Mark], align: str, room: Sequence[float], canvas: Canvas) -> alt.Chart:
    # In rows by turns, so that long ones have room.
    rows = [-3 - 13 * (index % ROWS) for index in range(len(marks))]
    text = alt.Chart(_frame(marks).assign(row=rows, room=list(room))).mark_text(
        align=align,
        baseline="bottom",
        fontSize=11,
        color=canvas.faint,
        limit=alt.ExprRef(f"max({LEAST_PX}, width * datum.room - {APART_PX})"),
    )
    tooltip = [alt.Tooltip("label:N", title="what"), time_tooltip("when")]
    return text.encode(x=canvas.x, y=alt.Y("row:Q", scale=None), text="label:N", tooltip=tooltip)


def _frame(marks: Sequence[Mark]) -> pd.DataFrame:
    return pd.DataFrame({"time": utc([m.time for m in marks]), "label": [m.label for m in marks]})
