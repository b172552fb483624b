"""Cohesion: the closed form of two features, numpy's regression, and features that are constant or missing."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.autoencoders.cohesion import cohesion
from detectors.autoencoders.detector import observe
from detectors.autoencoders.ensemble import Ensemble
from detectors.checks import Floats
from tests.detectors.autoencoders.cohorts import healthy, times


def of(values: Floats) -> float:
    """What an ensemble that has learned these values says."""
    ensemble = Ensemble(values.shape[1])
    observe(ensemble, values, times(len(values)))
    return cohesion(ensemble)


def test_it_is_the_share_of_variance_that_a_regression_explains() -> None:
    values = healthy(1024, 6)
    logs = np.arcsinh(values)
    explained = []
    for feature in range(6):
        others = np.column_stack([np.delete(logs, feature, 1), np.ones(len(logs))])
        _, rest, *_ = np.linalg.lstsq(others, logs[:, feature])
        explained.append(1.0 - rest[0] / len(logs) / logs[:, feature].var())
    assert of(values) == pytest.approx(np.median(explained), abs=0.02)


def test_two_features_explain_the_square_of_their_correlation() -> None:
    random = np.random.default_rng(1)
    first = random.normal(0.0, 0.1, 1024)
    values = np.column_stack([first, 0.8 * first + 0.6 * random.normal(0.0, 0.1, 1024)])
    wanted = np.corrcoef(np.arcsinh(values).T)[0, 1] ** 2
    assert of(values) == pytest.approx(wanted, abs=0.02)


def test_features_on_their_own_constant_or_missing_have_none() -> None:
    random = np.random.default_rng(2)
    assert of(random.normal(size=(1024, 5))) < 0.05
    alone = np.column_stack([random.normal(size=1024), np.ones(1024), np.full(1024, np.nan)])
    assert of(alone) == 0.0
    assert cohesion(Ensemble(3)) == 0.0
