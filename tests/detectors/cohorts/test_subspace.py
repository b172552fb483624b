"""The principal components against numpy's and river's own figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import covariance, stats

from detectors.cohorts import row
from detectors.cohorts.cohorts import Cohorts
from detectors.cohorts.subspace import Wide, diagonalise, expected, learn, refresh, statistics
from tests.detectors.cohorts.fleets import Reports, watched

SIZE = 16
GROUPS = 2


def of_matrix(matrix: Wide, explained: float = 0.8) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """A covariance as the model keeps it, with its directions."""
    kept = np.ascontiguousarray(matrix.reshape(SIZE * GROUPS, row.LANES).astype(np.float32))
    basis, inverse = np.zeros((SIZE, row.LANES), np.float32), np.zeros((1, row.LANES), np.float32)
    rest = refresh(kept, 0, GROUPS, basis, 0, inverse, 0, explained, np.empty((2 * SIZE, SIZE)))
    return kept, basis, inverse, rest


def drawn(seed: int) -> Wide:
    """A covariance with a few strong directions."""
    chance = np.random.default_rng(seed)
    mixing = chance.normal(size=(SIZE, 4)) * [2.0, 1.5, 1.0, 0.7]
    return np.asarray(mixing @ mixing.T + 0.2 * np.eye(SIZE))


def judged(basis: np.ndarray, inverse: np.ndarray, rest: float, report: Wide) -> tuple[float, float]:
    lanes = report.reshape(GROUPS, row.LANES).astype(np.float32)
    scratch = np.empty((2 * SIZE, SIZE))
    missing = bool(np.isnan(report).any())
    t2, q = statistics(basis, 0, inverse, 0, lanes, missing, rest, scratch)
    return float(t2), float(q)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_eigenvectors_are_those_of_numpy(seed: int) -> None:
    matrix, scratch = drawn(seed), np.empty((2 * SIZE, SIZE))
    scratch[:SIZE] = matrix
    diagonalise(scratch, SIZE)
    assert np.sort(np.diag(scratch[:SIZE])) == pytest.approx(np.linalg.eigvalsh(matrix), abs=1e-8)
    vectors = scratch[SIZE:]
    assert vectors.T @ vectors == pytest.approx(np.eye(SIZE), abs=1e-9)
    assert matrix @ vectors == pytest.approx(vectors * np.diag(scratch[:SIZE]), abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_t2_and_q_are_their_closed_forms(seed: int) -> None:
    matrix = drawn(seed)
    _, basis, inverse, rest = of_matrix(matrix)
    variances, vectors = np.linalg.eigh(matrix)
    number = int((inverse > 0).sum())
    directions = vectors[:, ::-1][:, :number]
    report = np.random.default_rng(seed + 1).normal(0, 2, SIZE)
    along = directions.T @ report
    t2, q = judged(basis, inverse, rest, report)
    assert t2 == pytest.approx(float((along**2 / variances[::-1][:number]).sum()), rel=1e-3)
    assert q == pytest.approx(float(((report - directions @ along) ** 2).sum()), rel=1e-3, abs=1e-3)
    assert rest == pytest.approx(float(variances[::-1][number:].mean()), rel=1e-3)


def test_a_report_with_missing_metrics_is_judged_by_what_was_observed() -> None:
    matrix = drawn(3)
    _, basis, inverse, rest = of_matrix(matrix)
    directions, variances = basis[:, inverse[0] > 0].astype(np.float64), 1 / inverse[0][inverse[0] > 0]
    report = directions @ np.sqrt(variances) * 1.5
    whole = judged(basis, inverse, rest, report)
    gappy = report.copy()
    gappy[[1, 4, 11]] = np.nan
    there = ~np.isnan(gappy)
    seen = directions[there]
    along = np.linalg.solve(seen.T @ seen + np.diag(rest / variances), seen.T @ report[there])
    t2, q = judged(basis, inverse, rest, gappy)
    assert t2 == pytest.approx(float((along**2 / variances).sum()), rel=1e-3)
    assert q == pytest.approx(float(((report[there] - seen @ along) ** 2).sum()), rel=1e-2, abs=1e-3)
    # A usual report stays usual without some of it; zeros in their place would look like another pattern.
    assert q < 4 * rest * SIZE
    zeros = np.where(there, report, 0.0)
    assert judged(basis, inverse, rest, zeros)[1] > 3 * max(q, whole[1], 0.1)


def test_the_covariance_learned_is_that_of_river() -> None:
    chance = np.random.default_rng(4)
    half = chance.normal(0, 1, (100, SIZE)).astype(np.float32)
    rows = np.concatenate([half, -half])
    kept, theirs = np.zeros((SIZE * GROUPS, row.LANES), np.float32), covariance.EmpiricalCovariance(ddof=0)
    for number, one in enumerate(rows):
        weight = np.float32(1 / (number + 1))
        learn(kept, 0, one.reshape(GROUPS, row.LANES).copy(), np.float32(100), weight)
        theirs.update(dict(enumerate(one.tolist())))
    matrix = kept.reshape(SIZE, SIZE)
    for one in range(SIZE):
        for other in range(one, SIZE):
            ours = theirs[one, other]
            value = ours.get() if hasattr(ours, "get") else ours
            assert matrix[one, other] == pytest.approx(value, abs=1e-4)


def test_where_the_devices_are_is_rivers_mean_of_their_first_reports() -> None:
    values = np.random.default_rng(6).normal(50, 3, (40, 2))
    cohorts, mean = Cohorts(), stats.Mean()
    watched(cohorts, Reports(np.arange(40), np.arange(40.0), values))
    for value in values[:, 1]:
        mean.update(float(np.float32(value)))
    assert cohorts.cells[row.CENTRE, 1] == pytest.approx(mean.get(), rel=1e-5)


def test_expected_statistics_are_one_for_the_models_own_covariance_and_grow_with_another() -> None:
    kept, basis, inverse, rest = of_matrix(drawn(1))
    same, wider = np.ones((1, SIZE)), np.full((1, SIZE), 2.0)
    assert expected(kept, 0, GROUPS, basis, 0, inverse, 0, rest, same) == pytest.approx(1.0, rel=1e-3)
    assert expected(kept, 0, GROUPS, basis, 0, inverse, 0, rest, wider) == pytest.approx(4.0, rel=1e-3)
    other, *_ = of_matrix(drawn(2))
    assert expected(other, 0, GROUPS, basis, 0, inverse, 0, rest, same) > 4.0
