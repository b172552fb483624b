"""The compiled arithmetic against river and against plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import stats

from detectors.baseline import parameters as p
from detectors.baseline.bins import ASPECTS
from detectors.baseline.moment import TABLE, Moment
from detectors.baseline.parameters import DEFAULTS
from detectors.baseline.row import FIELDS, LANES, NAMES
from detectors.baseline.step import step

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=p.WARM_UP)
f32 = np.float32


class Metric:
    """One metric of one device in lane 3, all other lanes without values."""

    def __init__(self) -> None:
        self.cells = np.zeros((FIELDS, LANES), np.float32)

    def take(
        self,
        value: float,
        gap_s: float = 0.0,
        ripe: float = 0.0,
        minute: int = 0,
        anew: bool = False,
        alone: bool = False,
    ) -> int:
        """Take one value (NaN: none); the kind of finding it completes."""
        work = np.full((2, LANES), np.nan, np.float32)
        work[0, 3] = value
        level = 1 - math.exp(-gap_s / DEFAULTS.level_tau_s)
        spread = 1 - math.exp(-gap_s / DEFAULTS.spread_tau_s)
        patience = f32(max(DEFAULTS.stuck_s, DEFAULTS.stuck_reports * gap_s))
        none = np.zeros((ASPECTS, LANES), np.float32)
        moment = Moment(TABLE[minute], f32(ripe), f32(gap_s), f32(level), f32(spread), f32(gap_s), patience)
        step(self.cells, 0, none, 0, none.copy(), f32(0), work, moment, alone, anew, False, DEFAULTS)
        return int(work[0, 3])

    def __getattr__(self, name: str) -> float:
        return float(self.cells[NAMES.index(name), 3])


def close(value: float, values: list[float]) -> object:
    """Equal but for float32's rounding of numbers as large as the largest."""
    return pytest.approx(value, rel=1e-4, abs=1e-5 * max(map(abs, values)) + 1e-9)


@given(VALUES)
@settings(max_examples=50)
def test_the_level_is_rivers_mean_while_there_are_few_values(values: list[float]) -> None:
    metric, mean = Metric(), stats.Mean()
    for value in values:
        metric.take(value)
        mean.update(value)
        assert metric.level == close(mean.get(), values)


@given(VALUES)
@settings(max_examples=50)
def test_the_level_is_rivers_ewmean_at_even_spacing(values: list[float]) -> None:
    metric, mean = Metric(), stats.EWMean(fading_factor=1 - math.exp(-1.0))
    for value in values:
        metric.take(value, p.LEVEL_TAU_S)
        mean.update(value)
        assert metric.level == close(mean.get(), values)


@given(VALUES)
@settings(max_examples=50)
def test_the_spread_is_rivers_mean_of_the_squared_one_step_errors(values: list[float]) -> None:
    metric, level, spread = Metric(), stats.Mean(), stats.Mean()
    for number, value in enumerate(values):
        spread.update((value - level.get()) ** 2 if number else 0.0)
        level.update(value)
        metric.take(value)
        assert metric.spread == pytest.approx(
            spread.get(), rel=1e-3, abs=1e-5 * max(map(abs, values)) ** 2 + 1e-30
        )


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
    assert changed <= {"age_s", "same_age_s"}


def test_a_daily_rhythm_is_learned_and_makes_the_error_small() -> None:
    """Hourly reports of a sine of the day: the level alone is always an hour behind."""
    metric, chance = Metric(), np.random.default_rng(8)

    def errors(days: range, ripe: float) -> float:
        seen = []
        for hour in range(24 * days.start, 24 * days.stop):
            value = 20 + 8 * math.sin(2 * math.pi * hour / 24) + 0.3 * chance.standard_normal()
            seen.append(abs(value - metric.level))
            metric.take(value, 3600.0, ripe, hour * 60 % 1440)
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


@pytest.mark.parametrize("missing", [0, 1])
def test_reports_from_before_a_long_gap_are_no_neighbours_of_the_first_ones_after_it(missing: int) -> None:
    """Also where the first report after the gap lacks the metric: the median of three would still be that of yesterday."""
    metric = Metric()
    for number in range(p.WARM_UP):
        metric.take(20 + number % 2, 60)
    metric.take(math.nan if missing else 30.0, 40_000, anew=True, alone=True)
    if missing:
        assert math.isnan(metric.before)
        metric.take(30.0, 60, anew=True)
    assert (metric.level, metric.smooth, metric.last, metric.before) == (30, 30, 30, 30)
    metric.take(29.0, 60, anew=True)
    assert (metric.smooth, metric.last, metric.before) == (30, 29, 30)


def test_a_sensor_stuck_over_a_gap_is_stuck_and_one_that_changed_in_it_is_not() -> None:
    for after, same_age_s in ((20.5, 120.0), (21.0, 0.0)):
        metric = Metric()
        for value in (20.0, 20.5, 20.5):
            metric.take(value, 60)
        metric.take(after, 60, anew=True, alone=True)
        assert metric.same_age_s == same_age_s
