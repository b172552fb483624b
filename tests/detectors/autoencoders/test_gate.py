"""The gate: chance is learned, floods are not, time forgives."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import conformal
from detectors.autoencoders.gate import BANDS, LEVELS, SHARE, band_of, calm, doubt, forgive, fresh, weigh
from detectors.checks import Floats

# The first run compiles.
pytestmark = pytest.mark.timeout(900)


def weights(p_values: Floats, bands: Floats, score: float = 1.0, trust: float = 1.0) -> Floats:
    usual = conformal.scores(1)[0]
    return np.array([weigh(bands, usual, score, p, trust) for p in p_values])


def test_bands_cut_all_p_values() -> None:
    assert [band_of(p) for p in LEVELS[1:]] == list(range(BANDS))
    assert band_of(1e-9) == 0
    assert fresh()[SHARE].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(5))
def test_p_values_spread_evenly_are_learned_almost_fully(seed: int) -> None:
    assert weights(np.random.default_rng(seed).random(5000), fresh()).mean() > 0.85


@pytest.mark.parametrize("where", [0.001, 0.015, 0.07, 0.99])
def test_a_flood_is_not_learned_wherever_its_p_values_are(where: float) -> None:
    random = np.random.default_rng(1)
    p_values, flood = random.random(5000), random.random(5000) < 0.27
    p_values[flood] = where
    assert weights(p_values, fresh())[1000:][flood[1000:]].mean() < 0.1


def test_a_flood_of_odd_events_stops_all_learning() -> None:
    random = np.random.default_rng(2)
    p_values = np.where(random.random(3000) < 0.27, 0.001, random.random(3000))
    assert weights(p_values, fresh())[500:].max() < 0.05


def test_a_flood_is_forgiven_with_time_but_not_by_a_clock_that_runs_backwards() -> None:
    bands = fresh()
    weights(np.full(300, 0.001), bands)
    crowded = calm(bands, 8)
    forgive(bands, -1e15)
    assert calm(bands, 8) == crowded < 0.1
    forgive(bands, 24 * 3600e6)
    assert calm(bands, 8) == 1.0


def test_what_is_far_out_or_untrusted_counts_less() -> None:
    assert doubt(12.0) == pytest.approx((3.0 / 12.0) ** 4)
    assert doubt(2.0) == 1.0
    bands = fresh()
    assert not weights(np.full(500, 0.001), bands, 1.0, 0.0).any()
    assert np.array_equal(bands[SHARE], fresh()[SHARE])


def test_usual_scores_learn_as_many_of_a_band_as_it_should_have() -> None:
    usual, bands, random = conformal.scores(1)[0], fresh(), np.random.default_rng(3)
    for p in random.random(1000):
        weigh(bands, usual, 1.0, p, 1.0)
    for odd in random.random(5000) < 0.27:
        weigh(bands, usual, 50.0 if odd else 1.0, 0.001 if odd else random.random(), 1.0)
    assert conformal.p_value(usual, 50.0) < 0.05
