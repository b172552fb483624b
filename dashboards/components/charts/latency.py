"""How long cut-offs took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import altair as alt
import pandas as pd

from dashboards.components.charts.canvas import line_colour, time_tooltip, time_x, utc
from dashboards.theme import MEDIUM

# A logarithmic axis has no place for 0.
LEAST_S = 1e-3


def latencies(
    times: Sequence[datetime],
    seconds: Sequence[float],
    names: Sequence[str],
    *,
    dark: bool = False,
    height: int = 150,
) -> alt.LayerChart:
    """How long each cut-off took, a point each, on a logarithmic axis, with the median as a line."""
    frame = pd.DataFrame(
        {"time": utc(times), "seconds": [max(s, LEAST_S) for s in seconds], "device": list(names)}
    )
    tooltip = [
        alt.Tooltip("device:N"),
        alt.Tooltip("seconds:Q", title="cut off after, s", format=".3~g"),
        time_tooltip(),
    ]
    axis = alt.Axis(titleFontWeight="normal", tickCount=4, format="~g")
    y = alt.Y("seconds:Q", title="event to cut-off, s", scale=alt.Scale(type="log", nice=True), axis=axis)
    dots = alt.Chart(frame).mark_point(color=line_colour(dark), filled=True, size=70, opacity=0.9)
    rule = alt.Chart(frame).mark_rule(color=MEDIUM, strokeDash=[6, 3]).encode(y=alt.Y("median(seconds):Q"))
    return alt.layer(rule, dots.encode(x=time_x(), y=y, tooltip=tooltip)).properties(height=height)
