"""The kernel's pieces against plain numpy, and each aspect on the anomaly it is there for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.series import aspects, context, kernel, memory, rhythm, tail
from detectors.series.state import States, fresh

FEATURES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


def learn_events(states: States, features: list[float]) -> None:
    """Judge features so far apart that each is an event of its own."""
    for seen, feature in enumerate(features):
        states["count"] = seen * memory.EVENT_ROWS
        tail.judge(states[0], 0, seen, feature)
    states["count"] = len(features) * memory.EVENT_ROWS


def test_the_rows_of_one_event_count_once_as_its_largest() -> None:
    states = fresh(1)
    for row, feature in enumerate([1.0, 8.0, 2.0, 0.5, 4.0, 3.0, 16.0]):
        states["count"] = row
        tail.judge(states[0], 0, row, feature)
    assert states["kept"][0, 0, :4].tolist() == [tail.magnitude(one) for one in (16.0, 8.0, 4.0, 2.0)]
    assert states["held"][0, 0] == 4


@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30))
def test_magnitudes_keep_the_order_to_a_third_of_a_percent(first: float, second: float) -> None:
    if first > second * 1.003:
        assert tail.magnitude(first) > tail.magnitude(second)
    elif first >= second:
        assert tail.magnitude(first) >= tail.magnitude(second)


@pytest.mark.parametrize(
    ("value", "size"), [(0.0, 0), (-1.0, 0), (math.nan, 0), (5e-324, 1), (math.inf, 65535)]
)
def test_magnitudes_have_ends(value: float, size: int) -> None:
    assert tail.magnitude(value) == size


@given(FEATURES)
@settings(max_examples=50)
def test_the_largest_magnitudes_are_kept(features: list[float]) -> None:
    states = fresh(1)
    learn_events(states, features)
    sizes = sorted((tail.magnitude(feature) for feature in features), reverse=True)[: memory.KEPT]
    assert states["kept"][0, 0, : len(sizes)].tolist() == sizes


@given(st.lists(st.floats(1, 1e6), min_size=memory.RAMP_ROWS, max_size=200))
@settings(max_examples=50)
def test_within_the_history_a_surprise_is_the_rank_s_conformal_p_value(features: list[float]) -> None:
    states = fresh(1)
    learn_events(states, features[:-1])
    seen = len(features) - 1
    sizes = [tail.magnitude(feature) for feature in features]
    above = sum(size >= sizes[-1] for size in sizes[:-1])
    surprise = tail.judge(states[0], 0, seen, features[-1])
    if seen < memory.RAMP_ROWS or above >= min(seen, memory.KEPT):
        assert surprise == 0.0
    elif above > 0:
        assert surprise == pytest.approx(math.log((seen + 1) / (above + 1)))
    else:
        assert surprise > math.log(seen + 1)


def test_above_the_history_the_tail_is_hill_s() -> None:
    values = np.random.default_rng(7).pareto(1.5, 2000) + 1.0
    states = fresh(1)
    learn_events(states, values.tolist())
    top = np.sort(values)[::-1][: memory.KEPT]
    hill = (memory.KEPT - 1 + memory.PRIOR_VALUES) / (
        np.log(top / top[-1]).sum() + memory.PRIOR_VALUES / memory.PRIOR_INDEX
    )
    found = tail.judge(states[0], 0, len(values), 10.0 * top[0])
    assert found == pytest.approx(math.log(len(values) + 1) + hill * math.log(10.0), rel=0.01)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
@settings(max_examples=30)
def test_the_sums_over_the_last_rows_are_numpys(values: list[float]) -> None:
    states = fresh(1)
    for value in values[:-1]:
        kernel.learn(states[0], value)
    sums, moves = np.zeros(memory.RING + 1), np.zeros(memory.RING + 1)
    known = aspects.look_back(states[0], values[-1], sums, moves)
    newest = np.array(values[::-1][:known])
    assert known == min(len(values), memory.RING)
    assert sums[1 : known + 1] == pytest.approx(np.cumsum(newest), abs=1e-3)
    assert moves[1:known] == pytest.approx(np.cumsum(np.abs(np.diff(newest))), abs=1e-3)


def test_the_rhythm_is_the_mean_of_the_half_hour() -> None:
    states, values = fresh(1), np.random.default_rng(2).normal(0, 1, 30)
    for day, value in enumerate(values):
        rhythm.rhythm(states[0], value, day * memory.DAY_S + 7 * 3600 + 60 * day)
    assert states["day"][0, 14] == pytest.approx(values.mean(), abs=1e-5)
    assert np.count_nonzero(states["day_count"][0]) == 1


def test_a_full_context_is_halved_and_keeps_learning() -> None:
    states = fresh(1)
    for _ in range(1000):
        context.learn_context(states[0], 0, 0)
    assert 127 <= states["contexts"][0, 0] <= 255


def test_a_finding_rests_until_something_clearly_more_novel_comes() -> None:
    states = fresh(1)
    states["rest"] = memory.REST_ROWS
    surprises = [10.0, 10.5, 11.5, 0.0] + [12.0] * memory.REST_ROWS
    found = [kernel.rested(states[0], one) for one in surprises]
    assert found[:4] == [10.0, 0.0, 11.5, 0.0]
    assert np.flatnonzero(found[3:]).tolist() == [memory.REST_ROWS - 1]
