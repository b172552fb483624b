"""Half-space trees equal river's, bit for bit, and keep a flood out where they are told to."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import anomaly

from detectors.trees.half_space import HalfSpaceTrees
from schemas.errors import Rejected


def of_river(trees: anomaly.HalfSpaceTrees, values: npt.NDArray[np.float64]) -> list[float]:
    """river's score of each row before it learns it; NaN is a feature that is not there."""
    scores = []
    for row in values.tolist():
        event = {f"f{place:02}": value for place, value in enumerate(row) if not math.isnan(value)}
        scores.append(float(trees.score_one(event)))
        trees.learn_one(event)
    return scores


@given(
    st.integers(0, 2**32),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(1, 40),
    st.integers(1, 6),
    st.booleans(),
)
@settings(max_examples=30)
def test_scores_are_rivers(
    seed: int, columns: int, height: int, window: int, trees: int, holes: bool
) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(0.5, 0.3, (150, columns))
    if holes:
        values[5:][random.random((145, columns)) < 0.2] = np.nan  # river draws its trees from the first row
    limits = [(-1.0 - place, 2.0 * (place + 1)) for place in range(columns)]
    theirs = anomaly.HalfSpaceTrees(
        n_trees=trees,
        height=height,
        window_size=window,
        limits={f"f{place:02}": pair for place, pair in enumerate(limits)},
        seed=seed,
    )
    ours = HalfSpaceTrees(limits, trees, height, window, seed)
    assert ours.observe(values).tolist() == of_river(theirs, values)


def test_batches_may_be_cut_anywhere() -> None:
    values = np.random.default_rng(1).random((900, 3))
    whole, parts = (HalfSpaceTrees([(0.0, 1.0)] * 3, seed=4) for _ in range(2))
    cut = [parts.observe(values[start:stop]) for start, stop in ((0, 1), (1, 260), (260, 900))]
    assert whole.observe(values).tolist() == np.concatenate(cut).tolist()
    assert (whole.mass == parts.mass).all()


def test_a_flood_that_is_left_out_of_learning_stays_odd() -> None:
    random = np.random.default_rng(2)
    values = random.normal(0.3, 0.05, (3000, 4))
    flood = np.arange(3000) >= 1500
    values[flood] = random.normal(0.9, 0.01, (1500, 4))
    naive = HalfSpaceTrees([(0.0, 1.0)] * 4).observe(values)
    gated = HalfSpaceTrees([(0.0, 1.0)] * 4).observe(values, ~flood)
    assert gated[flood].min() > gated[300:1500].mean()
    assert naive[2500:].mean() < gated[2500:].mean()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"limits": []}, "limits"),
        ({"limits": [(1.0, 1.0)]}, "limits"),
        ({"limits": [(0.0, 1.0)], "height": 0}, "height"),
        ({"limits": [(0.0, 1.0)], "window_size": 0}, "height"),
    ],
)
def test_arguments_that_make_no_tree_are_refused(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        HalfSpaceTrees(**arguments)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(Rejected):
        HalfSpaceTrees([(0.0, 1.0)]).observe(np.zeros((2, 2)))
