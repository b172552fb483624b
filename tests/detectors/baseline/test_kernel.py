"""The compiled kernels against river and against plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import stats

from detectors.baseline import kernel
from detectors.baseline import parameters as p

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=p.WARM_UP)


def plain_cusum(errors: list[float]) -> list[tuple[float, float]]:
    """Page's two one-sided sums, as written in a textbook (Montgomery, Statistical Quality Control, 9.1)."""
    rise = fall = 0.0
    sums = []
    for error in errors:
        cut = max(-p.CUSUM_CLIP_Z, min(p.CUSUM_CLIP_Z, error))
        rise = max(0.0, rise + cut - p.CUSUM_ALLOWANCE_Z)
        fall = max(0.0, fall - cut - p.CUSUM_ALLOWANCE_Z)
        sums.append((rise, fall))
    return sums


@given(VALUES)
@settings(max_examples=50)
def test_the_level_is_rivers_mean_while_there_are_few_values(values: list[float]) -> None:
    cells = np.zeros(1, kernel.CELL)
    mean = stats.Mean()
    for value in values:
        kernel.learn(cells[0], value, 1e-9)
        mean.update(value)
        assert cells["level"][0] == pytest.approx(mean.get(), abs=1e-6)


@given(VALUES)
@settings(max_examples=50)
def test_the_level_is_rivers_ewmean_at_even_spacing(values: list[float]) -> None:
    fading = 1 - math.exp(-1.0)
    cells = np.zeros(1, kernel.CELL)
    mean = stats.EWMean(fading_factor=fading)
    for value in values:
        kernel.learn(cells[0], value, p.LEVEL_TAU_S)
        mean.update(value)
        assert cells["level"][0] == pytest.approx(mean.get(), abs=1e-6)


@given(VALUES)
@settings(max_examples=50)
def test_the_spread_is_rivers_mean_of_the_squared_one_step_errors(values: list[float]) -> None:
    cells = np.zeros(1, kernel.CELL)
    level, spread = stats.Mean(), stats.Mean()
    for number, value in enumerate(values):
        spread.update((value - level.get()) ** 2 if number else 0.0)
        level.update(value)
        kernel.learn(cells[0], value, 1e-9)
        assert cells["spread"][0] == pytest.approx(spread.get(), rel=1e-9, abs=1e-6)


@given(st.lists(st.floats(-20, 20), max_size=60))
@settings(max_examples=50)
def test_the_sums_are_pages(errors: list[float]) -> None:
    cells = np.zeros(1, kernel.CELL)
    found = []
    for number, error in enumerate(errors):
        kernel.accumulate(cells[0], error, number)
        found.append((float(cells["rise"][0]), float(cells["fall"][0])))
    assert found == plain_cusum(errors)


def test_one_outlier_moves_a_learned_level_by_little() -> None:
    cells = np.zeros(1, kernel.CELL)
    noise = np.random.default_rng(5).standard_normal(200)
    for value in noise:
        kernel.learn(cells[0], 20 + value, 60.0)
    before = float(cells["level"][0])
    kernel.learn(cells[0], 1e9, 60.0)
    assert abs(cells["level"][0] - before) < 1
    assert cells["high"][0] < 30


def test_the_weight_never_exceeds_one_and_forgets_by_time() -> None:
    assert kernel.weight(1, 0.0, 600.0) == 1.0
    assert kernel.weight(10, 0.0, 600.0) == 0.1
    assert kernel.weight(10**9, 600.0, 600.0) == pytest.approx(1 - math.exp(-1))
    assert kernel.weight(10**9, 1e12, 600.0) == 1.0
