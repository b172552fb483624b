"""A metric over time: its values, where it usually is, what was found odd and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

import altair as alt
import pandas as pd

from dashboards.components.charts import mark
from dashboards.components.charts.canvas import BAND, Canvas, line_colour, time_tooltip, time_x, utc
from dashboards.components.charts.mark import Mark
from dashboards.components.numbers import label_of, unit_of

GAP_FACTOR = 5.0
NEIGHBOURS = 6
# More stretches than this and a point alone in one is not worth a layer of its own.
MOST_STRETCHES = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """One point of a series."""

    time: datetime
    value: float


def metric_over_time(
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
    canvas = Canvas(window, time_x(labels=axis, ticks=axis, domain=axis), dark)
    layers: list[Any] = [_frame(canvas)]
    if band is not None:
        layers.append(_band(band, canvas))
    if marks:
        layers.append(mark.rules(marks, canvas))
    if labels and marks:
        layers.extend(mark.labels(marks, canvas))
    layers.extend(_line(samples, metric, _value_y(metric, _large(samples, band)), canvas))
    if since is not None:
        layers.extend(mark.onset(since, canvas, below=_rises(samples, anomalies)))
    if anomalies:
        layers.append(_anomalies(anomalies, metric, canvas))
    return alt.layer(*layers).properties(height=height)


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


def _value_y(metric: str, large: bool) -> alt.Y:
    title = f"{label_of(metric)}, {unit_of(metric)}" if unit_of(metric) else label_of(metric)
    # Charts above one another have their axes below one another: the numbers get the same room in each.
    axis = alt.Axis(
        tickCount=4,
        minExtent=52,
        maxExtent=52,
        titleFontWeight="normal",
        titlePadding=10,
        labelExpr="format(datum.value, '~s')" if large else "format(datum.value, ',.4~r')",
    )
    return alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=axis)


def _large(samples: Sequence[Sample], band: tuple[float, float] | None) -> bool:
    return max([abs(s.value) for s in samples] + [abs(v) for v in band or ()], default=0.0) >= 10_000


def _rises(samples: Sequence[Sample], anomalies: Sequence[Sample]) -> bool:
    """Whether what was found odd lies above the middle of the line, so that there is room below it."""
    return bool(samples and anomalies) and anomalies[0].value > median(s.value for s in samples)


def _frame(canvas: Canvas) -> alt.Chart:
    """Nothing to see: it holds the axis to the whole window."""
    ends = pd.DataFrame({"time": list(canvas.window)})
    return alt.Chart(ends).mark_point(opacity=0, size=0).encode(x=canvas.x)


def _band(band: tuple[float, float], canvas: Canvas) -> alt.Chart:
    frame = pd.DataFrame({"time": list(canvas.window), "low": [band[0]] * 2, "high": [band[1]] * 2})
    # The edge keeps a band visible that is thinner than a pixel beside what was found odd.
    area = alt.Chart(frame).mark_area(
        color=BAND, fillOpacity=0.22, stroke=BAND, strokeOpacity=0.5, strokeWidth=1
    )
    return area.encode(x=canvas.x, y=alt.Y("low:Q"), y2="high:Q")


def _line(samples: Sequence[Sample], metric: str, y: alt.Y, canvas: Canvas) -> list[alt.Chart]:
    """The values as a line with gaps left open, and a point for each value that stands alone between two gaps."""
    parts = segments([sample.time for sample in samples])
    alone = {part for part in parts if parts.count(part) == 1} if len(set(parts)) < MOST_STRETCHES else set()
    frame = _samples_frame(samples).assign(part=parts, alone=[part in alone for part in parts])
    colour = line_colour(canvas.dark)
    base = alt.Chart(frame).encode(x=canvas.x, y=y, tooltip=_tooltip("time", metric))
    line = base.mark_line(color=colour, strokeWidth=1.4).encode(detail="part:N")
    if not alone:
        return [line]
    return [line, base.transform_filter("datum.alone").mark_point(color=colour, filled=True, size=10)]


def _anomalies(anomalies: Sequence[Sample], metric: str, canvas: Canvas) -> alt.Chart:
    points = alt.Chart(_samples_frame(anomalies).astype({"value": "float64"}))
    marked = points.mark_point(color=canvas.odd, shape="diamond", filled=True, size=90, opacity=1)
    return marked.encode(x=canvas.x, y=alt.Y("value:Q"), tooltip=_tooltip("found odd at", metric))


def _samples_frame(samples: Sequence[Sample]) -> pd.DataFrame:
    return pd.DataFrame({"time": utc([s.time for s in samples]), "value": [s.value for s in samples]})


def _tooltip(when: str, metric: str) -> list[alt.Tooltip]:
    return [time_tooltip(when), alt.Tooltip("value:Q", title=metric, format=".3~g")]
