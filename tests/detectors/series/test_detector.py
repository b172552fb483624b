"""The series detector on anomalies that were put in, on what is none, and on bad input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from detectors.series import state
from detectors.series.detector import observe, score_series
from detectors.series.memory import ASPECTS
from schemas.errors import Fatal, Rejected
from tests.detectors.series.recordings import DAY_ROWS, MINUTE_US, noise, times

ROWS, AT = 4000, 3000
ALARM = 0.5
Series = npt.NDArray[np.float64]


def spike(values: Series) -> None:
    values[AT] += 15.0


def step_up(values: Series) -> None:
    values[AT:] += 6.0


def slow_rise(values: Series) -> None:
    values[AT:] += np.minimum(np.arange(ROWS - AT) * 0.1, 12.0)


def more_variance(values: Series) -> None:
    values[AT:] += np.random.default_rng(9).normal(0.0, 6.0, ROWS - AT)


def stuck(values: Series) -> None:
    values[AT:] = values[AT]


@pytest.mark.parametrize(
    ("change", "aspects", "within"),
    [
        (spike, {"jump", "departure"}, 1),
        (step_up, {"departure", "level", "shift", "jump"}, 10),
        (slow_rise, {"level", "departure"}, 120),
        (more_variance, {"roughness", "jump", "departure"}, 20),
        (stuck, {"stuck"}, 40),
    ],
)
def test_an_anomaly_is_found_soon_and_named(
    change: Callable[[Series], None], aspects: set[str], within: int
) -> None:
    values = noise(ROWS)
    change(values)
    found = score_series(times(ROWS), values)
    alarms = np.flatnonzero(found.scores >= ALARM)
    assert not len(alarms[alarms < AT])
    assert AT <= alarms[0] < AT + within
    assert ASPECTS[found.aspects[alarms[0]]] in aspects


def test_a_day_that_leaves_its_rhythm_is_found_though_its_values_are_usual() -> None:
    values = noise(14 * DAY_ROWS) + 20.0 * (np.arange(14 * DAY_ROWS) % DAY_ROWS >= 96)
    missing = slice(10 * DAY_ROWS + 96, 11 * DAY_ROWS)
    values[missing] -= 20.0
    found = score_series(times(len(values)), values)
    best = int(np.argmax(np.where(np.arange(len(values)) < DAY_ROWS * 3, 0, found.scores)))
    assert found.scores[best] >= ALARM
    assert missing.start <= best < missing.stop
    assert ASPECTS[found.aspects[best]] == "rhythm"


def test_a_context_that_never_was_is_found_though_its_values_are_usual() -> None:
    turn = np.tile([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 3.0, 2.0, 1.0], 300)
    turn[2501] = 5.0  # after 0
    found = score_series(times(len(turn)), turn)
    assert int(np.argmax(found.scores[1000:])) + 1000 == 2501


@pytest.mark.parametrize("values", [np.zeros(3000), np.full(3000, 7e15), np.tile([1.0, 5.0, 2.0], 1000)])
def test_what_repeats_itself_is_no_anomaly(values: Series) -> None:
    assert score_series(times(len(values)), values).scores[40:].max() < ALARM


def test_steady_noise_alarms_less_than_once_in_a_thousand_rows() -> None:
    alarms = sum((score_series(times(ROWS), noise(ROWS, seed)).scores >= ALARM).sum() for seed in range(10))
    assert alarms <= 10 * ROWS / 1000


def test_heavy_tails_are_learned() -> None:
    values = np.random.default_rng(4).pareto(1.3, 10 * ROWS)
    scores = score_series(times(len(values)), values).scores
    assert (scores >= ALARM).sum() <= len(values) / 1000


def test_what_is_missing_is_counted_and_changes_nothing_else() -> None:
    values = noise(500)
    holes = np.insert(values, [100, 100, 400], [np.nan, np.inf, -np.inf])
    moments = np.insert(times(500), [100, 100, 400], 0)
    states = state.fresh(1)
    scores = observe(states, np.zeros(503, np.int64), moments, holes).scores
    real = np.isfinite(holes)
    assert scores[real].tolist() == score_series(times(500), values).scores.tolist()
    assert not scores[~real].any()
    assert (states["missing"][0], states["count"][0]) == (3, 500)


def test_many_series_in_one_batch_are_scored_as_each_alone() -> None:
    series = np.tile([0, 1, 2], 1000)
    values = np.stack([noise(1000, seed) for seed in range(3)], axis=1).ravel()
    together = observe(state.fresh(3), series, np.repeat(times(1000), 3), values).scores
    for one in range(3):
        assert together[series == one].tolist() == score_series(times(1000), noise(1000, one)).scores.tolist()


def test_a_place_that_is_not_there_is_rejected_and_nothing_is_learned() -> None:
    states = state.fresh(2)
    for places in ([0, 2], [0, -1]):
        with pytest.raises(Rejected, match="one of the 2 states"):
            observe(states, places, [0, 1], [1.0, 2.0])
    with pytest.raises(Rejected, match="equally many"):
        observe(states, [0], [0, 1], [1.0, 2.0])
    assert state.encode(states) == state.encode(state.fresh(2))
    assert not len(observe(states, [], [], []).scores)


def test_a_state_of_another_version_or_cut_off_is_refused() -> None:
    data = state.encode(state.fresh(1))
    for wrong in (b"", b"NOPE" + data[4:], data[:7] + b"\xff" + data[8:], data[:-1], data + b"x"):
        with pytest.raises(Fatal, match="cannot be read"):
            state.decode(wrong)


def test_times_before_1970_have_a_time_of_day_too() -> None:
    before, after = times(600) - 10 * DAY_ROWS * 5 * MINUTE_US, times(600)
    assert score_series(before, noise(600)).scores.tolist() == score_series(after, noise(600)).scores.tolist()


def test_one_wild_value_does_not_blind_the_detector() -> None:
    values = noise(ROWS)
    values[500] = 1e300
    values[AT] += 15.0
    scores = score_series(times(ROWS), values).scores
    assert scores[500] > 0.9
    assert scores[AT] >= ALARM
    assert (scores[600:] >= ALARM).sum() <= 5
