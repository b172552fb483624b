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
from dashboards.theme import CRITICAL, HIGH, MEDIUM, OKABE_ITO, ON_DARK, UNKNOWN, WELL

GAP_FACTOR = 5.0
NEIGHBOURS = 6
BAND = OKABE_ITO[5]
TIME_AXIS = {
    "title": None,
    "grid": False,
    "tickCount": 8,
    "labelOverlap": True,
    "labelExpr": (
        "timeFormat(datum.value, seconds(datum.value) ? '%H:%M:%S' : "
        "hours(datum.value) || minutes(datum.value) ? '%H:%M' : '%b %d')"
    ),
}
LABEL_APART = 0.12


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


def line_colour(dark: bool) -> str:
    """The colour of a series' line: of the palette's two blues the one that can be seen on this ground."""
    return OKABE_ITO[5] if dark else OKABE_ITO[0]


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
    since: datetime | None = None,
    height: int = 130,
    labels: bool = True,
    axis: bool = True,
    dark: bool = False,
) -> alt.LayerChart:
    """A metric over time: its usual range as a pale band, the values as a line with gaps left open, anomalies as marked points, what
    happened as dashed rules and the moment it became odd (`since`) as a solid one. Of charts above one another the first has the rules'
    `labels` and the last the time `axis`."""
    x = alt.X("time:T", axis=alt.Axis(**TIME_AXIS, labels=axis, ticks=axis, domain=axis))
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
            format="~s" if _large(samples, band) else ",.4~r",
        ),
    )
    layers: list[Any] = [_frame(window, x)]
    if band is not None:
        layers.append(_band(window, band, x))
    if marks:
        layers.append(_rules(marks, x))
    if labels and marks:
        layers.extend(_labels(grouped(marks, window), window, x))
    layers.extend(_line(samples, metric, x, y, line_colour(dark)))
    odd = ON_DARK[CRITICAL] if dark else CRITICAL
    if since is not None:
        layers.extend(_since(since, window, x, odd, below=_rises(samples, anomalies)))
    if anomalies:
        layers.append(_anomalies(anomalies, metric, x, odd))
    return alt.layer(*layers).properties(height=height)


def _large(samples: Sequence[Sample], band: tuple[float, float] | None) -> bool:
    return max([abs(s.value) for s in samples] + [abs(v) for v in band or ()], default=0.0) >= 10_000


def _frame(window: tuple[datetime, datetime], x: alt.X) -> alt.Chart:
    frame = pd.DataFrame({"time": list(window)})
    return alt.Chart(frame).mark_point(opacity=0, size=0).encode(x=x)


def _band(window: tuple[datetime, datetime], band: tuple[float, float], x: alt.X) -> alt.Chart:
    frame = pd.DataFrame({"time": list(window), "low": [band[0]] * 2, "high": [band[1]] * 2})
    # The edge keeps a band visible that is thinner than a pixel beside what was found odd.
    area = alt.Chart(frame).mark_area(
        color=BAND, fillOpacity=0.22, stroke=BAND, strokeOpacity=0.5, strokeWidth=1
    )
    return area.encode(x=x, y=alt.Y("low:Q"), y2="high:Q")


def _line(samples: Sequence[Sample], metric: str, x: alt.X, y: alt.Y, colour: str) -> list[alt.Chart]:
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
    line = base.mark_line(color=colour, strokeWidth=1.4).encode(detail="part:N")
    if not alone:
        return [line]
    return [line, base.transform_filter("datum.alone").mark_point(color=colour, filled=True, size=10)]


def _anomalies(anomalies: Sequence[Sample], metric: str, x: alt.X, colour: str) -> alt.Chart:
    frame = pd.DataFrame(
        {"time": pd.to_datetime([a.time for a in anomalies], utc=True), "value": [a.value for a in anomalies]}
    ).astype({"value": "float64"})
    tooltip = [
        alt.Tooltip("time:T", title="found odd at", format="%Y-%m-%d %H:%M:%S"),
        alt.Tooltip("value:Q", title=metric, format=".3~g"),
    ]
    return (
        alt.Chart(frame)
        .mark_point(color=colour, shape="diamond", filled=True, size=90, opacity=1)
        .encode(x=x, y=alt.Y("value:Q"), tooltip=tooltip)
    )


def _rises(samples: Sequence[Sample], anomalies: Sequence[Sample]) -> bool:
    """Whether what was found odd lies above the middle of the line, so that there is room below it."""
    return bool(samples and anomalies) and anomalies[0].value > median(s.value for s in samples)


def _since(
    since: datetime, window: tuple[datetime, datetime], x: alt.X, colour: str, *, below: bool
) -> list[alt.Chart]:
    """The moment a metric became odd, as a solid rule; its name at its top or `below`, on the side that has room."""
    base = alt.Chart(_marks_frame([Mark(since, "odd since")]))
    tooltip = [alt.Tooltip("time:T", title="odd since", format="%Y-%m-%d %H:%M:%S")]
    late = since - window[0] > (window[1] - window[0]) * (1 - LABEL_APART)
    text = base.mark_text(
        align="right" if late else "left",
        baseline="bottom" if below else "top",
        dx=-4 if late else 4,
        dy=-8 if below else 2,
        fontSize=11,
        color=colour,
    )
    return [
        base.mark_rule(color=colour, strokeWidth=1.4).encode(x=x, tooltip=tooltip),
        text.encode(x=x, y=alt.value("height" if below else 0), text="label:N"),
    ]


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


def grouped(marks: Sequence[Mark], window: tuple[datetime, datetime]) -> list[Mark]:
    """Marks in order of time, those so close that their labels would cover each other under one label."""
    apart = LABEL_APART * (window[1] - window[0])
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda m: m.time):
        if groups and mark.time - groups[-1][0].time < apart:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return [Mark(group[0].time, ", ".join(dict.fromkeys(m.label for m in group))) for group in groups]


def _labels(marks: Sequence[Mark], window: tuple[datetime, datetime], x: alt.X) -> list[alt.Chart]:
    middle = window[0] + (window[1] - window[0]) / 2
    layers = []
    for align, side in (
        ("left", [m for m in marks if m.time < middle]),
        ("right", [m for m in marks if m.time >= middle]),
    ):
        if side:
            frame = _marks_frame(side)
            frame["row"] = [-3 - 13 * (index % 2) for index in range(len(frame))]
            text = alt.Chart(frame).mark_text(align=align, baseline="bottom", fontSize=11, color=UNKNOWN)
            layers.append(text.encode(x=x, y=alt.Y("row:Q", scale=None), text="label:N"))
    return layers


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
    colour = line_colour(dark)
    well, high = (ON_DARK[WELL], ON_DARK[HIGH]) if dark else (WELL, HIGH)
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(list(times), utc=True),
            "estimate": [100 * value for value in estimates],
            "low": [100 * value for value in lows],
            "high": [100 * value for value in highs],
        }
    )
    x = alt.X("time:T", axis=alt.Axis(**TIME_AXIS))
    title = "extra failures, points"
    y = alt.Y("low:Q", title=title, axis=alt.Axis(titleFontWeight="normal", tickCount=6))
    tooltip = [
        alt.Tooltip("time:T", format="%Y-%m-%d %H:%M:%S"),
        alt.Tooltip("estimate:Q", format="+.3~g"),
        alt.Tooltip("low:Q", title="interval from", format="+.3~g"),
        alt.Tooltip("high:Q", title="interval to", format="+.3~g"),
    ]
    base = alt.Chart(frame).encode(x=x)
    interval = base.mark_area(color=BAND, opacity=0.28).encode(y=y, y2="high:Q", tooltip=tooltip)
    estimate = base.mark_line(color=colour, strokeWidth=2).encode(y=alt.Y("estimate:Q"), tooltip=tooltip)
    edges = [
        base.mark_line(color=colour, strokeWidth=1, opacity=0.6).encode(y=alt.Y(f"{edge}:Q"))
        for edge in ("low", "high")
    ]
    lines = [
        *_boundary(100 * margin, "margin: PROMOTE once the whole interval is below", well, "bottom"),
        *_boundary(0.0, "no difference: ROLLBACK once the whole interval is above", high, "top"),
    ]
    return alt.layer(interval, *edges, estimate, *lines).properties(height=height)


def _boundary(value: float, label: str, colour: str, side: str) -> list[alt.Chart]:
    base = alt.Chart(pd.DataFrame({"value": [value], "label": [label]})).encode(y=alt.Y("value:Q"))
    text = base.mark_text(
        align="right", baseline=side, dx=-4, dy=-3 if side == "bottom" else 4, color=colour, fontSize=12
    ).encode(x=alt.value("width"), text="label:N")
    return [base.mark_rule(color=colour, strokeWidth=1.4, strokeDash=[6, 3]), text]


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
    dots = alt.Chart(frame).mark_point(color=line_colour(dark), filled=True, size=70, opacity=0.9)
    rule = alt.Chart(frame).mark_rule(color=MEDIUM, strokeDash=[6, 3]).encode(y=alt.Y("median(seconds):Q"))
    return alt.layer(
        rule, dots.encode(x=alt.X("time:T", axis=alt.Axis(**TIME_AXIS)), y=y, tooltip=tooltip)
    ).properties(height=height)
