"""A device's telemetry as series to draw, and the range each metric usually stays in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.store import Store

MEASUREMENTS = (
    "measurements(tenants={tenants:Array(String)}, device={device:String}, "
    "since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')})"
)
MOST_POINTS = 400
USUAL_FROM = timedelta(days=7)
LEAST_HISTORY = 50


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a metric's series: one report's value, or the mean of a bucket's with its least and greatest."""

    metric: str
    time: datetime
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Usual:
    """Between which values 99 % of a metric's reports lay before the series shown; `reports` of them were looked at."""

    metric: str
    low: float
    high: float
    middle: float
    reports: int


@dataclass(frozen=True, slots=True)
class Reports:
    """How many reports there are in a window."""

    reports: int


def series(
    store: Store, tenants: Sequence[str], device: str, since: datetime, until: datetime
) -> dict[str, list[Point]]:
    """Every metric's points between two event times, oldest first; buckets where there are more than `MOST_POINTS` reports.

    A bucket is shown at the mean time of its reports, so a quiet start of it does not shift the line.
    """
    window = {"tenants": tenants, "device": device, "since": since, "until": until}
    counted = store.one(Reports, f"(SELECT count() AS reports FROM {MEASUREMENTS})", window)
    many = counted is not None and counted.reports > MOST_POINTS
    bucket_ms = max(1, round((until - since).total_seconds() * 1000 / MOST_POINTS)) if many else 0
    group = "intDiv(toUnixTimestamp64Milli(event_time), {bucket_ms:UInt64})" if many else "event_time"
    source = f"""(
        SELECT metric, fromUnixTimestamp64Micro(toInt64(avg(toUnixTimestamp64Micro(event_time))), 'UTC') AS time,
            avg(measured) AS value, min(measured) AS low, max(measured) AS high
        FROM {MEASUREMENTS} ARRAY JOIN mapKeys(metrics) AS metric, mapValues(metrics) AS measured
        GROUP BY metric, {group}
    ) ORDER BY metric, time"""
    found: dict[str, list[Point]] = {}
    for point in store.rows(Point, source, {**window, "bucket_ms": bucket_ms} if many else window):
        found.setdefault(point.metric, []).append(point)
    return found


def usual(store: Store, tenants: Sequence[str], device: str, before: datetime) -> dict[str, Usual]:
    """Each metric's usual range in the seven days before a time; a metric with fewer than 50 reports there has none."""
    source = f"""(
        SELECT metric, quantile(0.005)(measured) AS low, quantile(0.995)(measured) AS high,
            quantile(0.5)(measured) AS middle, count() AS reports
        FROM {MEASUREMENTS} ARRAY JOIN mapKeys(metrics) AS metric, mapValues(metrics) AS measured
        GROUP BY metric HAVING reports >= {{least:UInt32}}
    ) ORDER BY metric"""
    parameters = {
        "tenants": tenants,
        "device": device,
        "since": before - USUAL_FROM,
        "until": before,
        "least": LEAST_HISTORY,
    }
    return {row.metric: row for row in store.rows(Usual, source, parameters)}
