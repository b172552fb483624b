"""The chart functions every page draws with.

Each returns an Altair chart whose specification does not change while only data does, so a refresh moves points and redraws
nothing. Times are drawn in the reader's zone by the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

import altair as alt
import pandas as pd

from dashboards.components.numbers import label_of, unit_of
from dashboards.theme import CRITICAL, HIGH, MEDIUM, OKABE_ITO, UNKNOWN, WELL

GAP_FACTOR = 5.0
NEIGHBOURS = 6
LINE, BAND = OKABE_ITO[0], OKABE_ITO[5]
TIME_AXIS = {"title": None, "grid": False, "tickCount": 8, "labelOverlap": True}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as a labelled rule on the time axis."""

    time: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One point of a series."""

    time: datetime
    value: float


def segments(times: Sequence[datetime]) -> list[int]:
    """Which unbroken stretch of the line each point belongs to; a new one begins after a gap.

    A gap is a pause more than five times as long as the median of the pauses around it, so a device that changes its
    pace has none and a device that skips a few reports has one.
    """
    pauses = [(b - a).total_seconds() for a, b in pairwise(times)]
    numbers = [0] * len(times)
    for index, pause in enumerate(pauses):
        around = pauses[max(0, index - NEIGHBOURS) : index] + pauses[index + 1 : index + 1 + NEIGHBOURS]
        gap = bool(around) and pause > GAP_FACTOR * max(median(around), 1e-6)
        numbers[index + 1] = numbers[index] + gap
    return numbers


def series(
    samples: Sequence[Sample],
    *,
    metric: str,
    window: tuple[datetime, datetime],
    band: tuple[float, float] | None = None,
    anomalies: Sequence[Sample] = (),
    marks: Sequence[Mark] = (),
    height: int = 120,
    labels: bool = True,
) -> alt.LayerChart:
    """A metric over time: its usual range as a pale band, the values as a line with gaps left open, anomalies as marked points, and what
    happened as rules; `labels` names the rules (once for charts above one another)."""
    x = alt.X("time:T", axis=alt.Axis(**TIME_AXIS))
    title = f"{label_of(metric)}, {unit_of(metric)}" if unit_of(metric) else label_of(metric)
    y = alt.Y(
        "value:Q",
        title=title,
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(
            tickCount=4,
            minExtent=52,
            maxExtent=52,
            titleFontWeight="normal",
            titlePadding=10,
            format="~s" if _large(samples, band) else "",
        ),
    )
    layers: list[Any] = [_frame(window, x)]
    if band is not None:
        layers.append(_band(window, band, x))
    layers.append(_rules(marks, x))
    if labels and marks:
        layers.append(_labels(marks, x))
    layers.extend(_line(samples, metric, x, y))
    layers.append(_anomalies(anomalies, metric, x))
    return alt.layer(*layers).properties(height=height)


def _large(samples: Sequence[Sample], band: tuple[float, float] | None) -> bool:
    return max([abs(s.value) for s in samples] + [abs(v) for v in band or ()], default=0.0) >= 10_000


def _frame(window: tuple[datetime, datetime], x: alt.X) -> alt.Chart:
    frame = pd.DataFrame({"time": list(window)})
    return alt.Chart(frame).mark_point(opacity=0, size=0).encode(x=x)


def _band(window: tuple[datetime, datetime], band: tuple[float, float], x: alt.X) -> alt.Chart:
    frame = pd.DataFrame({"time": list(window), "low": [band[0]] * 2, "high": [band[1]] * 2})
    return alt.Chart(frame).mark_area(color=BAND, opacity=0.22).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")


def _line(samples: Sequence[Sample], metric: str, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    times = [sample.time for sample in samples]
    parts = segments(times)
    alone = {part for part in parts if parts.count(part) == 1} if len(set(parts)) < 200 else set()
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(times, utc=True),
            "value": [sample.value for sample in samples],
            "part": parts,
            "alone": [part in alone for part in parts],
        }
    )
    tooltip = [
        alt.Tooltip("time:T", title="time", format="%Y-%m-%d %H:%M:%S"),
        alt.Tooltip("value:Q", title=metric, format=".3~g"),
    ]
    base = alt.Chart(frame).encode(x=x, y=y, tooltip=tooltip)
    line = base.mark_line(color=LINE, strokeWidth=1.4).encode(detail="part:N")
    dots = base.transform_filter("datum.alone").mark_point(color=LINE, filled=True, size=10)
    return [line, dots]


def _anomalies(anomalies: Sequence[Sample], metric: str, x: alt.X) -> alt.Chart:
    frame = pd.DataFrame(
        {"time": pd.to_datetime([a.time for a in anomalies], utc=True), "value": [a.value for a in anomalies]}
    ).astype({"value": "float64"})
    tooltip = [
        alt.Tooltip("time:T", title="found odd at", format="%Y-%m-%d %H:%M:%S"),
        alt.Tooltip("value:Q", title=metric, format=".3~g"),
    ]
    return (
        alt.Chart(frame)
        .mark_point(color=CRITICAL, shape="diamond", filled=True, size=90, opacity=1)
        .encode(x=x, y=alt.Y("value:Q"), tooltip=tooltip)
    )


def _marks_frame(marks: Sequence[Mark]) -> pd.DataFrame:
    return pd.DataFrame(
        {"time": pd.to_datetime([m.time for m in marks], utc=True), "label": [m.label for m in marks]}
    )


def _rules(marks: Sequence[Mark], x: alt.X) -> alt.Chart:
    tooltip = [
        alt.Tooltip("label:N", title="what"),
        alt.Tooltip("time:T", title="when", format="%Y-%m-%d %H:%M:%S"),
    ]
    return (
        alt.Chart(_marks_frame(marks))
        .mark_rule(color=UNKNOWN, strokeDash=[3, 3], strokeWidth=1.2)
        .encode(x=x, tooltip=tooltip)
    )


def _labels(marks: Sequence[Mark], x: alt.X) -> alt.Chart:
    frame = _marks_frame(marks)
    frame["row"] = [-4 - 12 * (index % 3) for index in range(len(frame))]
    return (
        alt.Chart(frame)
        .mark_text(align="left", baseline="bottom", dx=3, fontSize=11, color=UNKNOWN)
        .encode(x=x, y=alt.Y("row:Q", scale=None), text="label:N")
    )


def sequential_test(
    times: Sequence[datetime],
    estimates: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    margin: float,
    height: int = 260,
) -> alt.LayerChart:
    """How the gate's estimate and its interval narrowed: the verdict turns when the whole interval lies on one side of a boundary.

    All values are shares (0-1) and drawn as percentage points; above 0 the new firmware fails more often.
    """
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(list(times), utc=True),
            "estimate": [100 * value for value in estimates],
            "low": [100 * value for value in lows],
            "high": [100 * value for value in highs],
        }
    )
    x = alt.X("time:T", axis=alt.Axis(**TIME_AXIS))
    title = "more failures with the new firmware, points"
    y = alt.Y("low:Q", title=title, axis=alt.Axis(titleFontWeight="normal", tickCount=6))
    tooltip = [
        alt.Tooltip("time:T", format="%Y-%m-%d %H:%M:%S"),
        alt.Tooltip("estimate:Q", format="+.3~g"),
        alt.Tooltip("low:Q", title="interval from", format="+.3~g"),
        alt.Tooltip("high:Q", title="interval to", format="+.3~g"),
    ]
    base = alt.Chart(frame).encode(x=x)
    interval = base.mark_area(color=BAND, opacity=0.28).encode(y=y, y2="high:Q", tooltip=tooltip)
    estimate = base.mark_line(color=LINE, strokeWidth=2).encode(y=alt.Y("estimate:Q"), tooltip=tooltip)
    edges = [
        base.mark_line(color=LINE, strokeWidth=1, opacity=0.6).encode(y=alt.Y(f"{edge}:Q"))
        for edge in ("low", "high")
    ]
    lines = [
        *_boundary(100 * margin, "margin: PROMOTE once the whole interval is below", WELL, "bottom"),
        *_boundary(0.0, "no difference: ROLLBACK once the whole interval is above", HIGH, "top"),
    ]
    return alt.layer(interval, *edges, estimate, *lines).properties(height=height)


def _boundary(value: float, label: str, colour: str, side: str) -> list[alt.Chart]:
    base = alt.Chart(pd.DataFrame({"value": [value], "label": [label]})).encode(y=alt.Y("value:Q"))
    text = base.mark_text(
        align="right", baseline=side, dx=-4, dy=-3 if side == "bottom" else 4, color=colour, fontSize=12
    ).encode(x=alt.value("width"), text="label:N")
    return [base.mark_rule(color=colour, strokeWidth=1.4, strokeDash=[6, 3]), text]


def latencies(
    times: Sequence[datetime], seconds: Sequence[float], names: Sequence[str], height: int = 150
) -> alt.LayerChart:
    """How long each cut-off took, a point each, on a logarithmic axis, with the median as a line."""
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(list(times), utc=True),
            "seconds": [max(s, 1e-3) for s in seconds],
            "device": list(names),
        }
    )
    tooltip = [
        alt.Tooltip("device:N"),
        alt.Tooltip("seconds:Q", title="cut off after, s", format=".3~g"),
        alt.Tooltip("time:T", format="%Y-%m-%d %H:%M:%S"),
    ]
    y = alt.Y(
        "seconds:Q",
        title="event to cut-off, s",
        scale=alt.Scale(type="log", nice=True),
        axis=alt.Axis(titleFontWeight="normal", tickCount=4, format="~g"),
    )
    dots = alt.Chart(frame).mark_point(color=LINE, filled=True, size=70, opacity=0.9)
    rule = alt.Chart(frame).mark_rule(color=MEDIUM, strokeDash=[6, 3]).encode(y=alt.Y("median(seconds):Q"))
    return alt.layer(
        rule, dots.encode(x=alt.X("time:T", axis=alt.Axis(**TIME_AXIS)), y=y, tooltip=tooltip)
    ).properties(height=height)
