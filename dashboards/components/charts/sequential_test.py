"""A gate's sequential test: how its estimate and its interval narrowed, and the boundaries that decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import altair as alt
import pandas as pd

from dashboards.components.charts.canvas import BAND, line_colour, time_tooltip, time_x, utc
from dashboards.theme import HIGH, ON_DARK, WELL


def sequential_test(
    times: Sequence[datetime],
    estimates: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    margin: float,
    dark: bool = False,
    height: int = 300,
) -> alt.LayerChart:
    """How the gate's estimate and its interval narrowed: the verdict turns when the whole interval lies on one side of a boundary.

    All values are shares (0-1) and drawn as percentage points; above 0 the new firmware fails more often.
    """
    frame = _points(times, estimates, lows, highs)
    well, high = (ON_DARK[WELL], ON_DARK[HIGH]) if dark else (WELL, HIGH)
    lines = [
        *_boundary(100 * margin, "PROMOTE: all below the margin", well, "bottom"),
        *_boundary(0.0, "ROLLBACK: all above 0", high, "top"),
    ]
    layers = _interval(frame, line_colour(dark))
    return alt.layer(*layers, *lines).properties(height=height)


def _points(
    times: Sequence[datetime], estimates: Sequence[float], lows: Sequence[float], highs: Sequence[float]
) -> pd.DataFrame:
    shares = {"estimate": estimates, "low": lows, "high": highs}
    points = {name: [100 * value for value in values] for name, values in shares.items()}
    return pd.DataFrame({"time": utc(times), **points})


def _interval(frame: pd.DataFrame, colour: str) -> list[alt.Chart]:
    """The interval as a band between its edges, with the estimate in it."""
    tooltip = [
        time_tooltip(),
        alt.Tooltip("estimate:Q", format="+.3~g"),
        alt.Tooltip("low:Q", title="interval from", format="+.3~g"),
        alt.Tooltip("high:Q", title="interval to", format="+.3~g"),
    ]
    axis = alt.Axis(titleFontWeight="normal", tickCount=6)
    y = alt.Y("low:Q", title="extra failures, points", axis=axis)
    base = alt.Chart(frame).encode(x=time_x())
    edge = base.mark_line(color=colour, strokeWidth=1, opacity=0.6)
    line = base.mark_line(color=colour, strokeWidth=2)
    return [
        base.mark_area(color=BAND, opacity=0.28).encode(y=y, y2="high:Q", tooltip=tooltip),
        edge.encode(y=alt.Y("low:Q")),
        edge.encode(y=alt.Y("high:Q")),
        line.encode(y=alt.Y("estimate:Q"), tooltip=tooltip),
    ]


def _boundary(value: float, label: str, colour: str, side: str) -> list[alt.Chart]:
    base = alt.Chart(pd.DataFrame({"value": [value], "label": [label]})).encode(y=alt.Y("value:Q"))
    text = base.mark_text(
        align="right", baseline=side, dx=-4, dy=-3 if side == "bottom" else 4, color=colour, fontSize=12
    ).encode(x=alt.value("width"), text="label:N")
    return [base.mark_rule(color=colour, strokeWidth=1.4, strokeDash=[6, 3]), text]
