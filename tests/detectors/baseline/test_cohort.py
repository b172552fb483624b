"""What a cohort's healthy days say: calibrated p-values also under drift, margins, and a cohort that moves as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.baseline import cohort
from detectors.baseline.bins import ABOVE, ASPECTS, ENERGY, JUMP, LIFT, p_value
from detectors.baseline.parameters import DEFAULTS

DEVICES, DAYS = 40, 300
# More than a week after day 1.
LATER = 20


def p_values(scale_by_day: np.ndarray, day_weight: float, seed: int) -> np.ndarray:
    """The p-value of each device's day before it is learned, for log-normal days whose scale moves."""
    cohorts, random = cohort.make(1, 1), np.random.default_rng(seed)
    p = DEFAULTS._replace(day_weight=day_weight)
    told = []
    for day, scale in enumerate(scale_by_day, start=1):
        scores = 3 * scale * np.exp(0.4 * random.standard_normal(DEVICES))
        cohort.age(cohorts, 1, 1, day, p)
        told.append([p_value(cohorts.weights[1, 0, JUMP], JUMP, score) for score in scores])
        for score in scores:
            cohort.learn(cohorts, 1, 1, 0, JUMP, score, day, p)
    return np.array(told[30:])


@pytest.mark.parametrize("wanted", [0.1, 0.02, 0.005])
@pytest.mark.parametrize("seed", [1, 2])
def test_p_values_are_calibrated_where_nothing_drifts(wanted: float, seed: int) -> None:
    share = float((p_values(np.ones(DAYS), DEFAULTS.day_weight, seed) <= wanted).mean())
    assert wanted / 4 < share < 1.3 * wanted


@pytest.mark.parametrize("wanted", [0.1, 0.02])
def test_p_values_stay_calibrated_under_drift_and_would_not_without_the_weights(wanted: float) -> None:
    """The scale doubles in 300 days: half the days known are of a smaller scale, unless older days weigh less."""
    scale = 2 ** (np.arange(DAYS) / DAYS)
    weighted, unweighted = (p_values(scale, weight, 3) for weight in (DEFAULTS.day_weight, 1.0))
    with_weights, without = (float((one[70:] <= wanted).mean()) for one in (weighted, unweighted))
    assert wanted / 2 < with_weights < 1.6 * wanted
    assert without > 1.4 * with_weights


def test_the_p_value_falls_with_the_size_and_never_below_a_tenth_of_what_the_days_can_show() -> None:
    cohorts, random = cohort.make(1, 1), np.random.default_rng(4)
    for score in 2 * np.exp(0.3 * random.standard_normal(500)):
        cohort.learn(cohorts, 1, 1, 0, JUMP, score, 1, DEFAULTS)
    weights = cohorts.weights[1, 0, JUMP]
    found = [p_value(weights, JUMP, score) for score in (0.5, 2.0, 3.0, 5.0, 10.0, 100.0, 1e6)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 1.0
    assert found[-1] == pytest.approx(0.1 / 501)


def test_a_margin_needs_some_days_and_one_odd_device_does_not_set_it() -> None:
    cohorts = cohort.make(1, 1)
    limit = cohorts.limits[ASPECTS + ABOVE]
    for _ in range(29):
        cohort.learn(cohorts, 1, 1, 0, ABOVE, 0.5, 1, DEFAULTS)
    assert limit[0] == 0
    for score in [8.0, 8.0, *[0.5] * 200]:
        cohort.learn(cohorts, 1, 1, 0, ABOVE, score, LATER, DEFAULTS)
    assert 0.5 <= limit[0] < 0.65
    cohort.learn(cohorts, 1, 1, 0, ABOVE, 8.0, LATER, DEFAULTS)
    assert limit[0] >= 8.0


def test_many_devices_days_of_one_date_are_one_day() -> None:
    """A margin is wider until a week has been lived, by the root of how much of it is missing, however many devices there are."""
    cohorts, sizes = cohort.make(1, 1), []
    for day in range(1, 13):
        cohort.age(cohorts, 1, 1, day, DEFAULTS)
        for _ in range(int(DEFAULTS.cohort_many_days)):
            cohort.learn(cohorts, 1, 1, 0, JUMP, 4.0, day, DEFAULTS)
        sizes.append(float(cohorts.limits[ASPECTS + JUMP, 0]))
    assert sizes[0] == pytest.approx(2 * sizes[-1])
    assert sizes[:7] == sorted(sizes[:7], reverse=True)
    assert sizes[7:] == pytest.approx([sizes[-1]] * 5)


def test_a_margin_of_jumps_is_wider_while_few_days_are_known() -> None:
    sizes = []
    for days in (2, 20, 100, 200, 400):
        cohorts = cohort.make(1, 1)
        for day in (1, LATER):
            for _ in range(days):
                cohort.learn(cohorts, 1, 1, 0, JUMP, 4.0, day, DEFAULTS)
        sizes.append(float(cohorts.limits[ASPECTS + JUMP, 0]))
    assert sizes[0] == 0
    assert sizes[1] == pytest.approx(sizes[3] * (DEFAULTS.cohort_many_days / 40) ** 0.25, rel=1e-6)
    assert sizes[2:] == pytest.approx([sizes[3]] * 3)


def test_a_margin_is_never_less_than_what_is_told_at_all() -> None:
    cohorts = cohort.make(1, 1)
    for aspect in range(ASPECTS):
        for day in (1, LATER):
            for _ in range(300):
                cohort.learn(cohorts, 1, 1, 0, aspect, 0.0, day, DEFAULTS)
    limits = cohorts.limits[ASPECTS:, 0]
    assert limits[JUMP] * DEFAULTS.spike_factor == pytest.approx(DEFAULTS.spike_known_z)
    assert limits[ABOVE] * DEFAULTS.drift_factor == pytest.approx(DEFAULTS.drift_known_share)
    assert limits[ENERGY] * DEFAULTS.noise_factor == pytest.approx(DEFAULTS.noise_ratio)
    assert limits[LIFT] * DEFAULTS.shift_factor == pytest.approx(DEFAULTS.shift_known_share)


def test_a_cohort_of_few_days_is_judged_as_its_tenant() -> None:
    cohorts = cohort.make(2, 1)
    for place, score in ((1, 6.0), (2, 2.0)):
        for day in (1, LATER):
            for _ in range(20):
                cohort.learn(cohorts, place, 1, 0, JUMP, score, day, DEFAULTS)
    assert cohorts.limits[2 * ASPECTS + JUMP, 0] >= 6.0
    for _ in range(400):
        cohort.learn(cohorts, 2, 1, 0, JUMP, 2.0, LATER, DEFAULTS)
    assert cohorts.limits[2 * ASPECTS + JUMP, 0] < 3.0


def test_days_fade() -> None:
    cohorts = cohort.make(1, 1)
    cohort.age(cohorts, 1, 1, 100, DEFAULTS)
    cohort.learn(cohorts, 1, 1, 0, JUMP, 2.0, 100, DEFAULTS)
    cohort.age(cohorts, 1, 1, 110, DEFAULTS)
    assert cohorts.weights[1].sum() == pytest.approx(DEFAULTS.day_weight**10)
    cohort.age(cohorts, 1, 1, 105, DEFAULTS)
    assert cohorts.weights[1].sum() == pytest.approx(DEFAULTS.day_weight**10)


def test_more_room_keeps_what_is_known() -> None:
    cohorts = cohort.make(1, 1)
    for field in cohorts:
        field[...] = np.arange(field.size).reshape(field.shape)
    wider = cohort.grown(cohorts, 4, 3, 1)
    assert (wider.weights[3] == cohorts.weights[1]).all()
    assert (wider.limits[18:24] == cohorts.limits[6:12]).all()
    assert (wider.members[:2] == cohorts.members).all()
    assert not wider.weights[4:].any()


def test_a_cohort_moves_when_many_of_it_do_and_for_half_a_day() -> None:
    cohorts = cohort.make(1, 1)
    cohorts.members[1] = 20
    for device in range(8):
        assert not cohort.moves(cohorts, 1, 1, 0, 0, device, DEFAULTS) or device >= 7
        cohort.note_moved(cohorts, 1, 0, 0, device, DEFAULTS)
    assert cohort.moves(cohorts, 1, 1, 0, 0, 1_000_000, DEFAULTS)
    assert not cohort.moves(cohorts, 1, 1, 0, 1, 1_000_000, DEFAULTS)
    assert not cohort.moves(cohorts, 1, 1, 0, 0, 86_400_000_000, DEFAULTS)
