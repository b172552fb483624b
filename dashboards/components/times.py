"""Times as a person reads them: how long ago, and exactly, in their own zone with the zone named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboards.components.numbers import figure

MINUTE, HOUR, DAY = 60, 3600, 86_400
DRAWING_S = 5  # more than a page takes to be drawn


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: their time zone, the moment they look (aware), and whether their screen is dark."""

    zone: tzinfo
    now: datetime
    dark: bool = False

    def exact(self, time: datetime) -> str:
        """Date, time to the second and zone: `2026-11-21 14:03:07 CET`."""
        return time.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S %Z")

    def clock(self, time: datetime) -> str:
        """Time of day where it is today for the reader, else with the date."""
        local = time.astimezone(self.zone)
        same_day = local.date() == self.now.astimezone(self.zone).date()
        return local.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S")

    def age(self, time: datetime) -> str:
        """`3 min ago`; `in 5 s` for what lies in the future of the reader's clock.

        A page is asked for before its queries are answered, so what is stored meanwhile is `0 s ago`.
        """
        seconds = (self.now - time).total_seconds()
        return f"in {span(-seconds)}" if seconds <= -DRAWING_S else f"{span(max(seconds, 0.0))} ago"

    @property
    def zone_name(self) -> str:
        """The zone's own name, such as `Europe/Berlin` or `UTC`."""
        return getattr(self.zone, "key", None) or str(self.zone)


def zone_named(name: str | None) -> tzinfo:
    """The IANA zone of that name; UTC where a browser tells none or one unknown here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def span(seconds: float) -> str:
    """A length of time in the one unit that fits, whole: `4 s`, `3 min`, `5 h`, `12 days`."""
    if seconds < MINUTE:
        return f"{int(seconds)} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY):,} days"


def duration(seconds: float | None) -> str:
    """A measured duration: `12 ms`, `0.214 s`, `3 min 5 s`; `unknown` where there is none."""
    if seconds is None:
        return "unknown"
    if abs(seconds) < 0.1:
        return f"{figure(seconds * 1000)} ms"
    if abs(seconds) < MINUTE:
        return f"{figure(seconds)} s"
    if abs(seconds) < HOUR:
        return f"{int(seconds // MINUTE)} min {int(seconds % MINUTE)} s"
    return f"{int(seconds // HOUR)} h {int(seconds % HOUR // MINUTE)} min"
