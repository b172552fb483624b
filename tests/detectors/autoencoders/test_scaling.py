"""Scaling: to and fro, robust, following."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.autoencoders.memory import HIGH, LOW
from detectors.autoencoders.scaling import FAR, fit, logarithm, place, stretch, value_at
from detectors.checks import Floats

# The first run compiles.
pytestmark = pytest.mark.timeout(900)


def fitted(values: Floats, origin: float = 0.0) -> Floats:
    ranges = np.zeros((3, 1))
    events = np.array([[logarithm(value, origin)] for value in values], np.float32)
    fit(events, ranges)
    return ranges


@given(st.floats(-1e9, 1e9))
def test_a_value_comes_back(value: float) -> None:
    origin = logarithm(1000.0, 0.0)
    ranges = fitted(np.linspace(900.0, 1100.0, 100), origin)
    placed = place(ranges, 0, logarithm(value, origin))
    assert -FAR <= placed <= FAR
    if abs(placed) < FAR:
        assert value_at(ranges, 0, placed, origin) == pytest.approx(value, rel=1e-9)


def test_the_usual_range_is_minus_one_to_one() -> None:
    values = np.linspace(0.0, 0.1, 1001)
    ranges = fitted(values)
    assert place(ranges, 0, logarithm(0.005, 0.0)) == pytest.approx(-1.0, abs=0.01)
    assert place(ranges, 0, logarithm(0.095, 0.0)) == pytest.approx(1.0, abs=0.01)


def test_one_far_value_moves_an_end_by_a_500th_at_most() -> None:
    ranges = fitted(np.linspace(0.0, 0.1, 1001))
    width = ranges[HIGH, 0] - ranges[LOW, 0]
    before = ranges.copy()
    stretch(ranges, np.array([1e6]), 1.0)
    assert 0.0 < ranges[HIGH, 0] - before[HIGH, 0] <= width / 500
    assert abs(ranges[LOW, 0] - before[LOW, 0]) <= width / 500


def test_the_range_follows_what_drifts_and_stays_where_nothing_does() -> None:
    random = np.random.default_rng(1)
    ranges = fitted(random.normal(0.0, 0.01, 1000))
    for value in random.normal(0.0, 0.01, 20_000):
        stretch(ranges, np.array([value]), 1.0)
    assert ranges[:2, 0] == pytest.approx([-0.01645, 0.01645], rel=0.15)
    for value in random.normal(0.05, 0.01, 20_000):
        stretch(ranges, np.array([value]), 1.0)
    assert ranges[:2, 0] == pytest.approx([0.05 - 0.01645, 0.05 + 0.01645], rel=0.15)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308])
def test_what_is_no_number_is_missing(value: float) -> None:
    assert math.isnan(logarithm(value, 0.0))


def test_a_feature_that_never_moved_or_never_came_has_a_range() -> None:
    for values in (np.full(64, 7.0), np.full(64, np.nan)):
        ranges = fitted(values)
        assert np.isfinite(ranges).all()
        assert abs(place(ranges, 0, logarithm(7.0, 0.0))) <= FAR
