from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.gates.interval import highest, lowest, needed

ALPHA = 0.05
# Up to half failing: near 100 % the prior, which expects little, makes the interval a hair wider with one more failure.
some = st.integers(2, 200).flatmap(
    lambda devices: st.tuples(st.integers(0, devices // 2 - 1), st.just(devices))
)
arm = st.integers(1, 200).flatmap(lambda devices: st.tuples(st.integers(0, devices), st.just(devices)))


@settings(max_examples=50)
@given(arm, arm)
def test_the_interval_holds_the_estimate_and_stays_in_range(
    treatment: tuple[int, int], control: tuple[int, int]
) -> None:
    low, high = lowest(*treatment, *control, ALPHA), highest(*treatment, *control, ALPHA)
    estimate = treatment[0] / treatment[1] - control[0] / control[1]
    assert -1 <= low <= estimate <= high <= 1


@settings(max_examples=50)
@given(some, some)
def test_one_more_failure_moves_both_ends_up(treatment: tuple[int, int], control: tuple[int, int]) -> None:
    failed, devices = treatment
    assert highest(failed + 1, devices, *control, ALPHA) >= highest(*treatment, *control, ALPHA) - 1e-6
    assert lowest(failed + 1, devices, *control, ALPHA) >= lowest(*treatment, *control, ALPHA) - 1e-6


@settings(max_examples=50)
@given(arm, arm)
def test_a_smaller_error_probability_gives_a_wider_interval(
    treatment: tuple[int, int], control: tuple[int, int]
) -> None:
    assert highest(*treatment, *control, 0.01) >= highest(*treatment, *control, 0.1) - 1e-6


def test_exchanging_the_arms_mirrors_the_interval() -> None:
    assert lowest(22, 75, 1, 75, ALPHA) == -highest(1, 75, 22, 75, ALPHA)


def test_without_devices_nothing_is_known() -> None:
    assert (lowest(0, 0, 0, 75, ALPHA), highest(0, 0, 0, 75, ALPHA)) == (-1.0, 1.0)


def test_a_known_case() -> None:
    # Two arms of 75 without a failure: the best fit is p0 = 0, so (1 - p1)^75 = alpha * (B(0.5, 84.5) / B(0.5, 9.5))^2, and the ratio
    # of the two beta functions is gamma(84.5) gamma(10) / (gamma(85) gamma(9.5)).
    ratio = math.exp(math.lgamma(84.5) + math.lgamma(10) - math.lgamma(85) - math.lgamma(9.5))
    assert highest(0, 75, 0, 75, ALPHA) == pytest.approx(1 - (ALPHA * ratio**2) ** (1 / 75), abs=1e-6)


@pytest.mark.parametrize("rates", [(0.02, 0.02), (0.2, 0.05), (0.3, 0.3)])
def test_the_truth_stays_inside_however_often_one_looks(rates: tuple[float, float]) -> None:
    chance = random.Random(11)
    runs, missed = 100, 0
    for _ in range(runs):
        failed1 = failed0 = 0
        for devices in range(1, 101):
            failed1 += chance.random() < rates[0]
            failed0 += chance.random() < rates[1]
            if devices % 20 == 0:
                low = lowest(failed1, devices, failed0, devices, ALPHA)
                high = highest(failed1, devices, failed0, devices, ALPHA)
                if not low <= rates[0] - rates[1] <= high:
                    missed += 1
                    break
    assert missed <= runs * ALPHA


def test_needed_is_the_smallest_number_that_is_enough() -> None:
    number = needed(0.02, 0.15, ALPHA)
    assert highest(0.02 * number, number, 0.02 * number, number, ALPHA) < 0.15
    assert highest(0.02 * (number - 1), number - 1, 0.02 * (number - 1), number - 1, ALPHA) >= 0.15


def test_a_smaller_margin_needs_more_devices() -> None:
    assert needed(0.02, 0.05, ALPHA) > needed(0.02, 0.15, ALPHA) > needed(0.02, 0.3, ALPHA)


def test_a_margin_too_small_for_any_stage_says_the_most() -> None:
    assert needed(0.3, 0.001, ALPHA, most=1000) == 1000


@pytest.mark.parametrize("counts", [(5, 4, 0, 4), (-1, 4, 0, 4), (0, 4, 5, 4)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="failed"):
        highest(*counts, ALPHA)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_an_impossible_error_probability_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        highest(0, 4, 0, 4, alpha)
