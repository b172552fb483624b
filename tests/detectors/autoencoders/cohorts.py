"""Made-up cohorts for the ensemble: numbers that hidden causes drive, and what may go wrong with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detectors.checks import Floats


def healthy(rows: int, features: int = 8, seed: int = 1) -> Floats:
    """Features that two causes drive together, with a little noise of their own."""
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(features).uniform(0.5, 1.5, (2, features))
    mixing *= np.where(np.random.default_rng(features + 1).random((2, features)) < 0.5, -1.0, 1.0)
    causes = random.uniform(-1.0, 1.0, (rows, 2))
    return np.asarray(20.0 + 2.0 * (causes @ mixing) + random.normal(0.0, 0.1, (rows, features)), np.float64)


def shuffled(values: Floats, feature: int, seed: int = 2) -> Floats:
    """The same values of a feature, at other moments: each usual by itself."""
    found = values.copy()
    found[:, feature] = np.random.default_rng(seed).permutation(values[:, feature])
    return found


def times(rows: int) -> npt.NDArray[np.int64]:
    """A second apart."""
    return np.arange(rows, dtype=np.int64) * 1_000_000
