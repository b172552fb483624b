"""What the layers of a chart over time share: the time axis, the window it shows and the colours that can be seen on its ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import altair as alt
import pandas as pd

from dashboards.theme import CRITICAL, OKABE_ITO, ON_DARK, UNKNOWN

BAND = OKABE_ITO[5]
TIME_AXIS = {
    "title": None,
    "grid": False,
    "tickCount": 8,
    "labelOverlap": True,
    # A label that stood out of the plot would make it narrower than those above it, and their times would not be below one another.
    "labelFlush": 24,
    "labelExpr": (
        "timeFormat(datum.value, seconds(datum.value) ? '%H:%M:%S' : "
        "hours(datum.value) || minutes(datum.value) ? '%H:%M' : '%b %d')"
    ),
}


@dataclass(frozen=True, slots=True)
class Canvas:
    """The window a chart shows, its x, and whether its ground is dark."""

    window: tuple[datetime, datetime]
    x: alt.X
    dark: bool

    @property
    def span(self) -> timedelta:
        """How much time it shows."""
        return self.window[1] - self.window[0]

    @property
    def odd(self) -> str:
        """The colour of what was found odd."""
        return ON_DARK[CRITICAL] if self.dark else CRITICAL

    @property
    def faint(self) -> str:
        """The colour of what explains and stands back."""
        return ON_DARK[UNKNOWN] if self.dark else UNKNOWN


def line_colour(dark: bool) -> str:
    """The colour of a series' line: of the palette's two blues the one that can be seen on this ground."""
    return OKABE_ITO[5] if dark else OKABE_ITO[0]


def time_x(**axis: bool) -> alt.X:
    """The time on the x axis; `axis` says which parts of it are drawn, where that is not left to the theme."""
    return alt.X("time:T", axis=alt.Axis(**TIME_AXIS, **axis))


def time_tooltip(title: str | None = None) -> alt.Tooltip:
    """A time to the second, under its field's name where it has no title."""
    named = {} if title is None else {"title": title}
    return alt.Tooltip("time:T", format="%Y-%m-%d %H:%M:%S", **named)


def utc(times: Sequence[datetime]) -> pd.DatetimeIndex:
    """Aware times as a column, which may be empty."""
    return pd.to_datetime(list(times), utc=True)
