"""A device's metrics above one another on one time axis, with what was found odd and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st
from markupsafe import Markup

from dashboards.components.charts.mark import Mark
from dashboards.components.charts.series import Sample, metric_over_time
from dashboards.components.markup import show
from dashboards.components.timeline import Entry
from dashboards.queries import measurements
from dashboards.queries.detections import Detection
from dashboards.queries.measurements import Point, Usual
from dashboards.view import View

COUNTERS = ("_count", "_total", "uptime_s")
MOST_MARKS = 9
MOST_CHARTS = 8


def device_charts(
    view: View,
    tenant: str,
    device: str,
    window: tuple[datetime, datetime],
    *,
    found: Sequence[Detection],
    happened: Sequence[Entry],
    limit: int = MOST_CHARTS,
) -> None:
    """Draw the metrics of a window, those with findings first, at most `limit`; counters last and without a usual range."""
    series = measurements.series(view.store, (tenant,), device, *window)
    show(Markup("<h3>What {} measures</h3>").format(device))
    if not series:
        show(
            Markup(
                "<p class='empty'>No telemetry between {} and {}. It appears with the device's next report.</p>"
            ).format(view.reader.exact(window[0]), view.reader.exact(window[1]))
        )
        return
    usual = measurements.usual(view.store, (tenant,), device, window[0])
    marks = _marks(happened, window)
    metrics = _ordered(series, found)[:limit]
    with st.container(gap=None):
        for metric in metrics:
            ends = (metric == metrics[0], metric == metrics[-1])
            _draw(view, metric, series[metric], usual.get(metric), window, found, marks, ends)
    show(Markup("<p class='faint'>{}</p>").format(_caption(usual, len(series) - len(metrics))))


def _draw(
    view: View,
    metric: str,
    points: Sequence[Point],
    usual: Usual | None,
    window: tuple[datetime, datetime],
    found: Sequence[Detection],
    marks: Sequence[Mark],
    ends: tuple[bool, bool],
) -> None:
    first, last = ends
    odd = [
        Sample(d.time, d.actual)
        for d in found
        if d.metric == metric and d.actual is not None and window[0] <= d.time < window[1]
    ]
    chart = metric_over_time(
        [Sample(p.time, p.value) for p in points],
        metric=metric, window=window, band=_band(metric, usual, found), anomalies=odd, marks=marks,
        since=_since(metric, window, found), labels=first, axis=last,
        height=130 + 25 * first + 25 * last, dark=view.reader.dark,
    )  # fmt: skip
    st.altair_chart(chart, width="stretch", key=f"chart {metric}", alt=f"{metric} over time")


def _band(metric: str, usual: Usual | None, found: Sequence[Detection]) -> tuple[float, float] | None:
    """What was expected when the metric was last found odd; else where it usually is, which says nothing of a counter."""
    expected = [(d.low, d.high) for d in found if d.metric == metric and d.low is not None]
    if expected and expected[-1][1] is not None:
        return expected[-1][0], expected[-1][1]
    return (usual.low, usual.high) if usual is not None and not metric.endswith(COUNTERS) else None


def _since(metric: str, window: tuple[datetime, datetime], found: Sequence[Detection]) -> datetime | None:
    """When the metric first became odd in this window."""
    times = [d.since for d in found if d.metric == metric and d.since is not None]
    inside = [time for time in times if window[0] <= time < window[1]]
    return min(inside, default=None)


def _ordered(series: dict[str, list[Point]], found: Sequence[Detection]) -> list[str]:
    odd = {d.metric for d in found}
    return sorted(series, key=lambda metric: (metric not in odd, metric.endswith(COUNTERS), metric))


def _marks(happened: Sequence[Entry], window: tuple[datetime, datetime]) -> list[Mark]:
    inside = [entry for entry in happened if entry.mark and window[0] <= entry.time < window[1]]
    return [Mark(entry.time, entry.mark) for entry in sorted(inside, key=lambda e: e.time)[-MOST_MARKS:]]


def _caption(usual: dict[str, Usual], hidden: int) -> str:
    band = (
        "Pale band: what was expected of a metric found odd, else where 99 % of its reports lay in the 7 days before."
        if usual
        else "Pale band: what was expected of a metric found odd. No other usual range yet: it needs 50 reports before this window."
    )
    more = f" {hidden} more metrics on the device's page." if hidden > 0 else ""
    return f"{band} Diamond: found odd. Solid rule: since when. Dashed rule: what happened. A break in the line: no reports.{more}"
