"""Numbers as a person reads them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.components.numbers import (
    count,
    counted,
    extent,
    figure,
    label_of,
    points,
    quantity,
    share,
    unit_of,
)

PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def read(text: str) -> float:
    """What a person reads out of a figure."""
    number, _, prefix = text.partition(" ")
    return float(number.replace(",", "")) * PREFIXES[prefix]


@given(st.floats(min_value=1e-6, max_value=9e14) | st.floats(min_value=-9e14, max_value=-1e-6))
def test_a_figure_is_within_half_of_its_third_digit(value: float) -> None:
    assert math.isclose(read(figure(value)), value, rel_tol=0.005 + 1e-9)


@given(st.floats(min_value=1e-4, max_value=9e14))
def test_a_figure_has_at_most_three_significant_digits(value: float) -> None:
    digits = re.sub(r"[^0-9]", "", figure(value)).lstrip("0").rstrip("0")
    assert len(digits) <= 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (0.4123, "0.412"), (48.0, "48"), (21_600.0, "21.6 k"), (999_900.0, "1 M"), (1_234_567.0, "1.23 M"),
        (1234.5, "1,230"), (-3.14159, "-3.14"), (None, "unknown"), (math.nan, "unknown"), (math.inf, "∞"), (9_999.0, "10 k"),
    ],
)  # fmt: skip
def test_a_figure_reads_as_people_write_it(value: float | None, text: str) -> None:
    assert figure(value) == text


@given(st.integers(min_value=0, max_value=10**12))
def test_a_count_is_exact(value: int) -> None:
    assert int(count(value).replace(",", "")) == value


def test_one_thing_is_not_many() -> None:
    assert counted(1, "alert") == "1 alert"
    assert counted(12_345, "alert") == "12,345 alerts"
    assert counted(2, "entry", "entries") == "2 entries"


def test_a_metric_has_the_unit_its_name_ends_in() -> None:
    assert quantity(48.31, "tx_kbps") == "48.3 kbit/s"
    assert quantity(None, "tx_kbps") == "unknown"
    assert quantity(3.0, "boot_count") == "3"
    assert [quantity(s, "gap_s") for s in (40.0, 210.0, 57_600.0, 400_000.0)] == [
        "40 s",
        "3.5 min",
        "16 h",
        "4.63 days",
    ]
    assert extent(60.0, 1200.0, "gap_s") == "60 s to 20 min"
    assert extent(812.0, 971.0, "tx_kbps") == "812 to 971 kbit/s"
    # A clock may be behind.
    assert quantity(-10_800.0, "clock_offset_s") == "-3 h"
    assert extent(-120.0, 30.0, "clock_offset_s") == "-2 min to 30 s"
    assert (label_of("temperature_c"), unit_of("temperature_c")) == ("temperature", "°C")
    assert (label_of("boot_count"), unit_of("boot_count")) == ("boot count", "")
    assert (label_of("s"), unit_of("s")) == ("s", "")


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int) -> None:
    part = min(part, whole)
    text = share(part, whole)
    assert (text == "0 %") == (part == 0)
    assert (text == "100 %") == (part == whole)


def test_a_share_of_nothing_is_unknown_and_points_have_a_sign() -> None:
    assert share(0, 0) == "unknown"
    assert points(0.042) == "+4.2 points"
    assert points(-0.15) == "-15 points"
    assert points(0.0) == "0 points"
