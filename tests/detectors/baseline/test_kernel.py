"""The compiled arithmetic against river and against plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import stats

from detectors.baseline import parameters as p
from detectors.baseline.kernel import TABLE, tail_probability
from detectors.baseline.lanes import step
from detectors.baseline.parameters import DEFAULTS
from detectors.baseline.row import FIELDS, LANES, NAMES

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=p.WARM_UP)
f32 = np.float32


class Metric:
    """One metric of one device in lane 3, all other lanes without values."""

    def __init__(self) -> None:
        self.cells = np.zeros((FIELDS, LANES), np.float32)

    def take(self, value: float, gap_s: float = 0.0, ripe: float = 0.0, minute: int = 0) -> int:
        """Take one value; the kind of finding it completes."""
        work = np.full((1, LANES), np.nan, np.float32)
        work[0, 3] = value
        level = 1 - math.exp(-gap_s / DEFAULTS.level_tau_s)
        spread = 1 - math.exp(-gap_s / DEFAULTS.spread_tau_s)
        step(self.cells, 0, work, TABLE[minute], f32(gap_s), f32(level), f32(spread), f32(ripe), DEFAULTS)
        return int(work[0, 3])

    def __getattr__(self, name: str) -> float:
        return float(self.cells[NAMES.index(name), 3])


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


def close(value: float, values: list[float]) -> object:
    """Equal but for float32's rounding of numbers as large as the largest."""
    return pytest.approx(value, rel=1e-4, abs=1e-5 * max(map(abs, values)) + 1e-9)


@given(VALUES)
@settings(max_examples=50, deadline=None)
def test_the_level_is_rivers_mean_while_there_are_few_values(values: list[float]) -> None:
    metric, mean = Metric(), stats.Mean()
    for value in values:
        metric.take(value)
        mean.update(value)
        assert metric.level == close(mean.get(), values)


@given(VALUES)
@settings(max_examples=50, deadline=None)
def test_the_level_is_rivers_ewmean_at_even_spacing(values: list[float]) -> None:
    metric, mean = Metric(), stats.EWMean(fading_factor=1 - math.exp(-1.0))
    for value in values:
        metric.take(value, p.LEVEL_TAU_S)
        mean.update(value)
        assert metric.level == close(mean.get(), values)


@given(VALUES)
@settings(max_examples=50, deadline=None)
def test_the_spread_is_rivers_mean_of_the_squared_one_step_errors(values: list[float]) -> None:
    metric, level, spread = Metric(), stats.Mean(), stats.Mean()
    for number, value in enumerate(values):
        spread.update((value - level.get()) ** 2 if number else 0.0)
        level.update(value)
        metric.take(value)
        assert metric.spread == pytest.approx(
            spread.get(), rel=1e-3, abs=1e-5 * max(map(abs, values)) ** 2 + 1e-30
        )


@given(st.lists(st.floats(-5, 5), max_size=40))
@settings(max_examples=50, deadline=None)
def test_the_sums_are_pages(values: list[float]) -> None:
    metric, errors, found = Metric(), [], []
    for number in range(200):
        metric.take(100.0 + (-1) ** number, 60.0)
    sums = (metric.rise, metric.fall)
    assert sums == (0.0, 0.0)
    for value in values:
        deviation = max(math.sqrt(metric.spread), p.FLOOR_SHARE * metric.level)
        errors.append((100.0 + value - metric.level) / deviation)
        if metric.take(100.0 + value, 60.0):
            return
        found.append((metric.rise, metric.fall))
    assert np.allclose(found, plain_cusum(errors), atol=1e-2) if values else not found


def test_one_outlier_moves_a_learned_level_by_little() -> None:
    metric = Metric()
    for value in np.random.default_rng(5).standard_normal(200):
        metric.take(20 + value, 60.0)
    before = metric.level
    metric.take(1e9, 60.0)
    assert abs(metric.level - before) < 1
    assert metric.high < 30


def test_lanes_without_values_stay_as_they_are() -> None:
    metric = Metric()
    for value in range(100):
        metric.take(float(value % 7), 60.0)
    others = np.delete(metric.cells, 3, axis=1)
    assert not others.any()
    before = metric.cells.copy()
    metric.take(float("nan"), 60.0)
    changed = {NAMES[place] for place in np.flatnonzero((metric.cells != before).any(axis=1))}
    assert changed <= {"unrest_age_s", "odd_age_s", "active_age_s", "same_age_s"}


def test_a_daily_rhythm_is_learned_and_makes_the_error_small() -> None:
    """Hourly reports of a sine of the day: the level alone is always an hour behind."""
    metric, chance = Metric(), np.random.default_rng(8)

    def errors(days: range, ripe: float) -> float:
        seen = []
        for hour in range(24 * days.start, 24 * days.stop):
            value = 20 + 8 * math.sin(2 * math.pi * hour / 24) + 0.3 * chance.standard_normal()
            seen.append(abs(value - metric.level))
            metric.take(value, 3600.0, ripe, hour * 60 % (7 * 1440))
            if ripe:
                seen[-1] = abs(metric.z) * math.sqrt(metric.spread)
        return float(np.mean(seen[-72:]))

    alone = errors(range(12), 0.0)
    explained = errors(range(12, 40), 1.0)
    assert alone > 1.0
    assert explained < 0.7 * alone


def test_noise_that_grows_is_told_once() -> None:
    metric, chance = Metric(), np.random.default_rng(2)
    quiet = [metric.take(50 + chance.standard_normal(), 60.0) for _ in range(600)]
    loud = [metric.take(50 + 3.5 * chance.standard_normal(), 60.0) for _ in range(55)]
    assert not any(quiet)
    assert [kind for kind in loud if kind] == [3]


def test_a_stuck_sensor_is_told_once_and_a_full_battery_is_not() -> None:
    sensor, battery, chance = Metric(), Metric(), np.random.default_rng(2)
    for number in range(600):
        assert not sensor.take(50 + chance.standard_normal(), 60.0)
        assert not battery.take(min(100.0, 80 + number % 60), 60.0)
    kinds = [sensor.take(50.25, 60.0) for _ in range(55)]
    assert [kind for kind in kinds if kind] == [4]
    assert not any(battery.take(100.0, 60.0) for _ in range(400))


def test_tail_probabilities_are_calibrated_on_heavy_tails() -> None:
    """Student's t with 4 degrees of freedom: of reports as far off as one in a thousand, about one in a thousand is told."""
    metric, chance = Metric(), np.random.default_rng(4)
    told = []
    for number in range(60_000):
        value = 100 + chance.standard_t(4)
        metric.take(value, 60.0)
        if number > 2000:
            told.append(tail_probability(metric.z, metric.tail, metric.excess, metric.count))
    for wanted in (0.01, 0.001):
        assert wanted / 3 < np.mean(np.array(told) <= wanted) < 2 * wanted
