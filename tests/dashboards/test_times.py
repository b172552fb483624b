"""Times in the reader's zone, with the zone named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.components.times import Reader, duration, span, zone_named

NOW = datetime(2026, 11, 21, 13, 3, 7, tzinfo=UTC)
READER = Reader(zone=ZoneInfo("Europe/Berlin"), now=NOW)


def test_exact_names_the_zone() -> None:
    assert READER.exact(NOW) == "2026-11-21 14:03:07 CET"
    assert READER.zone_name == "Europe/Berlin"
    assert Reader(zone=UTC, now=NOW).zone_name == "UTC"


def test_the_clock_has_a_date_only_where_it_is_another_day_for_the_reader() -> None:
    assert READER.clock(NOW) == "14:03:07"
    assert READER.clock(datetime(2026, 11, 20, 23, 30, tzinfo=UTC)) == "00:30:00"
    assert READER.clock(datetime(2026, 11, 20, 22, 30, tzinfo=UTC)) == "2026-11-20 23:30:00"


@pytest.mark.parametrize(
    ("ago_s", "text"),
    [(0, "0 s ago"), (59, "59 s ago"), (180, "3 min ago"), (7200, "2 h ago"), (3 * 86400, "3 days ago"), (-2, "0 s ago"), (-5, "in 5 s")],
)  # fmt: skip
def test_an_age_is_what_a_person_says(ago_s: float, text: str) -> None:
    assert READER.age(NOW - timedelta(seconds=ago_s)) == text


@given(st.floats(0, 1e9))
def test_a_span_never_says_more_than_passed(seconds: float) -> None:
    number, unit = span(seconds).replace(",", "").split(" ")
    size = {"s": 1, "min": 60, "h": 3600, "days": 86400}[unit]
    assert int(number) * size <= seconds < (int(number) + 1) * size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "unknown"), (0.0442, "44.2 ms"), (0.214, "0.214 s"), (12.0, "12 s"), (185.0, "3 min 5 s"), (7260.0, "2 h 1 min")],
)  # fmt: skip
def test_a_duration_has_a_unit(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("name", [None, "", "Not/AZone", "../../etc/passwd", "\x00"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    assert zone_named(name) is UTC
