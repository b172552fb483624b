"""Relations of numbers against numpy's own algebra."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.traffic import relations as r


def related(seed: int, columns: int, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, 2)) @ random.normal(size=(2, columns)) + 0.1 * random.normal(
        size=(rows, columns)
    )
    covariance = np.zeros((columns, columns))
    for row in range(rows):
        r.relate(values[row], covariance, float(row), 1.0)
    return values, covariance


@pytest.mark.parametrize("columns", [1, 2, 7, 32])
def test_the_covariance_and_its_inverse_are_numpys(columns: int) -> None:
    values, covariance = related(3, columns)
    whole = np.tril(covariance) + np.tril(covariance, -1).T
    np.testing.assert_allclose(whole, values.T @ values / len(values), rtol=1e-9, atol=1e-12)
    precision = np.zeros((columns, columns))
    r.invert(covariance, 400.0, np.ones(columns), precision)
    ridge = 1.0 + r.RIDGE + columns / (400.0 + columns)
    drawn = whole / (ridge - (ridge - 1.0) * np.eye(columns))
    drawn += np.diag(r.LEAST + r.FLOOR + r.RIDGE * np.diag(whole))
    np.testing.assert_allclose(precision, np.linalg.inv(drawn), rtol=1e-6, atol=1e-9)


def test_a_wrong_combination_is_far_where_each_number_is_usual() -> None:
    values, covariance = related(4, 5)
    precision, usual, odd = np.zeros((5, 5)), np.zeros(6), np.zeros(6)
    r.invert(covariance, 400.0, np.ones(5), precision)
    sizes = []
    for row in values[:100]:
        r.residuals(row, precision, 1.0, usual)
        sizes.append(usual[5])
    mixed = np.array([values[0, 0], values[50, 1], values[99, 2], values[150, 3], values[200, 4]])
    r.residuals(mixed, precision, 1.0, odd)
    assert odd[5] > max(sizes)


def test_a_device_takes_the_slot_of_another_and_starts_at_the_levels_it_is_given() -> None:
    owners, ages, levels = np.zeros(4, np.uint64), np.array([0, 9, 0, 0]), np.zeros((4, 2), np.float32)
    owners[1], levels[3] = 5, 7.0
    assert r.slot_of(np.uint64(5), owners, ages, levels, 3) == 1
    assert ages[1] == 9
    assert not levels[1].any()
    assert r.slot_of(np.uint64(9), owners, ages, levels, 3) == 1
    assert ages[1] == 0
    assert (levels[1] == 7.0).all()


def test_a_level_follows_what_drifts_and_not_what_jumps() -> None:
    level, scales = np.zeros(2, np.float32), np.ones(2)
    for step in range(1, 40):
        r.follow(np.array([0.2 * step, 0.0]), 100, True, level, scales, 100.0, 0.0)
    assert level[0] > 6.0
    drifted = level.copy()
    r.follow(np.array([drifted[0], 50.0]), 100, True, level, scales, 100.0, 0.0)
    assert (level == drifted).all()


def test_the_first_event_is_the_level_however_little_it_is_trusted() -> None:
    level, scales = np.zeros(2, np.float32), np.ones(2)
    r.follow(np.array([40.0, np.nan]), 0, False, level, scales, 0.0, 0.0)
    assert level.tolist() == [40.0, 0.0]


def test_what_is_left_of_a_kind_whose_relations_are_loose_says_less() -> None:
    values, covariance = related(4, 5)
    precision, tight, loose = np.zeros((5, 5)), np.zeros(6), np.zeros(6)
    r.invert(covariance, 400.0, np.ones(5), precision)
    assert r.residuals(values[3], precision, 1.0, tight) == r.residuals(values[3], precision, 4.0, loose)
    assert (loose < tight).all()


def test_what_a_level_has_not_settled_to_yet_is_no_jump() -> None:
    found = np.zeros(2)
    r.jumps(np.array([1.001, 2.0]), np.ones(2), np.zeros(2), np.ones(2), found)
    assert found[0] < 0.1 < found[1]
